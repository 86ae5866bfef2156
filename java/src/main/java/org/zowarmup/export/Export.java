package org.zowarmup.export;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.Normalization;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.nn.Graph;
import org.zowarmup.record.Provenance;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunIdentity;
import org.zowarmup.record.checkpoint.FinalWeights;
import org.zowarmup.record.file.AtomicFile;
import org.zowarmup.record.file.OutputFile;
import org.zowarmup.record.weights.Npz;
import org.zowarmup.record.weights.Safetensors;
import org.zowarmup.record.weights.Safetensors.Tensor;
import org.zowarmup.record.weights.Weights;
import org.zowarmup.setup.ConfigResolver;
import org.zowarmup.setup.LoadedData;

/**
 * Weights of a run in a file that other programs read.
 *
 * @param file that was written
 * @param from weights that it was made of
 * @param input what the model takes, empty where the file holds weights alone
 */
public record Export(OutputFile file, Path from, String model, long parameters, String input) {
  /** What a file can be. */
  public enum Format {
    ONNX,
    NPZ,
    SAFETENSORS,
    /** Not weights but the whole run: {@link OfflineRuns}. */
    WANDB;

    /** The name of the format and the ending of its files. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * @param path a run folder, or a file with weights in one
   * @param method null for the first of the run that has weights
   * @param seed null for the first of the run
   * @param outOrNull the file to write; by default beside the weights
   * @param force whether a file that is there is replaced
   * @param raw whether an ONNX model takes pixels as they are and normalizes them itself
   * @throws UserErrorException where there are no such weights, or they do not fit the run's model
   */
  public static Export run(
      Path path,
      Format format,
      String method,
      Long seed,
      Path outOrNull,
      boolean force,
      boolean raw) {
    boolean file = Files.isRegularFile(path);
    RunFolder folder = RunFolder.existing(file ? path.toAbsolutePath().getParent() : path);
    RunConfig config = ConfigLoader.load(folder.soundConfig(), List.of());
    Path from = file ? path : weights(folder, config, method, seed);
    OutputFile out =
        OutputFile.of("--out", outOrNull == null ? beside(from, format) : outOrNull, force);
    if (out.isSameAs(from)) {
      throw new UserErrorException(
          "--out %s: expected another file than the weights themselves, found %s; give another name"
              .formatted(out.path(), from));
    }
    Graph graph = ConfigResolver.graph(config, RunIdentity.read(folder.identity()));
    float[] values = FinalWeights.read(from, graph.layout());
    List<Tensor> tensors = Weights.tensors(graph.layout(), values);
    Map<String, String> about = new TreeMap<>(Weights.metadata(from));
    about.put("format", "pt");
    about.put("model", graph.name());
    about.put("layout", graph.layout().hash());
    String normalize = RunIdentity.normalizeOf(from);
    if (normalize != null) {
      about.put(Weights.NORMALIZE, normalize);
    }
    switch (format) {
      case NPZ -> out.write(Npz.content(tensors));
      case SAFETENSORS -> out.write(Safetensors.content(tensors, about));
      case ONNX -> {
        Normalization normalization = raw ? normalization(config, from) : null;
        String version = Provenance.current().line();
        byte[] model = OnnxNetwork.bytes(graph, tensors, normalization, version, about);
        out.write(channel -> AtomicFile.writeAll(channel, ByteBuffer.wrap(model)));
      }
      case WANDB -> throw new IllegalArgumentException("not a format of weights");
    }
    String input = format == Format.ONNX ? input(graph, raw) : "";
    return new Export(out, from, graph.name(), graph.layout().parameters(), input);
  }

  private static Path weights(RunFolder folder, RunConfig config, String method, Long seed) {
    long of = seed == null ? config.seed() : seed;
    if (method != null && !config.methods().contains(method)) {
      throw new UserErrorException(
          "--method: expected one of %s, found %s"
              .formatted(String.join(", ", config.methods()), method));
    }
    List<String> names = method == null ? config.methods() : List.of(method);
    List<String> missing = new ArrayList<>();
    for (String name : names) {
      Path file = folder.weights(name, of);
      if (Files.exists(file)) {
        return file;
      }
      missing.add(file.getFileName().toString());
    }
    throw new UserErrorException(
        "%s: expected %s, found none; the run writes them at its end, name others with --method and --seed"
            .formatted(folder.path(), String.join(" or ", missing)));
  }

  private static Path beside(Path from, Format format) {
    String name = from.getFileName().toString();
    Path out = from.resolveSibling(name.replaceFirst("\\.[^.]*$", "") + "." + format);
    if (out.equals(from)) {
      throw new UserErrorException(
          "--to %s: expected another file than the weights themselves, found %s; give --out FILE"
              .formatted(format, from));
    }
    return out;
  }

  /** That of the weights where they say it, else that of the run's data. */
  private static Normalization normalization(RunConfig config, Path weights) {
    String stored = RunIdentity.normalizeOf(weights);
    if (stored != null) {
      return Normalization.parse(stored);
    }
    try (LoadedData data = LoadedData.open(config)) {
      return data.normalization(config.data(), weights, true).by();
    }
  }

  private static String input(Graph graph, boolean raw) {
    int h = graph.input().height();
    int w = graph.input().width();
    int c = graph.input().channels();
    return raw
        ? "%s uint8 [N, %d, %d, %d], pixels as they are".formatted(OnnxNetwork.INPUT, h, w, c)
        : "%s float [N, %d, %d, %d], normalized as in training"
            .formatted(OnnxNetwork.INPUT, c, h, w);
  }
}
