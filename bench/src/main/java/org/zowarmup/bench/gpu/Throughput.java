package org.zowarmup.bench.gpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.zowarmup.bench.BenchModel;
import org.zowarmup.bench.Rig;
import org.zowarmup.device.Executable;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.executor.LaneExecutor;
import org.zowarmup.executor.Workload;
import org.zowarmup.nn.Plan;
import org.zowarmup.random.Distribution;

/**
 * Forward passes, zeroth-order rounds and a local epoch, through the program's own interfaces.
 * Names and sizes are those of bench/peers, so that the table can put them side by side.
 */
final class Throughput {
  private static final String STEP = "throughput";
  private static final float EPSILON = 1e-3f;

  /** A zeroth-order round. */
  record Round(int clients, int seeds, int batch) {
    String name() {
      return "round " + clients + " x " + seeds + " x " + batch;
    }
  }

  private final Findings findings;
  private final String device;
  private final int repeats;

  Throughput(Findings findings, String device, int repeats) {
    this.findings = findings;
    this.device = device;
    this.repeats = repeats;
  }

  private static int[] samples(int from, int count) {
    return IntStream.range(from, from + count).map(i -> i % Rig.IMAGES).toArray();
  }

  /** Runs once to warm up and capture, then measures. */
  private void measure(
      Rig rig, String name, Precision precision, long images, Runnable work, int lanes) {
    work.run();
    work.run();
    double[] seconds = new double[repeats];
    for (int i = 0; i < repeats; i++) {
      long start = System.nanoTime();
      work.run();
      seconds[i] = (System.nanoTime() - start) * 1e-9;
    }
    Arrays.sort(seconds);
    double median = seconds[repeats / 2];
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("precision", precision.toString().toLowerCase(java.util.Locale.ROOT));
    line.put("lanes", lanes);
    line.put("median_s", median);
    line.put("least_s", seconds[0]);
    line.put("greatest_s", seconds[repeats - 1]);
    line.put("images_per_s", images / median);
    line.put("flop_per_image", rig.graph().forwardFlops());
    findings.report(STEP, name, line);
  }

  void forward(BenchModel model, int batch) {
    try (Rig rig = new Rig(device, model, 1)) {
      Vector weights = rig.weights(Rig.SEED);
      int passes = Math.max(1, 4096 / batch);
      for (Precision precision : Precision.values()) {
        if (!rig.device().supports(precision)) {
          continue;
        }
        try (Executable lane =
            rig.device().compile(Plan.forward(rig.graph(), batch), 1, precision)) {
          int[] all = samples(0, batch * passes);
          Runnable work = () -> lane.evaluate(weights, rig.images(), all);
          measure(rig, "forward, batch " + batch, precision, (long) batch * passes, work, 1);
        }
      }
    }
  }

  /**
   * @param shared whether all clients share the seeds of the round
   */
  void round(BenchModel model, Round round, boolean shared, int lanes) {
    try (Rig rig = new Rig(device, model, lanes)) {
      Vector weights = rig.weights(Rig.SEED);
      Plan forward = Plan.forward(rig.graph(), round.batch());
      Plan train = Plan.forwardBackward(rig.graph(), 1); // never compiled: nothing trains here
      for (Precision precision : Precision.values()) {
        if (!rig.device().supports(precision)) {
          continue;
        }
        Workload workload =
            new Workload(forward, precision, lanes, train, Precision.FP32, 1, forward);
        try (LaneExecutor executor = new LaneExecutor(rig.device(), workload, () -> false)) {
          List<ProbeJob> jobs = jobs(round, shared);
          long images = (long) round.clients() * round.seeds() * round.batch();
          measure(
              rig,
              round.name() + (shared ? ", shared seeds" : ", own seeds"),
              precision,
              images,
              () -> round(executor, rig, weights, jobs),
              lanes);
        }
      }
    }
  }

  private static List<ProbeJob> jobs(Round round, boolean shared) {
    List<ProbeJob> jobs = new ArrayList<>();
    for (int client = 0; client < round.clients(); client++) {
      for (int s = 0; s < round.seeds(); s++) {
        int own = client * round.seeds() + s;
        long seed = Rig.SEED + (shared ? s : own);
        jobs.add(
            new ProbeJob(
                SeedTerms.NONE, seed, EPSILON, samples(own * round.batch(), round.batch())));
      }
    }
    return jobs;
  }

  private static void round(LaneExecutor executor, Rig rig, Vector weights, List<ProbeJob> jobs) {
    List<ProbeJob.Result> results =
        executor.probe(weights, Distribution.RADEMACHER, rig.images(), jobs);
    long[] seeds = new long[jobs.size()];
    float[] coefficients = new float[jobs.size()];
    for (int k = 0; k < seeds.length; k++) {
      ProbeJob.Result r = results.get(k);
      seeds[k] = jobs.get(k).seed();
      double g = (r.lossSumPlus() - r.lossSumMinus()) / r.count() / (2 * EPSILON);
      coefficients[k] = (float) (-1e-6 * g / seeds.length);
    }
    executor
        .vectors()
        .accumulateSeeds(weights, 1, new SeedTerms(seeds, coefficients), Distribution.RADEMACHER);
  }

  void epoch(BenchModel model, int images, int batch) {
    try (Rig rig = new Rig(device, model, 1)) {
      Vector weights = rig.weights(Rig.SEED);
      Vector trained = rig.zeros();
      List<int[]> batches = new ArrayList<>();
      for (int from = 0; from + batch <= images; from += batch) {
        batches.add(samples(from, batch));
      }
      TrainJob job = new TrainJob(batches, new TrainJob.Sgd(0.01f, 0, 1e-5f));
      for (Precision precision : Precision.values()) {
        if (!rig.device().supports(precision)) {
          continue;
        }
        try (Executable lane =
            rig.device().compile(Plan.forwardBackward(rig.graph(), batch), 1, precision)) {
          Runnable work = () -> lane.train(weights, trained, rig.images(), job);
          measure(rig, "local epoch, batch " + batch, precision, images, work, 1);
        }
      }
    }
  }
}
