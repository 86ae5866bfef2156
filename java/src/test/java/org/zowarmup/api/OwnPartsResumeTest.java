package org.zowarmup.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.zowarmup.api.OwnPartsTest.assertRefused;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.api.OwnPartsTest.Of;
import org.zowarmup.api.OwnPartsTest.Phased;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.data.DataSet;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.Algorithm;
import org.zowarmup.federated.Books;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Method.Phase;
import org.zowarmup.federated.Round;
import org.zowarmup.federated.algorithm.FedAvg;
import org.zowarmup.record.Metric;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunListener;

/** What a resume takes for the same objects of a user's own, and what it refuses. */
class OwnPartsResumeTest {
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

  /** A run that is stopped after its first round. */
  private Path stopped(String name, UnaryOperator<Simulation.Builder> parts) {
    Path run = folder.resolve(name);
    AtomicReference<Simulation> self = new AtomicReference<>();
    RunListener stop =
        new RunListener() {
          @Override
          public void roundFinished(RoundMetrics metrics) {
            self.get().stop();
          }
        };
    self.set(
        parts
            .apply(OwnPartsTest.tiny(images).with("zo.rounds", 1))
            .listener(stop)
            .output(run)
            .build());
    assertTrue(self.get().run().interrupted());
    return run;
  }

  private static Result resumed(Path run, UnaryOperator<Simulation.Builder> parts) {
    return parts.apply(OwnPartsTest.tiny(images).output(run).resume(run)).build().run();
  }

  @Test
  void aResumeWithAnotherMetricIsRefused() throws Exception {
    Path run =
        stopped("metrics", x -> x.with("methods", "zowarmup").metric(new Of("a", logits -> 1)));
    Path file = run.resolve("own-metrics.csv");
    String before = Files.readString(file);
    for (List<Metric> others :
        List.<List<Metric>>of(List.of(new Of("b", logits -> 2)), List.of())) {
      assertRefused(
          () ->
              resumed(
                  run,
                  x -> {
                    others.forEach(x::metric);
                    return x;
                  }),
          "own-metrics.csv: expected metrics for its columns method,seed,round,a, found");
      assertEquals(before, Files.readString(file));
    }
    assertFalse(resumed(run, x -> x.metric(new Of("a", logits -> 1))).interrupted());
    assertEquals(4, Files.readAllLines(file).size());
  }

  /** What a field of a method may hold that is no plain value. */
  private record Deep(double[] values) {}

  private static final class Plain {
    @SuppressWarnings("UnusedVariable") // the hash reads it
    private final int x;

    Plain(int x) {
      this.x = x;
    }
  }

  private static class Kept extends Phased {
    @SuppressWarnings("UnusedVariable") // the hash reads it
    private final Object kept;

    Kept(Object kept) {
      super(null);
      this.kept = kept;
    }

    @Override
    public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
      return new SimulationTest.Everyone().phases(context, warmup, zo);
    }
  }

  /** The value that decides is in a field that it inherits. */
  private static final class Heir extends Kept {
    Heir(Object kept) {
      super(kept);
    }
  }

  @Test
  void aResumeTakesAMethodWhoseFieldsHoldTheSameAndNoOther() {
    Supplier<List<Object>> once =
        () ->
            List.of(
                new double[] {1, 2},
                new Deep(new double[] {1}),
                List.of(new double[] {1}),
                Map.of("a", new int[] {1}),
                new Plain(1),
                (IntUnaryOperator) x -> x);
    List<Object> others =
        List.of(
            new double[] {1, 3},
            new Deep(new double[] {2}),
            List.of(new double[] {2}),
            Map.of("a", new int[] {2}),
            new Plain(2),
            "no function");
    for (int i = 0; i < others.size(); i++) {
      Object first = once.get().get(i);
      Object same = once.get().get(i);
      Object other = others.get(i);
      Path run = stopped("kept" + i, x -> x.method(new Heir(first)));
      assertRefused(
          () -> resumed(run, x -> x.method(new Heir(other))), "ownParts was ", "method phased");
      assertFalse(resumed(run, x -> x.method(new Heir(same))).interrupted());
    }
  }

  /** Of two lambdas only what they make can be told. */
  @Test
  void aResumeWithAnotherAlgorithmIsRefused() {
    Path run =
        stopped(
            "algorithm",
            x ->
                x.method(
                    new Phased(
                        (c, n) -> {
                          Phase fedAvg = everyone(c, n).get(0);
                          return List.of(new Phase(new First(fedAvg.algorithm()), n));
                        })));
    Method other =
        new Phased(
            (c, n) -> {
              Phase fedAvg = everyone(c, n).get(0);
              return List.of(new Phase(new Second(fedAvg.algorithm()), n));
            });
    assertRefused(() -> resumed(run, x -> x.method(other)), "ownParts was ", "method phased");
  }

  private static List<Phase> everyone(FederatedContext context, int rounds) {
    RunConfig config =
        ConfigLoader.ofWords(
            List.of(
                "warmup.rounds=" + rounds,
                "warmup.cohort=2",
                "warmup.batch=4",
                "warmup.localEpochs=1"));
    WarmupConfig warmup = config.warmup();
    return List.of(new Phase(new FedAvg(context, context.federation().clients(), warmup), rounds));
  }

  /** Does what another does: the two below differ in their class alone. */
  private interface Passing extends Algorithm {
    Algorithm algorithm();

    @Override
    default String phase() {
      return algorithm().phase();
    }

    @Override
    default Round round(Round.Key key, Books books, Vector weights) {
      return algorithm().round(key, books, weights);
    }

    @Override
    default Round.Messages messages(Round.Key key, Books books) {
      return algorithm().messages(key, books);
    }
  }

  private record First(Algorithm algorithm) implements Passing {}

  private record Second(Algorithm algorithm) implements Passing {}
}
