package org.zowarmup.inspect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.zowarmup.config.RunConfig;
import org.zowarmup.device.Estimate;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.executor.Answers;
import org.zowarmup.executor.Executor;
import org.zowarmup.executor.Training;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.Federation;
import org.zowarmup.random.Distribution;
import org.zowarmup.setup.Session;

/**
 * The pace of the device that a run would use, from short measurements on all lanes, each repeated
 * until the clock can be trusted, and made when first asked for.
 */
final class Calibration implements Pace {
  private static final double SECONDS = 1;

  /**
   * The first rounds of a small network take twice the time of those after them, for two seconds.
   */
  private static final double WARM_UP_SECONDS = 2;

  private static final int MOST_TRAININGS = 16;
  private static final int MOST_STEPS = 8;

  private final RunConfig config;
  private final Session session;
  private final Executor executor;
  private final int[] samples;
  private final double forwardFlops;
  private double train = Double.NaN;
  private double probe = Double.NaN;
  private double evaluate = Double.NaN;

  Calibration(RunConfig config, Federation federation, Session session) {
    this.config = config;
    this.session = session;
    this.executor = session.executor();
    this.forwardFlops = executor.graph().forwardFlops();
    this.samples =
        federation.clients().stream()
            .map(Client::train)
            .max((a, b) -> Integer.compare(a.length, b.length))
            .orElseThrow();
  }

  @Override
  public double secondsOfTraining(double flops) {
    if (flops > 0 && Double.isNaN(train)) {
      train = secondsOfStepImage() / (3 * forwardFlops);
    }
    return flops == 0 ? 0 : train * flops;
  }

  @Override
  public double secondsOfProbing(double flops) {
    if (flops > 0 && Double.isNaN(probe)) {
      probe = secondsOfProbedImage() / forwardFlops;
    }
    return flops == 0 ? 0 : probe * flops;
  }

  @Override
  public double secondsOfEvaluation(double flops) {
    if (flops > 0 && Double.isNaN(evaluate)) {
      evaluate = secondsOfEvaluated() / forwardFlops;
    }
    return flops == 0 ? 0 : evaluate * flops;
  }

  @Override
  public String origin() {
    return "";
  }

  /** Of one image in one forward pass of a probe. */
  private double secondsOfProbedImage() {
    Estimate estimate = config.zo().estimate();
    int jobs = Math.min(64, config.zo().cohort() * estimate.probesOfStep(config.zo().seeds()));
    int images =
        config.zo().batch() == 0 ? samples.length : Math.min(config.zo().batch(), samples.length);
    int[] batch = Arrays.copyOf(samples, images);
    boolean twoSided = estimate == Estimate.TWO_SIDED;
    List<ProbeJob> probes = new ArrayList<>();
    for (int i = 0; i < jobs; i++) {
      ProbeJob probe = new ProbeJob(SeedTerms.NONE, i, (float) config.zo().epsilon(), batch);
      probes.add(twoSided ? probe : probe.onOneSide());
    }
    Distribution distribution = config.zo().distribution();
    try (Vector weights = executor.allocate()) {
      return time(
          () -> executor.probe(weights, distribution, session.train(), probes),
          (double) jobs * images * (twoSided ? 2 : 1));
    }
  }

  /** Of one image in one training step. */
  private double secondsOfStepImage() {
    int jobs = Math.min(MOST_TRAININGS, config.warmup().cohort());
    int[] batch = Arrays.copyOf(samples, Math.min(config.warmup().batch(), samples.length));
    // a client's weights come and go once for all of its batches
    int steps = Math.max(1, Math.min(MOST_STEPS, samples.length / batch.length));
    TrainJob job =
        new TrainJob(
            Collections.nCopies(steps, batch),
            new TrainJob.Sgd(1e-6f, (float) config.warmup().momentum(), 0));
    List<Training> all = Collections.nCopies(jobs, new Training(job, false));
    try (Vector weights = executor.allocate()) {
      return time(
          () -> executor.train(weights, null, session.train(), all, new Unused()),
          (double) jobs * steps * batch.length);
    }
  }

  /** Only the time that they take is asked for. */
  private record Unused() implements Answers {
    @Override
    public Answer answer(int job, float[] trained) {
      return new Answer(trained, 0);
    }

    @Override
    public boolean receive(int job, double note, int from, float[] values) {
      return false; // not summed
    }
  }

  private double secondsOfEvaluated() {
    int[] some = IntStream.range(0, Math.min(1024, session.test().count())).toArray();
    try (Vector weights = executor.allocate()) {
      return time(() -> executor.evaluate(weights, session.test(), some), some.length);
    }
  }

  /**
   * Seconds of one of {@code units} that a call does, once Java has compiled what it runs. The
   * median of the calls: one that others on the machine held up counts no more than any other.
   */
  private static double time(Runnable call, double units) {
    long start = System.nanoTime();
    do {
      call.run();
    } while ((System.nanoTime() - start) * 1e-9 < WARM_UP_SECONDS);
    List<Double> calls = new ArrayList<>();
    start = System.nanoTime();
    long now = start;
    do {
      long before = now;
      call.run();
      now = System.nanoTime();
      calls.add((now - before) * 1e-9);
    } while ((now - start) * 1e-9 < SECONDS);
    Collections.sort(calls);
    return calls.get(calls.size() / 2) / units;
  }
}
