package org.zowarmup.bench.gpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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
import org.zowarmup.error.OutOfDeviceMemoryException;
import org.zowarmup.error.UnsupportedException;
import org.zowarmup.executor.LaneExecutor;
import org.zowarmup.executor.Workload;
import org.zowarmup.nn.Plan;
import org.zowarmup.random.Distribution;

/**
 * Forward passes, zeroth-order rounds and a local epoch of one network, through the program's own
 * interfaces. Names and sizes are those of bench/peers, so that the table can put them side by
 * side. What the device refuses is a finding, and the next figure comes all the same.
 */
final class Throughput implements AutoCloseable {
  private static final String STEP = "throughput";
  private static final float EPSILON = 1e-3f;
  private static final int MOST_LANES = 16; // the device is opened for
  private static final int FORWARD_IMAGES = 4096; // of one measurement, so that it takes its time

  /** A zeroth-order round. */
  record Round(int clients, int seeds, int batch) {
    String name() {
      return "round " + clients + " x " + seeds + " x " + batch;
    }

    long images() {
      return (long) clients * seeds * batch;
    }
  }

  private final Findings findings;
  private final BenchModel model;
  private final int repeats;
  private final Rig rig;

  Throughput(Findings findings, String device, BenchModel model, int repeats) {
    this.findings = findings;
    this.model = model;
    this.repeats = repeats;
    this.rig = new Rig(device, model, MOST_LANES);
  }

  private static int[] samples(int from, int count) {
    return IntStream.range(from, from + count).map(i -> i % Rig.IMAGES).toArray();
  }

  /** A figure that the device may refuse. */
  private void figure(String what, Precision precision, Runnable work) {
    String name = model == BenchModel.RESNET18 ? what : model.kind() + " " + what;
    if (!GpuCheck.runs(rig.device(), precision)) {
      return;
    }
    try {
      work.run();
    } catch (UnsupportedException | OutOfDeviceMemoryException e) {
      findings.report(STEP, name + ", " + precision, Map.of("error", e.getMessage()));
    }
  }

  /** Runs twice to warm up and capture, then measures. */
  private void measure(String what, Precision precision, long images, int lanes, Runnable work) {
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
    line.put("precision", precision.toString().toLowerCase(Locale.ROOT));
    line.put("lanes", lanes);
    line.put("median_s", median);
    line.put("least_s", seconds[0]);
    line.put("greatest_s", seconds[repeats - 1]);
    line.put("images_per_s", images / median);
    line.put("flop_per_image", rig.graph().forwardFlops());
    findings.report(STEP, model == BenchModel.RESNET18 ? what : model.kind() + " " + what, line);
  }

  void forward(int batch, Precision precision) {
    String name = "forward, batch " + batch;
    figure(
        name,
        precision,
        () -> {
          int[] all = samples(0, batch * (repeats > 1 ? Math.max(1, FORWARD_IMAGES / batch) : 1));
          Vector weights = rig.weights(Rig.SEED);
          try (Executable lane =
              rig.device().compile(Plan.forward(rig.graph(), batch), 1, precision)) {
            measure(
                name, precision, all.length, 1, () -> lane.evaluate(weights, rig.images(), all));
          }
        });
  }

  /**
   * @param shared whether all clients share the seeds of the round
   * @param wanted lanes, of which the device may not admit as many
   */
  void round(Round round, boolean shared, int wanted, Precision precision) {
    String name = round.name() + (shared ? ", shared seeds" : ", own seeds");
    figure(
        name,
        precision,
        () -> {
          Plan forward = Plan.forward(rig.graph(), round.batch());
          Plan train = Plan.forwardBackward(rig.graph(), 1); // never compiled: nothing trains here
          Workload workload =
              new Workload(forward, precision, wanted, train, Precision.FP32, 1, forward);
          int lanes = Math.min(wanted, rig.device().maxLanes(workload.rounds()));
          if (lanes < wanted) {
            findings.report(
                STEP,
                name + " on " + wanted + " lanes",
                Map.of("error", "the device admits " + lanes));
            return;
          }
          List<ProbeJob> jobs = jobs(round, shared);
          Vector weights = rig.weights(Rig.SEED);
          try (LaneExecutor executor = new LaneExecutor(rig.device(), workload, () -> false)) {
            measure(name, precision, round.images(), lanes, () -> round(executor, weights, jobs));
          }
        });
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

  private void round(LaneExecutor executor, Vector weights, List<ProbeJob> jobs) {
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

  void epoch(int images, int batch, Precision precision) {
    String name = "local epoch, batch " + batch;
    List<int[]> batches = new ArrayList<>();
    for (int from = 0; from + batch <= images; from += batch) {
      batches.add(samples(from, batch));
    }
    TrainJob job = new TrainJob(batches, new TrainJob.Sgd(0.01f, 0, 1e-5f));
    figure(
        name,
        precision,
        () -> {
          Vector weights = rig.weights(Rig.SEED);
          try (Vector trained = rig.device().allocate(rig.graph().layout());
              Executable lane =
                  rig.device().compile(Plan.forwardBackward(rig.graph(), batch), 1, precision)) {
            measure(
                name, precision, images, 1, () -> lane.train(weights, trained, rig.images(), job));
          }
        });
  }

  @Override
  public void close() {
    rig.close();
  }
}
