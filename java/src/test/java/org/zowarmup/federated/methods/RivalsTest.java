package org.zowarmup.federated.methods;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.zowarmup.config.ServerConfig;
import org.zowarmup.config.ServerConfig.Aggregate;
import org.zowarmup.config.ServerConfig.Optimizer;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.SeedUpdate;
import org.zowarmup.federated.Traffic;
import org.zowarmup.federated.algorithm.FedAvg;
import org.zowarmup.federated.algorithm.ServerOptimizer;
import org.zowarmup.federated.algorithm.SmallFederation;
import org.zowarmup.federated.algorithm.ZoProtocol;
import org.zowarmup.federated.algorithm.ZoSgd;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/** Each rival of ZOWarmUp where its answer is known: limits in which it is another method. */
class RivalsTest {
  private static final int[] SIZES = {7, 4, 9, 1, 13};

  private static WarmupConfig warmup(double proximal, ServerConfig server) {
    return SmallFederation.warmup(2, 0.1, 1).withProximal(proximal).withServer(server);
  }

  private static ServerConfig server(Optimizer optimizer, double momentum, Aggregate aggregate) {
    return new ServerConfig(optimizer, 0.01, momentum, 0.99, 1e-3, aggregate, 0.1);
  }

  private static float[] afterFedAvg(WarmupConfig config, int... sizes) {
    try (SmallFederation small = new SmallFederation("cpu", 1, sizes);
        Vector weights = small.executor.allocate()) {
      weights.write(InitialWeights.draw(small.graph.layout(), 1));
      FedAvg algorithm = new FedAvg(small.context(), small.federation.of(Client.Type.HIGH), config);
      small.run(algorithm, 1, 0, weights);
      small.run(algorithm, 2, 1, weights);
      return weights.read();
    }
  }

  @Test
  void fedProxWithoutItsTermIsFedAvgAndWithMuchOfItStaysPut() {
    float[] plain = afterFedAvg(warmup(0, ServerConfig.PLAIN), SIZES);
    assertArrayEquals(plain, afterFedAvg(SmallFederation.warmup(2, 0.1, 1), SIZES));
    float[] start = start();
    double freely = distance(start, plain);
    double held = distance(start, afterFedAvg(warmup(8, ServerConfig.PLAIN), SIZES));
    assertTrue(held < freely, held + " with the term, " + freely + " without");
  }

  private static float[] start() {
    return InitialWeights.draw(SmallFederation.graph().layout(), 1);
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.pow((double) a[i] - b[i], 2);
    }
    return Math.sqrt(sum);
  }

  @Test
  void fedAvgMWithoutMomentumIsFedAvg() {
    float[] plain = afterFedAvg(warmup(0, ServerConfig.PLAIN), SIZES);
    float[] momentum = afterFedAvg(warmup(0, server(Optimizer.MOMENTUM, 0, Aggregate.MEAN)), SIZES);
    assertArrayEquals(plain, momentum, 1e-6f);
    float[] with = afterFedAvg(warmup(0, server(Optimizer.MOMENTUM, 0.9, Aggregate.MEAN)), SIZES);
    assertTrue(distance(plain, with) > 1e-3);
  }

  /** The first two clients take part; equal answers come from clients with the same images. */
  @ParameterizedTest
  @EnumSource(names = {"MEDIAN", "TRIMMED_MEAN"})
  void robustRulesOfOneClientsWeightsAreTheMean(Aggregate aggregate) {
    WarmupConfig one = SmallFederation.warmup(1, 0.1, 1);
    float[] mean = afterFedAvg(one, 5, 4);
    float[] robust = afterFedAvg(one.withServer(server(Optimizer.AVERAGE, 0.9, aggregate)), 5, 4);
    assertArrayEquals(mean, robust, 1e-6f);
  }

  private static ZoConfig zo(int cohort, int seeds, boolean own, int localSteps) {
    return SmallFederation.zo(cohort, seeds, own, 0, localSteps);
  }

  private static float twoSided(ProbeJob job, ProbeJob.Result result) {
    double delta = (result.lossSumPlus() - result.lossSumMinus()) / result.count();
    return (float) (delta / (2.0 * job.epsilon()));
  }

  /** Written out from the paper's update with one client: w - lr / S sum of g_s z_s. */
  @Test
  void deComFlWithOneClientIsZoSgd() {
    try (SmallFederation small = new SmallFederation("cpu", 1, 6, 4);
        Vector weights = small.executor.allocate();
        Vector expected = small.executor.allocate()) {
      weights.write(start());
      expected.write(start());
      Client only = small.federation.clients().get(0);
      long[] seeds = new long[3];
      float[] coefficients = new float[3];
      for (int s = 0; s < 3; s++) {
        seeds[s] =
            NamedRandom.key(SmallFederation.SEED, Purpose.ZO_DIRECTION, 5, NamedRandom.NONE, s);
        ProbeJob job = new ProbeJob(SeedTerms.NONE, seeds[s], 1e-3f, only.train());
        ProbeJob.Result r =
            small
                .executor
                .probe(weights, Distribution.RADEMACHER, small.images, List.of(job))
                .get(0);
        coefficients[s] = -(float) (0.05 / 3 * twoSided(job, r));
      }
      SeedTerms terms = new SeedTerms(seeds, coefficients);
      small.executor.vectors().accumulateSeeds(expected, 1, terms, Distribution.RADEMACHER);
      small.run(new ZoSgd(small.context(), List.of(only), zo(1, 3, false, 1)), 5, 0, weights);
      assertArrayEquals(expected.read(), weights.read());
    }
  }

  /** A pool of two seeds, six local steps: what the scalars rebuild is where the client ended. */
  @Test
  void fedKSeedsReplayIsItsLocalSteps() {
    try (SmallFederation small = new SmallFederation("cpu", 1, 6, 4);
        Vector weights = small.executor.allocate();
        Vector local = small.executor.allocate();
        Vector replayed = small.executor.allocate()) {
      weights.write(start());
      local.write(start());
      replayed.write(start());
      Client only = small.federation.clients().get(0);
      ZoProtocol pool = ZoProtocol.pool(2);
      ZoSgd algorithm = new ZoSgd(small.context(), List.of(only), zo(1, 1, true, 6), pool);
      SeedUpdate update = small.run(algorithm, 5, 0, weights).update().orElseThrow();
      for (int step = 0; step < 6; step++) {
        long seed = pool.name(SmallFederation.SEED, 5, only, step).seed(SmallFederation.SEED);
        ProbeJob job = new ProbeJob(SeedTerms.NONE, seed, 1e-3f, only.train());
        ProbeJob.Result r =
            small.executor.probe(local, Distribution.RADEMACHER, small.images, List.of(job)).get(0);
        float[] move = {(float) (-0.05 * twoSided(job, r))};
        SeedTerms term = new SeedTerms(new long[] {seed}, move);
        small.executor.vectors().accumulateSeeds(local, 1, term, Distribution.RADEMACHER);
      }
      // the scalars differ by the rounding of the losses over 2 epsilon
      assertTrue(distance(local.read(), weights.read()) < 1e-3 * distance(start(), local.read()));
      update.applyTo(replayed, small.executor.vectors(), SmallFederation.SEED);
      assertArrayEquals(weights.read(), replayed.read());
    }
  }

  @Test
  void everySeedOfAPoolIsDrawnAndNoOther() {
    boolean[] drawn = new boolean[13];
    for (int index = 0; index < 400; index++) {
      Client client = new Client(index % 5, Client.Type.LOW, new int[] {0}, new int[0]);
      ZoProtocol.SeedName name = ZoProtocol.pool(13).name(7, index / 5, client, index);
      assertEquals(0, name.round());
      assertEquals(NamedRandom.NONE, name.owner());
      drawn[name.index()] = true;
    }
    for (boolean each : drawn) {
      assertTrue(each);
    }
  }

  /** FedZO moves the weights as local ZO-SGD does; what differs is what is sent. */
  @Test
  void fedZoSendsVectorsForTheSameSteps() {
    Traffic[] sent = new Traffic[2];
    float[][] weights = new float[2][];
    for (int i = 0; i < 2; i++) {
      try (SmallFederation small = new SmallFederation("cpu", 1, SIZES);
          Vector w = small.executor.allocate()) {
        w.write(start());
        ZoConfig config = zo(5, 2, true, 2);
        ZoProtocol protocol = i == 0 ? ZoProtocol.of(config) : ZoProtocol.vectors();
        ZoSgd algorithm = new ZoSgd(small.context(), small.federation.clients(), config, protocol);
        sent[i] = small.run(algorithm, 1, 0, w).messages().traffic();
        weights[i] = w.read();
      }
    }
    assertArrayEquals(weights[0], weights[1]);
    long model = 4L * SmallFederation.graph().layout().parameters();
    assertEquals(2 * 4 * 4, sent[0].upHigh());
    assertEquals(2 * model, sent[1].upHigh());
    assertEquals(3 * model, sent[1].upLow());
  }

  @ParameterizedTest
  @EnumSource(names = {"MOMENTUM", "ADAM", "YOGI"})
  void serverOptimizersOfTheDirectionAreReplayed(Optimizer optimizer) {
    try (SmallFederation small = new SmallFederation("cpu", 1, SIZES);
        Vector weights = small.executor.allocate();
        Vector replayed = small.executor.allocate()) {
      weights.write(start());
      replayed.write(start());
      ZoConfig config = withServer(zo(3, 2, true, 1), server(optimizer, 0.9, Aggregate.MEAN));
      ZoSgd algorithm = new ZoSgd(small.context(), small.federation.clients(), config);
      ServerOptimizer replay = new ServerOptimizer(config.server());
      for (int round = 1; round <= 3; round++) {
        SeedUpdate update = small.run(algorithm, round, round - 1, weights).update().orElseThrow();
        replay.apply(update, replayed, small.executor.vectors(), SmallFederation.SEED);
      }
      assertArrayEquals(weights.read(), replayed.read());
      assertEquals(algorithm.state().names(), replay.state().names());
      assertNotEquals(start()[0], weights.read()[0]);
    }
  }

  private static ZoConfig withServer(ZoConfig zo, ServerConfig server) {
    return new ZoConfig(
        zo.rounds(),
        zo.cohort(),
        zo.seeds(),
        zo.ownSeeds(),
        zo.batch(),
        zo.freshBatchPerSeed(),
        zo.epsilon(),
        zo.estimate(),
        zo.distribution(),
        zo.precision(),
        zo.lr(),
        zo.schedule(),
        zo.localSteps(),
        zo.augment(),
        zo.epsilonSchedule(),
        zo.poolSeeds(),
        server);
  }

  /** With shared seeds and equal scalars a robust rule changes nothing. */
  @Test
  void robustScalarsOfOneClientAreItsOwn() {
    float[][] after = new float[3][];
    Aggregate[] rules = Aggregate.values();
    for (int i = 0; i < 3; i++) {
      try (SmallFederation small = new SmallFederation("cpu", 1, 6, 4);
          Vector weights = small.executor.allocate()) {
        weights.write(start());
        ZoConfig config = withServer(zo(1, 3, false, 1), server(Optimizer.AVERAGE, 0.9, rules[i]));
        List<Client> one = List.of(small.federation.clients().get(0));
        small.run(new ZoSgd(small.context(), one, config), 1, 0, weights);
        after[i] = weights.read();
      }
    }
    assertArrayEquals(after[0], after[1]);
    assertArrayEquals(after[0], after[2]);
  }
}
