package org.zowarmup.federated.methods;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.config.FaultsConfig;
import org.zowarmup.config.PrivacyConfig;
import org.zowarmup.config.ServerConfig;
import org.zowarmup.config.ServerConfig.Aggregate;
import org.zowarmup.config.ServerConfig.Optimizer;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.executor.Collected;
import org.zowarmup.executor.Training;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Ledger;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Round;
import org.zowarmup.federated.Traffic;
import org.zowarmup.federated.algorithm.ClientChanges;
import org.zowarmup.federated.algorithm.ClientNetworks;
import org.zowarmup.federated.algorithm.FedAvg;
import org.zowarmup.federated.algorithm.SmallFederation;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.SubNetwork;

/** HeteroFL where its answer is known: by hand, and in the limits in which it is FedAvg. */
final class HeteroFlTest {
  /** The first two clients are high-resource. */
  private static final int[] SIZES = {7, 4, 9, 1, 13};

  /** 3x3x1x2 of the convolution, 2 + 2 of its norm, 3x2x2x3 + 3 of the linear layer. */
  private static final long D = 18 + 4 + 36 + 3;

  /** The same with one channel. */
  private static final long D_SUB = 9 + 2 + 18 + 3;

  private static float[] start(SmallFederation small) {
    return InitialWeights.draw(small.graph.layout(), 1);
  }

  private static FedAvg heteroFl(SmallFederation small, List<Client> pool, WarmupConfig config) {
    return new FedAvg(small.context(), pool, config, ClientNetworks.byClass(small.context()));
  }

  /** Which elements of the full layout the sub-network has. */
  private static boolean[] held(SmallFederation small) {
    float[] ones = new float[(int) small.executor.subGraph().layout().length()];
    java.util.Arrays.fill(ones, 1);
    float[] full = new float[(int) small.graph.layout().length()];
    index(small).scatter(ones, full);
    boolean[] held = new boolean[full.length];
    IntStream.range(0, full.length).forEach(i -> held[i] = full[i] == 1);
    return held;
  }

  private static SubNetwork.Index index(SmallFederation small) {
    return new SubNetwork.Index(small.graph.layout(), small.executor.subGraph().layout());
  }

  /** Positions of parameters, without padding. */
  private static int[] parameters(SmallFederation small) {
    return small.graph.layout().tensors().stream()
        .flatMapToInt((ParameterTensor t) -> IntStream.range((int) t.offset(), (int) t.end()))
        .toArray();
  }

  /** Two rounds of two clients, of whom one is low-resource at least once. */
  private static List<Object> twoRounds(String device, boolean hetero, ServerConfig server) {
    try (SmallFederation small = new SmallFederation(device, 1, 1.0, SIZES);
        Vector weights = small.executor.allocate()) {
      weights.write(start(small));
      WarmupConfig config =
          SmallFederation.warmup(4, 0.1, 0.5).withProximal(0.01).withServer(server);
      List<Client> all = small.federation.clients();
      FedAvg algorithm =
          hetero ? heteroFl(small, all, config) : new FedAvg(small.context(), all, config);
      Round first = small.run(algorithm, 1, 0, weights);
      Round second = small.run(algorithm, 2, 1, weights);
      Round.Messages both = first.messages().then(second.messages());
      List<Object> outcome = new ArrayList<>(List.of(first.loss(), second.loss(), both.traffic()));
      for (float w : weights.read()) {
        outcome.add(w);
      }
      return outcome;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "cpu,AVERAGE,MEAN",
    "reference,AVERAGE,MEAN",
    "cpu,MOMENTUM,MEAN",
    "cpu,ADAM,MEAN",
    "cpu,AVERAGE,MEDIAN",
    "cpu,YOGI,TRIMMED_MEAN"
  })
  void atWidthOneItIsFedAvgToTheBit(String device, Optimizer optimizer, Aggregate aggregate) {
    ServerConfig server = new ServerConfig(optimizer, 0.01, 0.9, 0.99, 1e-3, aggregate, 0.3);
    assertEquals(twoRounds(device, false, server), twoRounds(device, true, server));
  }

  /** Answers written down by hand; n is 7, 4 and 9. */
  private static float[] aggregated(SmallFederation small, double serverLr, int... answering) {
    float[] answers = {1, 2, 4};
    boolean[] held = held(small);
    try (Vector weights = small.executor.allocate()) {
      float[] start = new float[held.length];
      java.util.Arrays.fill(start, 8);
      weights.write(start);
      ClientNetworks networks = ClientNetworks.byClass(small.context());
      List<Ledger.Answer> called =
          IntStream.of(answering)
              .mapToObj(id -> new Ledger.Answer(small.federation.clients().get(id), false))
              .toList();
      ClientChanges changes =
          new ClientChanges(small.context(), networks, 1, weights, called, serverLr, 3, false);
      for (int k = 0; k < answering.length; k++) {
        float[] values = new float[held.length];
        for (int i = 0; i < values.length; i++) {
          boolean mine = answering[k] < 2 || held[i];
          values[i] = mine ? answers[answering[k]] : -1000; // never to be looked at
        }
        changes.receive(k, 0, 0, values);
      }
      networks.aggregate(weights, changes.clients(), changes::average);
      return weights.read();
    }
  }

  private static void assertParts(
      SmallFederation small, double ofHeld, double ofOthers, float[] weights) {
    boolean[] held = held(small);
    for (int i : parameters(small)) {
      assertEquals((float) (held[i] ? ofHeld : ofOthers), weights[i], 1e-6, "element " + i);
    }
  }

  @Test
  void eachParameterIsAveragedOverThoseWhoHoldIt() {
    try (SmallFederation small = new SmallFederation("cpu", 1, 0.5, SIZES)) {
      double all = (7 * 1 + 4 * 2 + 9 * 4) / 20.0;
      double high = (7 * 1 + 4 * 2) / 11.0;
      assertParts(small, all, high, aggregated(small, 1, 0, 1, 2));
      assertParts(small, all, high, aggregated(small, 1, 2, 0, 1));
      assertParts(
          small, 8 + 0.5 * (all - 8), 8 + 0.5 * (high - 8), aggregated(small, 0.5, 0, 1, 2));
      assertParts(small, (4 * 2 + 9 * 4) / 13.0, 2, aggregated(small, 1, 1, 2));
      assertParts(small, high, high, aggregated(small, 1, 0, 1));
      assertParts(small, 4, 8, aggregated(small, 1, 2)); // no client holds the others: they stay
    }
  }

  /** A low-resource client alone: the sub-network's own training, put back in its place. */
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void aLowClientTrainsTheSliceAndNothingElse(String device) {
    try (SmallFederation small = new SmallFederation(device, 1, 0.5, new int[] {7, 4, 3});
        Vector weights = small.executor.allocate()) {
      float[] start = start(small);
      weights.write(start);
      Client low = small.federation.clients().get(2);
      small.run(heteroFl(small, List.of(low), SmallFederation.warmup(1, 0.1, 1)), 1, 0, weights);
      float[] expected = start.clone();
      // 3 images in a batch of 4 and 2 epochs; their order in a batch changes rounding alone
      TrainJob job =
          new TrainJob(List.of(low.train(), low.train()), new TrainJob.Sgd(0.1f, 0, 1e-5f));
      Collected trained = new Collected(1);
      float[] part = index(small).slice(start);
      List<Training> jobs = List.of(new Training(job, true));
      small.executor.train(weights, part, small.images, jobs, trained);
      index(small).scatter(trained.values[0], expected);
      float[] found = weights.read();
      assertArrayEquals(expected, found, 1e-6f);
      boolean[] held = held(small);
      int moved = 0;
      for (int i : parameters(small)) {
        if (held[i]) {
          moved += start[i] == found[i] ? 0 : 1;
        } else {
          assertEquals(start[i], found[i]);
        }
      }
      assertTrue(moved > D_SUB / 2, moved + " parameters moved");
    }
  }

  private static float[] afterTwoRounds(String device, int threads) {
    try (SmallFederation small = new SmallFederation(device, threads, 0.5, SIZES);
        Vector weights = small.executor.allocate()) {
      weights.write(start(small));
      FedAvg algorithm =
          heteroFl(small, small.federation.clients(), SmallFederation.warmup(5, 0.1, 1));
      small.run(algorithm, 1, 0, weights);
      small.run(algorithm, 2, 1, weights);
      return weights.read();
    }
  }

  @Test
  void devicesAgreeAndThreadsChangeNothing() {
    float[] cpu = afterTwoRounds("cpu", 1);
    assertArrayEquals(cpu, afterTwoRounds("cpu", 3));
    assertArrayEquals(afterTwoRounds("reference", 2), cpu, 1e-5f);
  }

  @Test
  void aMessageWeighsWhatItsClientHolds() {
    try (SmallFederation small = new SmallFederation("cpu", 1, 0.5, SIZES);
        Vector weights = small.executor.allocate()) {
      assertEquals(D, small.graph.layout().parameters());
      weights.write(start(small));
      FedAvg algorithm =
          heteroFl(small, small.federation.clients(), SmallFederation.warmup(5, 0.1, 1));
      for (int round = 1; round <= 2; round++) {
        Traffic expected = new Traffic(2 * 4 * D, 3 * 4 * D_SUB, 2 * 4 * D, 3 * 4 * D_SUB);
        assertEquals(
            expected, small.run(algorithm, round, round - 1, weights).messages().traffic());
      }
      Round.Forecast forecast =
          Round.Messages.forecast(List.of(new Method.Phase(algorithm, 2)), 2).get(0);
      assertEquals(new Traffic(16 * D, 24 * D_SUB, 16 * D, 24 * D_SUB), forecast.traffic());
      assertEquals(
          List.of(4L, 6L), List.of(forecast.work().clientsHigh(), forecast.work().clientsLow()));
      assertEquals(
          List.of(2L, 3L), List.of(forecast.work().firstHigh(), forecast.work().firstLow()));
    }
  }

  /**
   * Noise must not show which clients took part: it is on all parameters, whichever clients held
   * them.
   */
  @Test
  void underPrivacyEveryParameterGetsNoise() {
    try (SmallFederation small = new SmallFederation("cpu", 1, 0.5, SIZES);
        Vector weights = small.executor.allocate()) {
      float[] start = start(small);
      weights.write(start);
      FederatedContext context =
          small.context(FaultsConfig.NONE, new PrivacyConfig(1, 1, 0, 1, 1e-5));
      List<Client> low = small.federation.of(Client.Type.LOW);
      small.run(
          new FedAvg(
              context, low, SmallFederation.warmup(3, 0.1, 1), ClientNetworks.byClass(context)),
          1,
          0,
          weights);
      float[] found = weights.read();
      for (int i : parameters(small)) {
        assertNotEquals(start[i], found[i], "element " + i);
      }
    }
  }
}
