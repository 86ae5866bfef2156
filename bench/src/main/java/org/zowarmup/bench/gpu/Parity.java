package org.zowarmup.bench.gpu;

import java.util.stream.IntStream;
import org.zowarmup.bench.BenchModel;
import org.zowarmup.bench.Rig;
import org.zowarmup.device.Evaluation;
import org.zowarmup.device.Executable;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.Plan;
import org.zowarmup.random.Distribution;

/**
 * A device beside the cpu device in fp32, on the same weights and images: losses, gradients and the
 * scalars g of probes.
 */
final class Parity {
  private static final String STEP = "parity";
  private static final float EPSILON = 1e-3f;

  /**
   * Bounds that a precision must keep.
   *
   * @param loss relative error of the mean loss
   * @param gradient error of the gradient relative to its length
   * @param g error of the g of a sample of probes relative to their root mean square
   * @param correlation of g with that of fp32
   */
  record Bounds(double loss, double gradient, double g, double correlation) {
    static Bounds of(Precision precision) {
      return switch (precision) {
        case FP32 -> new Bounds(1e-5, 1e-4, 1e-2, 0.9999);
        case TF32 -> new Bounds(5e-3, 3e-2, 0.5, 0.95);
        case BF16 -> new Bounds(2e-2, 1e-1, 1.0, 0.9);
      };
    }
  }

  private final Findings findings;
  private final String device;
  private final int samples;
  private final int probes;

  /**
   * @param samples of a batch
   * @param probes in the sample of g
   */
  Parity(Findings findings, String device, int samples, int probes) {
    this.findings = findings;
    this.device = device;
    this.samples = samples;
    this.probes = probes;
  }

  /** One side's view of the same things. */
  private record Seen(double loss, float[] gradient, double[] g) {}

  void run(BenchModel model) {
    Seen expected;
    try (Rig cpu = new Rig("cpu", model, Runtime.getRuntime().availableProcessors())) {
      expected = see(cpu, Precision.FP32);
    }
    try (Rig rig = new Rig(device, model, 1)) {
      for (Precision precision : Precision.values()) {
        if (GpuCheck.runs(rig.device(), precision)) {
          compare(
              model.kind() + " " + precision, Bounds.of(precision), expected, see(rig, precision));
        }
      }
    }
  }

  private Seen see(Rig rig, Precision precision) {
    int[] batch = IntStream.range(0, samples).toArray();
    Vector weights = rig.weights(Rig.SEED);
    Vector gradient = rig.zeros();
    double loss;
    double[] g = new double[probes];
    try (Executable forward =
        rig.device().compile(Plan.forward(rig.graph(), samples), 1, precision)) {
      Evaluation evaluation = forward.evaluate(weights, rig.images(), batch);
      loss = evaluation.meanLoss();
      ProbeJob[] jobs =
          IntStream.range(0, probes)
              .mapToObj(k -> new ProbeJob(SeedTerms.NONE, Rig.SEED + k, EPSILON, batch))
              .toArray(ProbeJob[]::new);
      ProbeJob.Result[] results =
          forward.probe(weights, Distribution.RADEMACHER, rig.images(), jobs);
      for (int k = 0; k < probes; k++) {
        double delta = results[k].lossSumPlus() - results[k].lossSumMinus();
        g[k] = delta / samples / (2 * EPSILON);
      }
    }
    try (Executable training =
        rig.device().compile(Plan.forwardBackward(rig.graph(), samples), 1, precision)) {
      training.gradient(weights, rig.images(), batch, gradient);
    }
    return new Seen(loss, gradient.read(), g);
  }

  private void compare(String name, Bounds bounds, Seen expected, Seen found) {
    double loss = Math.abs(found.loss() - expected.loss()) / Math.abs(expected.loss());
    findings.atMost(STEP, name + ", loss, relative error", loss, bounds.loss());
    double difference = 0;
    double length = 0;
    for (int i = 0; i < expected.gradient().length; i++) {
      double d = (double) found.gradient()[i] - expected.gradient()[i];
      difference += d * d;
      length += (double) expected.gradient()[i] * expected.gradient()[i];
    }
    findings.atMost(
        STEP,
        name + ", gradient, relative error",
        Math.sqrt(difference / length),
        bounds.gradient());
    double error = 0;
    double squares = 0;
    for (int k = 0; k < probes; k++) {
      double d = found.g()[k] - expected.g()[k];
      error += d * d;
      squares += expected.g()[k] * expected.g()[k];
    }
    findings.atMost(STEP, name + ", g, relative error", Math.sqrt(error / squares), bounds.g());
    findings.atLeast(
        STEP,
        name + ", g, correlation with fp32",
        correlation(expected.g(), found.g()),
        bounds.correlation());
  }

  /** Pearson's. */
  static double correlation(double[] a, double[] b) {
    double meanA = 0;
    double meanB = 0;
    for (int i = 0; i < a.length; i++) {
      meanA += a[i] / a.length;
      meanB += b[i] / b.length;
    }
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += (a[i] - meanA) * (b[i] - meanB);
      aa += (a[i] - meanA) * (a[i] - meanA);
      bb += (b[i] - meanB) * (b[i] - meanB);
    }
    return ab / Math.sqrt(aa * bb);
  }
}
