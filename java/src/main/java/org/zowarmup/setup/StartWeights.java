package org.zowarmup.setup;

import java.nio.file.Path;
import org.zowarmup.config.ConfigPaths;
import org.zowarmup.config.RunConfig;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.record.weights.Weights;

/** The weights that a run starts from. */
public final class StartWeights {
  private StartWeights() {}

  /**
   * Those of {@code model.init}, the same under every seed; without it, drawn from the seed.
   *
   * @return a flat buffer in the layout's order
   */
  public static float[] of(RunConfig config, Graph graph, long seed) {
    String file = config.model().initOrNull();
    if (file == null) {
      return InitialWeights.draw(graph.layout(), seed);
    }
    Path path = ConfigPaths.of("model.init", file);
    return Weights.read(path, graph.layout());
  }
}
