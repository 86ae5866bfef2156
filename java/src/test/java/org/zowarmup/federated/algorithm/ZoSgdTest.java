package org.zowarmup.federated.algorithm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.zowarmup.config.Schedule;
import org.zowarmup.config.ServerConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.device.Estimate;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.Vector;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.executor.Executor;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.DivergedException;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.random.Directions;
import org.zowarmup.random.Distribution;

/**
 * The update of the zeroth-order phase, from the probes that were really run to the last bit of the
 * weights.
 */
final class ZoSgdTest {
  private static final int[] SIZES = {7, 4, 9, 1, 13};

  @ParameterizedTest
  @CsvSource({
    "reference,5,3,true,2,1",
    "cpu,5,3,true,2,1",
    "cpu,3,1,true,0,1",
    "cpu,4,2,false,2,1",
    "cpu,2,3,true,3,2"
  })
  void theUpdateIsTheExplicitSumOfContract4(
      String device, int cohort, int seeds, boolean own, int batch, int localSteps) {
    try (SmallFederation small = new SmallFederation(device, 2, SIZES);
        Vector weights = small.executor.allocate()) {
      RecordingExecutor recorder = new RecordingExecutor(small.executor);
      FederatedContext context =
          new FederatedContext(small.federation, recorder, small.images, SmallFederation.SEED);
      ZoConfig config = SmallFederation.zo(cohort, seeds, own, batch, localSteps);
      float[] start = InitialWeights.draw(small.graph.layout(), 11);
      weights.write(start);
      ZoSgd algorithm = new ZoSgd(context, small.federation.clients(), config);
      small.run(algorithm, 9, 0, weights);
      assertEquals(cohort * seeds * localSteps, recorder.jobs().size());
      float[] expected = explicitUpdate(small, recorder, config, start);
      assertArrayEquals(expected, weights.read());
    }
  }

  /**
   * w - acc, acc the sum of +/- c over clients, then local steps, then seeds; c = float(lr n_i /
   * (n_Q S) g), or with shared seeds one c a seed, float(lr / S sum of n_i / n_Q g).
   */
  private static float[] explicitUpdate(
      SmallFederation small, RecordingExecutor recorder, ZoConfig config, float[] start) {
    List<Long> seeds = new ArrayList<>();
    List<Float> coefficients = new ArrayList<>();
    terms(small, recorder, config, seeds, coefficients);
    float[] expected = start.clone();
    for (ParameterTensor tensor : small.graph.layout().tensors()) {
      for (int i = (int) tensor.offset(); i < tensor.end(); i++) {
        float acc = 0;
        for (int k = 0; k < seeds.size(); k++) {
          acc += Directions.sign(seeds.get(k), i) > 0 ? coefficients.get(k) : -coefficients.get(k);
        }
        expected[i] = start[i] - acc;
      }
    }
    return expected;
  }

  private static void terms(
      SmallFederation small,
      RecordingExecutor recorder,
      ZoConfig config,
      List<Long> seeds,
      List<Float> coefficients) {
    int probesOfStep = config.cohort() * config.seeds();
    List<Client> cohort = cohortOf(small, recorder, config);
    long samples = cohort.stream().mapToLong(c -> c.train().length).sum();
    double[] shared = new double[config.localSteps() * config.seeds()];
    for (int c = 0; c < cohort.size(); c++) {
      int n = cohort.get(c).train().length;
      for (int i = 0; i < shared.length; i++) {
        int k = i / config.seeds() * probesOfStep + c * config.seeds() + i % config.seeds();
        ProbeJob.Result r = recorder.results().get(k);
        double delta = r.lossSumPlus() / r.count() - r.lossSumMinus() / r.count();
        float g = (float) (delta / (2 * (double) 1e-3f));
        shared[i] += (double) n / samples * g;
        if (config.ownSeeds()) {
          seeds.add(recorder.jobs().get(k).seed());
          coefficients.add((float) (0.05 * n / ((double) samples * config.seeds()) * g));
        } else if (c == cohort.size() - 1) {
          seeds.add(recorder.jobs().get(k).seed());
          coefficients.add((float) (0.05 / config.seeds() * shared[i]));
        }
      }
    }
  }

  /** The clients of the first local step, told by the images that their probes used. */
  private static List<Client> cohortOf(
      SmallFederation small, RecordingExecutor recorder, ZoConfig config) {
    List<Client> cohort = new ArrayList<>();
    for (int c = 0; c < config.cohort(); c++) {
      int sample = recorder.jobs().get(c * config.seeds()).samples()[0];
      for (Client client : small.federation.clients()) {
        for (int index : client.train()) {
          if (index == sample) {
            cohort.add(client);
          }
        }
      }
    }
    return cohort;
  }

  @ParameterizedTest
  @CsvSource({"true,2", "false,2", "true,0"})
  void probesUseTheirOwnClientsImagesAndTheSeedsOfTheConfig(boolean own, int batch) {
    try (SmallFederation small = new SmallFederation("reference", 1, SIZES);
        Vector weights = small.executor.allocate()) {
      RecordingExecutor recorder = new RecordingExecutor(small.executor);
      FederatedContext context =
          new FederatedContext(small.federation, recorder, small.images, SmallFederation.SEED);
      int seeds = 3;
      ZoSgd algorithm =
          new ZoSgd(
              context,
              small.federation.clients(),
              SmallFederation.zo(SIZES.length, seeds, own, batch, 1));
      weights.write(InitialWeights.draw(small.graph.layout(), 11));
      small.run(algorithm, 1, 0, weights);
      Set<Long> directions = new HashSet<>();
      for (int k = 0; k < recorder.jobs().size(); k++) {
        ProbeJob job = recorder.jobs().get(k);
        directions.add(job.seed());
        int size = SIZES[k / seeds];
        assertEquals(batch == 0 ? size : Math.min(batch, size), job.samples().length);
        Set<Integer> distinct = new HashSet<>();
        for (int sample : job.samples()) {
          distinct.add(sample);
        }
        assertEquals(job.samples().length, distinct.size(), "drawn without replacement");
      }
      assertEquals(own ? seeds * SIZES.length : seeds, directions.size());
    }
  }

  /** Of several ranks each draws for the probes that it runs: here no one runs any. */
  @Test
  void theImagesOfAProbeAreDrawnByWhoRunsIt() {
    try (SmallFederation small = new SmallFederation("reference", 1, SIZES);
        Vector weights = small.executor.allocate()) {
      List<ProbeJob> asked = new ArrayList<>();
      Executor none =
          (Executor)
              Proxy.newProxyInstance(
                  Executor.class.getClassLoader(),
                  new Class<?>[] {Executor.class},
                  (proxy, method, words) -> {
                    if (method.getName().equals("probe")) {
                      ((List<?>) words[3]).forEach(job -> asked.add((ProbeJob) job));
                      throw new UserErrorException("none is run");
                    }
                    return method.invoke(small.executor, words);
                  });
      FederatedContext context =
          new FederatedContext(small.federation, none, small.images, SmallFederation.SEED);
      List<Client> clients = small.federation.clients();
      ZoSgd algorithm =
          new ZoSgd(context, clients, SmallFederation.zo(clients.size(), 3, true, 2, 1));
      assertThrows(UserErrorException.class, () -> small.run(algorithm, 1, 0, weights));
      assertEquals(3 * clients.size(), asked.size());
      clients.forEach(client -> Arrays.fill(client.train(), 100 + client.id()));
      for (int k = 0; k < asked.size(); k++) {
        assertEquals(Math.min(2, SIZES[k / 3]), asked.get(k).count());
        if (SIZES[k / 3] > 2) {
          assertEquals(100 + k / 3, asked.get(k).samples()[0], "drawn before it was asked for");
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void scheduleRunsFromThePeakToZero(Schedule schedule) {
    try (SmallFederation small = new SmallFederation("reference", 1, SIZES)) {
      ZoConfig base = SmallFederation.zo(2, 2, true, 2, 1);
      ZoConfig config =
          new ZoConfig(
              8,
              2,
              2,
              true,
              2,
              true,
              1e-3,
              Estimate.TWO_SIDED,
              Distribution.RADEMACHER,
              Precision.FP32,
              base.lr(),
              schedule,
              1,
              false,
              Schedule.CONSTANT,
              1024,
              ServerConfig.PLAIN);
      ZoSgd algorithm = new ZoSgd(small.context(), small.federation.clients(), config);
      assertEquals(0.05, algorithm.scheduled(0), 1e-15);
      boolean constant = schedule == Schedule.CONSTANT;
      double half = schedule == Schedule.STEP ? 0.005 : 0.025;
      assertEquals(constant ? 0.05 : half, algorithm.scheduled(4), 1e-15);
      assertTrue(constant || algorithm.scheduled(7) < 0.003);
    }
  }

  @ParameterizedTest
  @CsvSource({"reference", "cpu"})
  void aScalarThatIsNotFiniteIsRefusedAndTheWeightsStay(String device) {
    try (SmallFederation small = new SmallFederation(device, 1, SIZES);
        Vector weights = small.executor.allocate()) {
      float[] broken = InitialWeights.draw(small.graph.layout(), 11);
      broken[0] = Float.NaN;
      weights.write(broken);
      ZoSgd algorithm =
          new ZoSgd(
              small.context(), small.federation.clients(), SmallFederation.zo(2, 2, true, 2, 1));
      DivergedException e =
          assertThrows(DivergedException.class, () -> small.run(algorithm, 5, 0, weights));
      assertTrue(e.getMessage().startsWith("round 5, client "), e.getMessage());
      assertArrayEquals(broken, weights.read());
    }
  }

  @ParameterizedTest
  @CsvSource({"1,2", "1,3", "2,5"})
  void neitherLanesNorThreadsChangeABit(int few, int many) {
    assertArrayEquals(trained(few, 1), trained(many, 1));
    assertNotEquals(trained(few, 1)[0], trained(few, 2)[0]);
  }

  private static float[] trained(int threads, int rounds) {
    try (SmallFederation small = new SmallFederation("cpu", threads, SIZES);
        Vector weights = small.executor.allocate()) {
      weights.write(InitialWeights.draw(small.graph.layout(), 11));
      ZoSgd algorithm =
          new ZoSgd(
              small.context(), small.federation.clients(), SmallFederation.zo(5, 4, true, 2, 1));
      for (int round = 1; round <= rounds; round++) {
        small.run(algorithm, round, round - 1, weights);
      }
      return weights.read();
    }
  }
}
