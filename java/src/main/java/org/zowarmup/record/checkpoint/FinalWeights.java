package org.zowarmup.record.checkpoint;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.error.BadDataException;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.record.Checksums;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunIdentity;
import org.zowarmup.record.weights.Safetensors;
import org.zowarmup.record.weights.Weights;

/** The last weights of a method under a seed in a run folder, compared with their checkpoint. */
public final class FinalWeights {
  private static final Logger LOG = LoggerFactory.getLogger(FinalWeights.class);
  private static final Pattern NAME = Pattern.compile("weights-(.+)-seed(-?[0-9]{1,18})\\..*");

  private FinalWeights() {}

  /**
   * Reads weights that lie anywhere; those of a run folder are compared.
   *
   * @throws BadDataException where they are damaged, or not those of their checkpoint
   */
  public static float[] read(Path file, ParameterLayout layout) {
    Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
    RunFolder folder = new RunFolder(file.toAbsolutePath().getParent());
    if (folder.isResumable() && name.matches()) {
      return read(folder, name.group(1), Long.parseLong(name.group(2)), layout);
    }
    if (folder.isResumable()) {
      folder.requireFiles();
      Checksums.read(folder).require(file, "");
    }
    return Weights.read(file, layout);
  }

  /** Images that are normalized by other numbers than in training give other accuracies. */
  private static void requireOfRun(Path file, Map<String, String> metadata, RunIdentity identity) {
    String expected = identity.values().get(Weights.NORMALIZE);
    String found = metadata.getOrDefault(Weights.NORMALIZE, expected);
    if (expected != null && !expected.equals(found)) {
      throw new BadDataException(file, "", "normalize " + expected + " of identity.json", found);
    }
  }

  /** The same of a method under a seed. */
  public static float[] read(RunFolder folder, String method, long seed, ParameterLayout layout) {
    Path file = folder.weights(method, seed);
    folder.requireFiles();
    Checksums.read(folder).require(file, ", or let zowarmup resume write it again");
    float[] weights = Weights.read(file, layout);
    Map<String, String> metadata = Safetensors.read(file).metadata();
    RunIdentity identity = RunIdentity.read(folder.identity());
    requireOfRun(file, metadata, identity);
    String round = metadata.getOrDefault("round", "");
    Optional<Checkpoint> last =
        new CheckpointFolder(folder.checkpoints(), method, seed)
            .newest(Integer.MAX_VALUE)
            .filter(found -> round.equals(Integer.toString(found.position().round())));
    last.ifPresent(
        found ->
            identity.requireBinding(
                new RunIdentity(found.identity()),
                "checkpoint of %s seed %d in %s".formatted(method, seed, folder.path())));
    if (last.isEmpty()) {
      LOG.warn("{} cannot be compared with a checkpoint of round {}: found none", file, round);
    } else if (!Arrays.equals(weights, last.get().weights())) {
      throw new BadDataException(
          file, "", "the weights of the checkpoint of round " + round, "others");
    }
    return weights;
  }
}
