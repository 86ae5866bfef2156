package org.zowarmup.record;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.Fuzzing;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.federated.AlgorithmState;
import org.zowarmup.federated.Books;
import org.zowarmup.federated.SeedUpdate;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.Purpose;
import org.zowarmup.record.checkpoint.Checkpoint;
import org.zowarmup.record.checkpoint.CheckpointFile;
import org.zowarmup.record.checkpoint.SeedLog;
import org.zowarmup.record.weights.Npz;
import org.zowarmup.record.weights.Safetensors;
import org.zowarmup.record.weights.Weights;
import org.zowarmup.setup.ConfigResolver;

/**
 * What a run reads of its own, damaged at random, every second file with checksums that are right.
 */
class RecordFuzzTest {
  private static final Pattern CHECKSUMS =
      Pattern.compile("content of checksum ([0-9a-f]{8}), found ([0-9a-f]{8})");

  @TempDir Path folder;

  private static ParameterLayout network() {
    Graph.Builder graph = Graph.builder("small", new Shape(2, 2, 1));
    int x = graph.add("flatten", new Flatten(), Graph.INPUT);
    graph.add("fc", new Linear(3), x);
    return graph.build(new Loss(3)).layout();
  }

  private byte[] written(String name, Consumer<Path> writer) throws IOException {
    Path file = folder.resolve(name);
    writer.accept(file);
    return Files.readAllBytes(file);
  }

  @Test
  void configs() throws IOException {
    List<byte[]> files = new ArrayList<>();
    files.add(ConfigLoader.defaultsText().getBytes(StandardCharsets.UTF_8));
    files.add(
        """
        name: x
        device: cpu
        methods: [zowarmup, fedavg, zowarmup-auto]
        data: {source: fashion-mnist-mini, partition: {kind: shards, perClient: 2}, normalize: {mean: [0.5], std: [0.25]}}
        clients: {count: 10, high: 0.5}
        model: {kind: resnet18, width: 8}
        zo: {rounds: 3, lr: auto, server: {kind: adam}, epsilon: 1.0e-3}
        privacy: {clip: 1.0}
        own: {mine: {key: 1}}
        """
            .getBytes(StandardCharsets.UTF_8));
    Fuzzing.run(
        "config",
        files,
        file -> {
          String text = new String(file, StandardCharsets.UTF_8);
          var layers = ConfigLoader.layers(List.of(ConfigLoader.text("fuzzed", text)));
          ConfigResolver.resolve(layers.config()).toYaml(layers);
        });
  }

  @Test
  void weights() throws IOException {
    ParameterLayout layout = network();
    float[] values = new float[Math.toIntExact(layout.length())];
    List<Safetensors.Tensor> tensors = Weights.tensors(layout, values);
    byte[] safetensors =
        written("w.safetensors", file -> Safetensors.write(file, tensors, Map.of("a", "b")));
    byte[] npz = written("w.npz", file -> Npz.write(file, tensors));
    Path path = folder.resolve("fuzzed.safetensors");
    Path other = folder.resolve("fuzzed.npz");
    Fuzzing.run(
        "weights",
        List.of(safetensors, npz),
        file -> {
          Path to = file.length > 0 && file[0] == 'P' ? other : path;
          Files.write(to, file);
          Weights.read(to, layout);
          Weights.metadata(to);
        });
  }

  /** The checksum of a checkpoint is what its reader finds. */
  private byte[] repaired(byte[] file) {
    Path path = folder.resolve("to-repair");
    try {
      Files.write(path, file);
      CheckpointFile.read(path);
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (UserErrorException e) {
      Matcher sums = CHECKSUMS.matcher(String.valueOf(e.getMessage()));
      if (sums.find()) {
        String text = new String(file, StandardCharsets.ISO_8859_1);
        return text.replace(sums.group(1), sums.group(2)).getBytes(StandardCharsets.ISO_8859_1);
      }
    }
    return file;
  }

  @Test
  void checkpoints() throws IOException {
    AlgorithmState state =
        AlgorithmState.EMPTY.withVector("m", new float[] {1, 2}).withNumbers("steps", 3, -1);
    Checkpoint checkpoint =
        new Checkpoint(
            new Checkpoint.Position("zowarmup", 7, 5, 1, 3),
            new float[] {1, -0.0f, Float.NaN},
            List.of(AlgorithmState.EMPTY, state),
            new Books.Change(9, 36, List.of(new Books.Held(4, 9, 36))),
            Map.of("config", "name: x", "layout", "ab"));
    byte[] good = written("c", file -> CheckpointFile.write(file, checkpoint));
    Path path = folder.resolve("fuzzed");
    Fuzzing.run(
        "checkpoint",
        List.of(good),
        this::repaired,
        file -> {
          Files.write(path, file);
          CheckpointFile.read(path);
        });
  }

  @Test
  void seedLogs() throws IOException {
    SeedLog.Header header = new SeedLog.Header("zowarmup", 7, "00ff".repeat(16), "ab01".repeat(16));
    byte[] good =
        written(
            "log",
            file -> {
              try (SeedLog.Writer log = SeedLog.Writer.open(file, header, 0)) {
                for (int round = 1; round < 6; round++) {
                  SeedUpdate.Builder update = new SeedUpdate.Builder(Distribution.RADEMACHER);
                  update.add(Purpose.ZO_DIRECTION, round, 3, 0, 0.5f);
                  update.add(Purpose.ZO_DIRECTION, round, 4, 0, -0.5f);
                  List<Books.Held> held =
                      List.of(new Books.Held(3, 1, round), new Books.Held(4, 1, 2));
                  Books.Change books = new Books.Change(1, round, held);
                  log.append(
                      new SeedLog.Round(round, round - 1, Optional.of(update.build()), books));
                }
              }
            });
    Path path = folder.resolve("fuzzed");
    Fuzzing.run(
        "seed log",
        List.of(good),
        Fuzzing::framed,
        file -> {
          Files.write(path, file);
          SeedLog log = SeedLog.read(path, "zowarmup", 7);
          for (SeedLog.Round round : log.stretch(1, 5)) {
            round.update().ifPresent(update -> update.terms(7));
          }
        });
  }
}
