package org.zowarmup.api;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.zowarmup.config.RunConfig;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.MethodResult;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunResult;
import org.zowarmup.record.file.OutputFile;
import org.zowarmup.record.weights.Npz;
import org.zowarmup.record.weights.Safetensors;
import org.zowarmup.record.weights.Safetensors.Tensor;
import org.zowarmup.setup.OwnParts;

/** What a run gave: accuracies, bytes and weights of every method under every seed. */
public final class Result {
  private final RunResult run;
  private final Path folderOrNull;
  private final Map<String, Safetensors.Content> kept;
  private final RunConfig config;
  private final OwnParts parts;

  Result(
      RunResult run,
      Path folderOrNull,
      Map<String, Safetensors.Content> kept,
      RunConfig config,
      OwnParts parts) {
    this.run = run;
    this.folderOrNull = folderOrNull;
    this.kept = Map.copyOf(kept);
    this.config = config;
    this.parts = parts;
  }

  static String key(String method, long seed) {
    return method + " under seed " + seed;
  }

  private Safetensors.Content content(String method, long seed) {
    if (run.find(method, seed).isEmpty()) {
      throw new UserErrorException(
          "weights of %s: expected one of %s under a seed of %s, found neither"
              .formatted(key(method, seed), run.methods(), run.seeds()));
    }
    if (folderOrNull != null) {
      return Safetensors.read(new RunFolder(folderOrNull).weights(method, seed));
    }
    Safetensors.Content content = kept.get(key(method, seed));
    if (content == null) {
      throw new UserErrorException(
          "weights of %s: expected a run that came to its end, found one that was stopped; let it end, or give it an output to resume"
              .formatted(key(method, seed)));
    }
    return content;
  }

  /**
   * Lists what every method came to.
   *
   * @return one for every method and seed that was started, in the order in which they ran
   */
  public List<MethodResult> methods() {
    return run.results();
  }

  /**
   * Looks up one method under one seed.
   *
   * @param method its name in the config
   * @param seed of the run, {@code seed} of the config for the first repeat
   * @return empty where it was not started
   */
  public Optional<MethodResult> method(String method, long seed) {
    return run.find(method, seed);
  }

  /**
   * Says whether a stop ended the run early.
   *
   * @return true where rounds are left
   */
  public boolean interrupted() {
    return run.interrupted();
  }

  /**
   * Names the run folder.
   *
   * @return empty where the run keeps nothing
   */
  public Optional<Path> folder() {
    return Optional.ofNullable(folderOrNull);
  }

  /**
   * Reads the weights at the end of a method.
   *
   * @param method its name in the config
   * @param seed of the run
   * @return tensors in the order of the layers, with PyTorch's names and shapes
   * @throws UserErrorException where that method was not run under that seed
   */
  public Map<String, Tensor> weights(String method, long seed) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    content(method, seed).tensors().forEach(tensor -> tensors.put(tensor.name(), tensor));
    return tensors;
  }

  /**
   * Writes the weights at the end of a method to a file, which {@link Simulation#predictor}, {@code
   * model.init} and {@code zowarmup evaluate} read.
   *
   * @param method its name in the config
   * @param seed of the run
   * @param file replaced where it is there; npz where its name ends so, else safetensors, which
   *     also says the model and what its images are normalized by
   * @throws UserErrorException where that method was not run under that seed, or the file cannot be
   *     written
   */
  public void save(String method, long seed, Path file) {
    Safetensors.Content content = content(method, seed);
    OutputFile out = OutputFile.of("save", file, true);
    out.write(
        file.toString().endsWith(".npz")
            ? Npz.content(content.tensors())
            : Safetensors.content(content.tensors(), content.metadata()));
  }

  /**
   * Opens a predictor with the weights of a method, on the device of the run.
   *
   * @param method its name in the config
   * @param seed of the run
   * @return to be closed by the caller
   */
  public Predictor predictor(String method, long seed) {
    return Predictor.of(config, parts, weights(method, seed));
  }
}
