package org.zowarmup.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.data.DataSet;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.nn.op.CrossEntropy;
import org.zowarmup.nn.op.SampleLoss;
import org.zowarmup.record.Metric;

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
    return Simulation.builder()
        .config(SimulationTest.TINY)
        .data(images)
        .model(new SimulationTest.Linearly(3))
        .noOutput();
  }

  private static Simulation.Builder short1() {
    return tiny().with("warmup.rounds", 1).with("zo.rounds", 1).with("methods", "[zowarmup]");
  }

  private static void assertRefused(Executable call, String... parts) {
    String line = assertThrows(UserErrorException.class, call).getMessage();
    for (String part : parts) {
      assertTrue(line.contains(part), line);
    }
    assertFalse(line.contains("\n"), line);
  }

  /** A metric by its function of the logits. */
  private record Of(String name, ToDoubleFunction<float[]> value) implements Metric {
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
    assertRefused(() -> tiny().method(new Named(null)).build(), "methods: expected a name");
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
}
