package org.zowarmup.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.partition.Partitioner;
import org.zowarmup.error.ConfigException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.algorithm.FedAvg;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.models.Model;
import org.zowarmup.nn.op.CrossEntropy;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.SampleLoss;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;
import org.zowarmup.random.PhiloxRandom;
import org.zowarmup.record.Metric;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.weights.Safetensors.Tensor;

class SimulationTest {
  static final String TINY =
      """
      threads: 1
      device: reference
      clients: {count: 4, high: 0.5}
      warmup: {rounds: 2, cohort: 2, localEpochs: 1, batch: 4}
      zo: {rounds: 3, cohort: 2, seeds: 2, batch: 4}
      evaluate: {everyRounds: 1, diagnostics: false}
      data: {validation: 0, partition: {kind: iid}}
      """;

  private static DataSet images;

  @TempDir Path folder;

  @BeforeAll
  static void draw() {
    images = new DataSet("stripes", stripes(48, 1), stripes(20, 2));
  }

  @AfterAll
  static void close() {
    images.close();
  }

  /** 4x4 images: class 0 is brighter on the left, class 1 on the right. */
  static ImageSet stripes(int count, long seed) {
    PhiloxRandom random = new PhiloxRandom(seed);
    byte[] pixels = new byte[count * 16];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      labels[i] = i % 2;
      for (int p = 0; p < 16; p++) {
        boolean bright = (p % 4 < 2) == (labels[i] == 0);
        pixels[i * 16 + p] = (byte) (random.nextInt(120) + (bright ? 120 : 0));
      }
    }
    return new ImageSet(new BytePointer(pixels), 4, 4, 1, labels, List.of("left", "right"));
  }

  /** One linear layer; its gain is a key. */
  record Linearly(@Key("outputs of a hidden layer") @Range(min = 1, max = 64) int hidden)
      implements Model {
    @Override
    public String kind() {
      return "linearly";
    }

    @Override
    public Graph build(Shape input, int classes) {
      Graph.Builder graph = Graph.builder(kind(), input);
      int x = graph.add("flatten", new Flatten(), Graph.INPUT);
      x = graph.add("hidden", new Linear(hidden, input), x);
      graph.add("fc", new Linear(classes), x);
      return graph.build(new Loss(classes));
    }
  }

  /** The first samples to the first client. */
  record InOrder(@Key("samples of the first client more") @Range(min = 0, max = 9) int more)
      implements Partitioner {
    @Override
    public String kind() {
      return "in-order";
    }

    @Override
    public int[][] partition(int[] labels, int classes, int clients, long runSeed) {
      int[][] parts = new int[clients][];
      int from = 0;
      for (int c = 0; c < clients; c++) {
        int to =
            c == clients - 1 ? labels.length : from + labels.length / clients + (c == 0 ? more : 0);
        parts[c] = new int[to - from];
        for (int i = from; i < to; i++) {
          parts[c][i - from] = i;
        }
        from = to;
      }
      return parts;
    }
  }

  /** Half of the cross-entropy. */
  record Half() implements SampleLoss {
    @Override
    public String kind() {
      return "half";
    }

    @Override
    public double of(double[] logits, int label) {
      return new CrossEntropy().of(logits, label) / 2;
    }

    @Override
    public void gradient(double[] logits, int label, double[] gradient) {
      new CrossEntropy().gradient(logits, label, gradient);
      Arrays.setAll(gradient, k -> gradient[k] / 2);
    }
  }

  /** A half under another name, which therefore is another loss. */
  record OtherHalf() implements SampleLoss {
    @Override
    public String kind() {
      return "half";
    }

    @Override
    public double of(double[] logits, int label) {
      return new Half().of(logits, label);
    }

    @Override
    public void gradient(double[] logits, int label, double[] gradient) {
      new Half().gradient(logits, label, gradient);
    }
  }

  /** FedAvg on everyone. */
  static final class Everyone implements Method {
    @Override
    public String name() {
      return "everyone";
    }

    @Override
    public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
      int rounds = warmup.rounds() + zo.rounds();
      return List.of(
          new Phase(
              new FedAvg(context, context.federation().clients(), warmup.withRounds(rounds)),
              rounds));
    }
  }

  private static Simulation.Builder tiny() {
    return Simulation.builder().config(TINY).data(images).model(new Linearly(3));
  }

  static String bits(Map<String, Tensor> weights) {
    StringBuilder bits = new StringBuilder();
    weights.forEach(
        (name, tensor) -> {
          bits.append(name);
          for (float value : tensor.values()) {
            bits.append(' ').append(Float.floatToRawIntBits(value));
          }
        });
    return bits.toString();
  }

  @Test
  void objectsRunAndTheWeightsPredictWhatTheRunMeasured() {
    List<RoundMetrics> rounds = new ArrayList<>();
    List<Map<String, Tensor>> saved = new ArrayList<>();
    Result result =
        tiny()
            .partition(new InOrder(2))
            .method(new Everyone())
            .with("seed", 5)
            .listener(
                new RunListener() {
                  @Override
                  public void roundFinished(RoundMetrics metrics) {
                    rounds.add(metrics);
                  }

                  @Override
                  public void checkpointed(CheckpointInfo checkpoint) {
                    saved.add(checkpoint.weights().get());
                  }
                })
            .noOutput()
            .build()
            .run();
    assertEquals(5, rounds.size());
    assertTrue(result.folder().isEmpty());
    assertEquals(List.of("everyone"), result.methods().stream().map(m -> m.method()).toList());
    double accuracy = result.method("everyone", 5).orElseThrow().testAccuracy();
    assertTrue(accuracy > 0.8, "two bright sides are told apart: " + accuracy);
    Map<String, Tensor> weights = result.weights("everyone", 5);
    assertEquals(
        List.of("hidden.weight", "hidden.bias", "fc.weight", "fc.bias"),
        List.copyOf(weights.keySet()));
    assertEquals(bits(weights), bits(saved.get(saved.size() - 1)));
    byte[] test = new byte[20 * 16];
    images.test().pixels().get(test);
    try (Predictor predictor = result.predictor("everyone", 5)) {
      int right = 0;
      int[] classes = predictor.classes(test);
      for (int i = 0; i < classes.length; i++) {
        right += classes[i] == images.test().labels()[i] ? 1 : 0;
      }
      assertEquals(accuracy, right / 20.0, 0);
      assertEquals(List.of("left", "right"), predictor.classNames());
      float[] one = predictor.logits(Arrays.copyOf(test, 16));
      assertArrayEquals(Arrays.copyOf(predictor.logits(test), 2), one, 0);
      UserErrorException odd =
          assertThrows(UserErrorException.class, () -> predictor.logits(new byte[17]));
      assertTrue(odd.getMessage().contains("a multiple of 16 bytes"), odd.getMessage());
    }
    assertThrows(UserErrorException.class, () -> result.weights("zowarmup", 5));
  }

  @Test
  void textMapAndFileAreTheSameConfig() throws Exception {
    Path file = Files.writeString(folder.resolve("tiny.yaml"), TINY);
    Map<String, Object> map = Map.of("zo", Map.of("rounds", 4), "methods", List.of("zowarmup"));
    Result text =
        tiny().with("zo.rounds", 4).with("methods", "[zowarmup]").noOutput().build().run();
    Result other =
        Simulation.builder()
            .config(file)
            .config(map)
            .data(images)
            .model(new Linearly(3))
            .device("reference")
            .noOutput()
            .build()
            .run();
    assertEquals(6, text.methods().get(0).roundsDone());
    assertEquals(bits(text.weights("zowarmup", 1)), bits(other.weights("zowarmup", 1)));
    ConfigException refused =
        assertThrows(ConfigException.class, () -> tiny().with("zo.round", 4).build());
    assertTrue(refused.getMessage().contains("did you mean zo.rounds"), refused.getMessage());
    assertThrows(
        ConfigException.class, () -> tiny().with("model.kind", "cnn").noOutput().build().run());
  }

  @Test
  void aListenerStopsARunAndAnotherObjectMayNotContinueIt() {
    Path run = folder.resolve("run");
    Simulation[] self = new Simulation[1];
    Simulation first =
        tiny()
            .method(new Everyone())
            .listener(
                new RunListener() {
                  @Override
                  public void roundFinished(RoundMetrics metrics) {
                    if (metrics.round() == 3) {
                      self[0].stop();
                    }
                  }
                })
            .output(run)
            .build();
    self[0] = first;
    Result stopped = first.run();
    assertTrue(stopped.interrupted());
    assertEquals(3, stopped.methods().get(0).roundsDone());
    Simulation.Builder widened =
        Simulation.builder().resume(run).data(images).model(new Linearly(4)).method(new Everyone());
    UserErrorException other = assertThrows(UserErrorException.class, () -> widened.build().run());
    assertTrue(other.getMessage().contains("model.hidden"), other.getMessage());
    Method another =
        new Method() {
          @Override
          public String name() {
            return "everyone";
          }

          @Override
          public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
            return new Everyone().phases(context, warmup, zo);
          }
        };
    UserErrorException refused =
        assertThrows(
            UserErrorException.class,
            () ->
                Simulation.builder()
                    .resume(run)
                    .data(images)
                    .model(new Linearly(3))
                    .method(another)
                    .build()
                    .run());
    assertTrue(refused.getMessage().contains("ownParts was "), refused.getMessage());
    Result whole =
        Simulation.builder()
            .resume(run)
            .data(images)
            .model(new Linearly(3))
            .method(new Everyone())
            .build()
            .run();
    assertFalse(whole.interrupted());
    Result alone = tiny().method(new Everyone()).noOutput().build().run();
    assertEquals(bits(alone.weights("everyone", 1)), bits(whole.weights("everyone", 1)));
  }

  @Test
  void aMetricOfOnesOwnIsMeasuredBesideTheOthers() throws Exception {
    Metric accuracy =
        new Metric() {
          @Override
          public String name() {
            return "mine";
          }

          @Override
          public double of(float[] logits, int[] labels, int classes) {
            int right = 0;
            for (int i = 0; i < labels.length; i++) {
              int best = logits[2 * i + 1] > logits[2 * i] ? 1 : 0;
              right += best == labels[i] ? 1 : 0;
            }
            return (double) right / labels.length;
          }
        };
    List<Double> expected = new ArrayList<>();
    List<Double> told = new ArrayList<>();
    Path run = folder.resolve("measured");
    tiny()
        .method(new Everyone())
        .metric(accuracy)
        .listener(
            new RunListener() {
              @Override
              public void roundFinished(RoundMetrics metrics) {
                expected.add(metrics.testAccuracy());
              }

              @Override
              public void measured(String method, long seed, int round, Map<String, Double> of) {
                told.add(of.get("mine"));
              }
            })
        .output(run)
        .build()
        .run();
    List<String> lines = Files.readAllLines(run.resolve("own-metrics.csv"));
    assertEquals("method,seed,round,mine", lines.get(0));
    assertEquals(
        expected,
        lines.stream().skip(1).map(line -> Double.valueOf(line.split(",", -1)[3])).toList());
    assertEquals(expected, told);
  }

  /** Half of the loss and twice the learning rate are the same training, to the bit. */
  @Test
  void aLossOfOnesOwnTrainsInBothPhasesAndBelongsToTheRun() {
    Path run = folder.resolve("halved");
    Result whole = halvable(1).noOutput().build().run();
    Result half = halvable(2).loss(new Half()).output(run).build().run();
    assertEquals(bits(whole.weights("zowarmup", 1)), bits(half.weights("zowarmup", 1)));
    double loss = whole.method("zowarmup", 1).orElseThrow().testLoss();
    assertEquals(loss / 2, half.method("zowarmup", 1).orElseThrow().testLoss(), 1e-15);
    UserErrorException refused =
        assertThrows(
            UserErrorException.class,
            () ->
                Simulation.builder()
                    .resume(run)
                    .with("zo.rounds", 4)
                    .data(images)
                    .model(new Linearly(3))
                    .loss(new OtherHalf())
                    .build()
                    .run());
    assertTrue(refused.getMessage().contains("loss half"), refused.getMessage());
  }

  private static Simulation.Builder halvable(int times) {
    return tiny()
        .with("methods", "[zowarmup]")
        .with("warmup.weightDecay", 0)
        .with("warmup.lr", 0.125 * times)
        .with("zo.lr", 0.0625 * times);
  }

  @Test
  void savedWeightsPredictAgain() {
    Simulation simulation = tiny().with("methods", "[zowarmup]").noOutput().build();
    Result result = simulation.run();
    byte[] test = new byte[20 * 16];
    images.test().pixels().get(test);
    float[] expected;
    try (Predictor predictor = result.predictor("zowarmup", 1)) {
      expected = predictor.logits(test);
    }
    for (String name : List.of("w.safetensors", "w.npz")) {
      Path file = folder.resolve(name);
      result.save("zowarmup", 1, file);
      try (Predictor predictor = simulation.predictor(file)) {
        assertArrayEquals(expected, predictor.logits(test), name);
      }
    }
    Simulation wider =
        Simulation.builder().config(TINY).data(images).model(new Linearly(4)).build();
    UserErrorException refused =
        assertThrows(
            UserErrorException.class, () -> wider.predictor(folder.resolve("w.safetensors")));
    assertTrue(refused.getMessage().contains("tensor hidden.weight of shape [4, 16]"));
  }
}
