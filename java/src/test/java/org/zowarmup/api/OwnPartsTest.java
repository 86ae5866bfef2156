package org.zowarmup.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.partition.Partitioner;
import org.zowarmup.device.Vector;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.federated.Algorithm;
import org.zowarmup.federated.Books;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Message;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Method.Phase;
import org.zowarmup.federated.Round;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.models.Model;
import org.zowarmup.nn.op.CrossEntropy;
import org.zowarmup.nn.op.Custom;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.SampleLoss;
import org.zowarmup.plugin.Key;
import org.zowarmup.record.Metric;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunListener;

/** What a user's own objects can do wrong is refused in one line, or does no harm. */
class OwnPartsTest {
  private static DataSet images;

  @TempDir Path folder;

  @BeforeAll
  static void draw() {
    images = new DataSet("mine", SimulationTest.stripes(48, 1), SimulationTest.stripes(20, 2));
  }

  @AfterAll
  static void close() {
    images.close();
  }

  private static Simulation.Builder tiny() {
    return tiny(images);
  }

  static Simulation.Builder tiny(DataSet images) {
    return Simulation.builder()
        .config(SimulationTest.TINY)
        .data(images)
        .model(new SimulationTest.Linearly(3))
        .noOutput();
  }

  private static Simulation.Builder short1() {
    return tiny().with("warmup.rounds", 1).with("zo.rounds", 1).with("methods", "[zowarmup]");
  }

  static void assertRefused(Executable call, String... parts) {
    String line = assertThrows(UserErrorException.class, call).getMessage();
    for (String part : parts) {
      assertTrue(line.contains(part), line);
    }
    assertFalse(line.contains("\n"), line);
  }

  /** A metric by its function of the logits. */
  record Of(String name, ToDoubleFunction<float[]> value) implements Metric {
    @Override
    public double of(float[] logits, int[] labels, int classes) {
      return value.applyAsDouble(logits);
    }
  }

  /** FedAvg on everyone under another name. */
  private record Named(String name) implements Method {
    @Override
    public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
      return new SimulationTest.Everyone().phases(context, warmup, zo);
    }
  }

  /** A loss that takes the place of the default one. */
  private record Impostor() implements SampleLoss {
    @Override
    public String kind() {
      return new CrossEntropy().kind();
    }

    @Override
    public double of(double[] logits, int label) {
      return 100;
    }

    @Override
    public void gradient(double[] logits, int label, double[] gradient) {}
  }

  /** A component that no config can hold. */
  private record Functional(DoubleUnaryOperator of) implements SampleLoss {
    @Override
    public String kind() {
      return "functional";
    }

    @Override
    public double of(double[] logits, int label) {
      return of.applyAsDouble(logits[label]);
    }

    @Override
    public void gradient(double[] logits, int label, double[] gradient) {}
  }

  /** A loss that fails. */
  private record Failing() implements SampleLoss {
    @Override
    public String kind() {
      return "failing";
    }

    @Override
    public double of(double[] logits, int label) {
      throw new IllegalStateException("loss");
    }

    @Override
    public void gradient(double[] logits, int label, double[] gradient) {}
  }

  /** A linear layer after a layer of one's own, or what a model should not give. */
  private record Built(@Key("what to build") String what) implements Model {
    @Override
    public String kind() {
      return "built";
    }

    @Override
    public Graph build(Shape input, int classes) {
      if (what.equals("null")) {
        return null;
      }
      Graph.Builder graph =
          Graph.builder(kind(), what.equals("input") ? new Shape(2, 2, 1) : input);
      int outputs = what.equals("classes") ? classes + 3 : classes;
      int x = graph.add("odd", new Odd(what), Graph.INPUT);
      x = graph.add("flatten", new Flatten(), x);
      if (what.equals("no parameters")) {
        x = graph.add("pick", new Pick(), x);
      } else {
        x = graph.add("fc", new Linear(what.equals("negative") ? -1 : outputs), x);
      }
      return graph.build(new Loss(outputs));
    }
  }

  /** Hands on what it gets, as plainly as Java has it. */
  private record Odd(String what) implements Custom {
    @Override
    public Shape outputShape(String node, List<Shape> inputs) {
      return inputs.get(0);
    }

    @Override
    public long flops(List<Shape> inputs, Shape output) {
      return 0;
    }

    @Override
    public void forward(int samples, FloatBuffer x, List<FloatBuffer> parameters, FloatBuffer y) {
      if (what.equals("layer")) {
        throw new IllegalStateException("layer");
      }
      copy(x, y);
    }

    @Override
    public void backward(
        int samples,
        FloatBuffer x,
        List<FloatBuffer> parameters,
        FloatBuffer dy,
        FloatBuffer dx,
        List<FloatBuffer> gradients) {
      copy(dy, dx);
    }

    private void copy(FloatBuffer from, FloatBuffer to) {
      if (what.equals("relative")) {
        float[] all = new float[from.remaining()];
        from.get(all);
        to.put(all);
      } else {
        for (int i = 0; i < from.capacity(); i++) {
          to.put(i, from.get(i));
        }
      }
    }
  }

  /** The first two of 16 numbers. */
  private record Pick() implements Custom {
    @Override
    public Shape outputShape(String node, List<Shape> inputs) {
      return Shape.flat(2);
    }

    @Override
    public long flops(List<Shape> inputs, Shape output) {
      return 0;
    }

    @Override
    public void forward(int samples, FloatBuffer x, List<FloatBuffer> parameters, FloatBuffer y) {}

    @Override
    public void backward(
        int samples,
        FloatBuffer x,
        List<FloatBuffer> parameters,
        FloatBuffer dy,
        FloatBuffer dx,
        List<FloatBuffer> gradients) {}
  }

  /** Even parts with one thing wrong. */
  private record Dealt(@Key("what is wrong") String wrong) implements Partitioner {
    @Override
    public String kind() {
      return "dealt";
    }

    @Override
    public int[][] partition(int[] labels, int classes, int clients, long runSeed) {
      int[][] parts = new SimulationTest.InOrder(0).partition(labels, classes, clients, runSeed);
      switch (wrong) {
        case "labels" -> Arrays.fill(labels, 0);
        case "twice" -> parts[1][0] = parts[0][0];
        case "-1" -> parts[1][0] = -1;
        case "48" -> parts[1][0] = labels.length;
        case "fewer" -> parts = Arrays.copyOf(parts, clients - 1);
        case "more" -> parts = Arrays.copyOf(parts, clients + 1);
        case "empty" -> parts[1] = new int[0];
        case "null row" -> parts[1] = null;
        case "null" -> parts = null;
        default -> {}
      }
      return parts;
    }
  }

  /** A method by its phases. */
  static class Phased implements Method {
    private final BiFunction<FederatedContext, Integer, List<Phase>> phases;

    Phased(BiFunction<FederatedContext, Integer, List<Phase>> phases) {
      this.phases = phases;
    }

    @Override
    public String name() {
      return "phased";
    }

    @Override
    public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
      return phases.apply(context, warmup.rounds() + zo.rounds());
    }
  }

  /** Gives no round. */
  private static final class Silent implements Algorithm {
    @Override
    public String phase() {
      return "warmup";
    }

    @Override
    public Round round(Round.Key key, Books books, Vector weights) {
      return null;
    }

    @Override
    public Round.Messages messages(Round.Key key, Books books) {
      return null;
    }
  }

  @Test
  void aMethodThatIsGivenRunsBesideThoseThatTheConfigNames() {
    Result result =
        tiny()
            .config("{methods: [zowarmup], warmup: {rounds: 1}, zo: {rounds: 1}}")
            .method(new SimulationTest.Everyone())
            .build()
            .run();
    assertEquals(
        List.of("zowarmup", "everyone"), result.methods().stream().map(m -> m.method()).toList());
    assertRefused(
        () -> tiny().method(new Named("mine")).with("methods", "[zowarmup]").build(),
        "methods: expected mine, the object that was given, among them; found [zowarmup]");
  }

  @Test
  void namesThatOthersHaveAreRefusedWhenTheRunIsBuilt() {
    assertRefused(() -> tiny().method(new Named("zowarmup")).build(), "methods: ", "zowarmup");
    assertRefused(
        () -> tiny().method(new Named("mine")).method(new Named("mine")).build(), "found mine");
    assertRefused(() -> tiny().method(new Named("../a b")).build(), "../a b");
    assertRefused(
        () -> tiny().method(new Named(null)).build(), "method ", "from its name, found null");
    assertRefused(
        () -> tiny().metric(new Of("m", x -> 1)).metric(new Of("m", x -> 2)).build(),
        "metric: ",
        "found m");
    assertRefused(
        () -> tiny().loss(new Impostor()).build(), "loss.kind", "cross-entropy", "Impostor");
  }

  @Test
  void everyMetricGetsItsOwnLogits() {
    List<Double> seen = new ArrayList<>();
    short1()
        .metric(
            new Of(
                "eraser",
                logits -> {
                  Arrays.fill(logits, 0);
                  return 0;
                }))
        .metric(
            new Of(
                "reader",
                logits -> {
                  seen.add((double) logits[0]);
                  return logits[0];
                }))
        .build()
        .run();
    assertTrue(seen.stream().anyMatch(value -> value != 0), seen.toString());
  }

  @Test
  void theLaterOfOutputAndNoOutputCounts() {
    Path kept = folder.resolve("kept");
    assertEquals(kept, short1().noOutput().output(kept).build().run().folder().orElseThrow());
    assertTrue(short1().output(folder.resolve("none")).noOutput().build().run().folder().isEmpty());
    assertFalse(Files.exists(folder.resolve("none")));
    assertRefused(
        () -> tiny().resume(kept).output(folder.resolve("other")).build(),
        "output: expected " + kept,
        "other");
  }

  @Test
  void nullsAreRefusedByName() {
    Simulation.Builder any = Simulation.builder();
    assertRefused(() -> any.model(null), "model: ");
    assertRefused(() -> any.data(null), "data: ");
    assertRefused(() -> any.loss(null), "loss: ");
    assertRefused(() -> any.partition(null), "partition: ");
    assertRefused(() -> any.method(null), "method: ");
    assertRefused(() -> any.metric(null), "metric: ");
    assertRefused(() -> any.listener(null), "listener: ");
    assertRefused(() -> any.output(null), "output: ");
    assertRefused(() -> any.resume(null), "resume: ");
    assertRefused(() -> any.device(null), "device: ");
    assertRefused(() -> any.config((String) null), "config: ");
    assertRefused(() -> any.with(null, 1), "with: ");
  }

  @Test
  void aKeyTakesAMapAListAnArrayAndAPath() {
    Result result =
        tiny()
            .with("methods", new String[] {"zowarmup"})
            .with("warmup", Map.of("rounds", 1))
            .with("zo", Map.of("rounds", 1, "lr", 0.25))
            .output(folder.resolve("unused"))
            .with("output", folder.resolve("a: b #c, [d]"))
            .with("data.partition", Map.of("kind", "iid"))
            .build()
            .run();
    assertEquals(folder.resolve("a: b #c, [d]"), result.folder().orElseThrow());
    assertEquals(2, result.methods().get(0).roundsDone());
    assertRefused(() -> tiny().with("zo", Map.of("rounds", new Object())).build(), "zo: ");
    assertRefused(() -> tiny().config(Collections.singletonMap(null, 1)).build(), "config: ");
    assertRefused(
        () -> tiny().loss(new Functional(x -> x)).build(), "loss.of: ", "DoubleUnaryOperator");
  }

  /** A listener, a metric, a layer, a loss, a model, a partition, a method and its algorithm. */
  @Test
  void whatOnesOwnCodeThrowsNamesIt() {
    assertRefused(
        () ->
            short1()
                .listener(
                    new RunListener() {
                      @Override
                      public void roundFinished(RoundMetrics metrics) {
                        throw new IllegalStateException("boom");
                      }
                    })
                .build()
                .run(),
        "listener " + OwnPartsTest.class.getName() + "$",
        "its roundFinished threw java.lang.IllegalStateException: boom, OwnPartsTest.java:");
    Metric dividing =
        new Of(
            "m",
            logits -> {
              throw new ArithmeticException("by zero");
            });
    assertRefused(
        () -> short1().metric(dividing).build().run(),
        "metric " + Of.class.getName() + ": its of threw java.lang.ArithmeticException");
    assertRefused(
        () -> short1().loss(new Failing()).build().run(),
        "loss " + Failing.class.getName() + ": its of threw java.lang.IllegalStateException: loss");
    String model = "model " + Built.class.getName();
    assertRefused(
        () -> short1().model(new Built("layer")).build().run(),
        "layer odd " + Odd.class.getName() + ": its forward threw java.lang.IllegalStateException");
    assertRefused(
        () -> short1().model(new Built("null")).build().run(),
        model + ": expected a Graph from its build, found null");
    assertRefused(
        () -> short1().model(new Built("negative")).build().run(),
        model + ": its build threw java.lang.IllegalArgumentException: linear: outputs -1");
    assertRefused(
        () -> short1().partition(new Dealt("null")).build().run(),
        "partition " + Dealt.class.getName() + ": expected a int[][] from its partition");
    assertRefused(
        () -> tiny().method(new Phased((context, rounds) -> null)).build().run(),
        "method " + Phased.class.getName() + ": expected a List from its phases, found null");
    assertRefused(
        () -> tiny().method(new Phased((c, n) -> List.of(new Phase(null, n)))).build().run(),
        "method " + Phased.class.getName() + ": its phases threw java.lang.NullPointerException");
    assertRefused(
        () ->
            tiny().method(new Phased((c, n) -> List.of(new Phase(new Silent(), n)))).build().run(),
        "algorithm " + Silent.class.getName() + ": expected a Round from its round, found null");
    assertThrows(IllegalArgumentException.class, () -> new Message(-1));
  }

  /** Before anything runs: on a device it would read what is not there. */
  @Test
  void aModelForOtherImagesIsRefused() {
    for (String other : List.of("input", "classes", "no parameters")) {
      assertRefused(
          () -> short1().model(new Built(other)).build().run(),
          "model: expected a network with parameters for images of 4x4x1",
          "and 2 classes, found one of ",
          Built.class.getName());
    }
  }

  @Test
  void aPartitionIsCheckedAndCannotChangeLabels() {
    String even = weights(short1().partition(new Dealt("nothing")));
    assertEquals(even, weights(short1().partition(new Dealt("labels"))));
    Map<String, String> found =
        Map.of(
            "twice", "found 0 of client 1 again",
            "-1", "found -1 of client 1",
            "48", "found 48 of client 1",
            "fewer", "found 3 rows",
            "more", "found 5 rows",
            "empty", "found none of client 1",
            "null row", "found none of client 1");
    found.forEach(
        (wrong, line) ->
            assertRefused(
                () -> short1().partition(new Dealt(wrong)).build().run(),
                "data.partition: expected a row of indices from 0 to 47 for each of 4 clients",
                line + ", from " + Dealt.class.getName()));
  }

  private static String weights(Simulation.Builder builder) {
    return SimulationTest.bits(builder.build().run().weights("zowarmup", 1));
  }

  @Test
  void aLayerFindsItsBuffersAtTheirStart() {
    for (String device : List.of("cpu", "reference")) {
      assertEquals(
          weights(short1().device(device).model(new Built("absolute"))),
          weights(short1().device(device).model(new Built("relative"))));
    }
  }

  @Test
  void aMethodFillsTheRun() {
    for (List<Integer> rounds : List.of(List.of(4), List.<Integer>of(), List.of(0, 5))) {
      Path none = folder.resolve("unfilled");
      assertRefused(
          () ->
              tiny()
                  .output(none)
                  .method(
                      new Phased(
                          (c, n) ->
                              rounds.stream().map(some -> new Phase(new Silent(), some)).toList()))
                  .build()
                  .run(),
          "methods: expected phases of phased with 5 rounds in all, each of at least one; found "
              + rounds.stream().map(some -> some + " rounds").toList());
      assertFalse(Files.exists(none));
    }
  }

  @Test
  void aDataSetThatWasClosedIsNamedAndOneInUseStaysOpen() {
    DataSet closed =
        new DataSet("gone", SimulationTest.stripes(48, 1), SimulationTest.stripes(20, 2));
    Simulation late = short1().data(closed).build();
    Result result =
        short1()
            .data(closed)
            .listener(
                new RunListener() {
                  @Override
                  public void started(RunDescription description) {
                    closed.close();
                  }
                })
            .build()
            .run();
    assertEquals(weights(short1()), SimulationTest.bits(result.weights("zowarmup", 1)));
    assertEquals(48, closed.train().count());
    for (Executable use :
        List.<Executable>of(late::run, () -> result.predictor("zowarmup", 1).close())) {
      assertRefused(use, "data set gone, images: expected a set that is open");
    }
    assertThrows(UserErrorException.class, () -> closed.train().pixels());
  }

  @Test
  void aLabelOfNoClassIsRefused() {
    for (int label : new int[] {-1, 2}) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  new ImageSet(
                      new BytePointer(new byte[2]),
                      1,
                      1,
                      1,
                      new int[] {0, label},
                      List.of("a", "b")));
      assertEquals(
          "labels: expected 0 to 1 for 2 classes, found " + label + " at image 1", e.getMessage());
    }
  }

  @Test
  void aPredictorIsUsedByOneThreadAndNotAfterItIsClosed() throws Exception {
    Predictor predictor = short1().build().run().predictor("zowarmup", 1);
    AtomicReference<Throwable> elsewhere = new AtomicReference<>();
    for (Runnable use : List.<Runnable>of(() -> predictor.logits(new byte[16]), predictor::close)) {
      elsewhere.set(null);
      Thread thread = new Thread(use, "another");
      thread.setUncaughtExceptionHandler((where, e) -> elsewhere.set(e));
      thread.start();
      thread.join();
      assertRefused(
          () -> {
            throw elsewhere.get();
          },
          "predictor: expected calls from " + Thread.currentThread().getName(),
          "found another");
    }
    assertEquals(2, predictor.logits(new byte[16]).length);
    predictor.close();
    predictor.close();
    assertRefused(() -> predictor.logits(new byte[16]), "predictor: ", "found it closed");
  }
}
