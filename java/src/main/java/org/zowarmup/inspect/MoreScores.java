package org.zowarmup.inspect;

import java.nio.file.Path;
import java.util.List;
import org.zowarmup.config.RunConfig;

/**
 * Scores of a library's own that {@code evaluate} prints after accuracy and loss. Every one on the
 * class path is asked ({@link java.util.ServiceLoader}).
 */
public interface MoreScores {
  /** Whose scores they are, for the heading and for a message about two of one name. */
  String name();

  /**
   * @param weights safetensors or npz, of the shapes of the config's model
   * @param config names model, data set, device and the images of a batch
   * @return lines for a terminal, none of which ends in a line break
   */
  List<String> lines(Path weights, RunConfig config);
}
