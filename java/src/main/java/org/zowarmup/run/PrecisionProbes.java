package org.zowarmup.run;

import java.util.ArrayList;
import java.util.List;
import org.apache.commons.rng.UniformRandomProvider;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.device.Estimate;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;
import org.zowarmup.record.PrecisionCheck;

/**
 * Runs a sample of probes at the pivot in fp32 and in {@code zo.precision}. The difference of two
 * losses that lie epsilon apart is small, so the rounding of the passes can be of its size.
 */
final class PrecisionProbes {
  private static final int PROBES = 32;
  private static final int MAX_BATCH = 64;

  private PrecisionProbes() {}

  /** Runs the probes on the weights at the pivot; draws nothing that rounds draw. */
  static PrecisionCheck run(
      FederatedContext context, List<Client> clients, ZoConfig zo, Vector weights) {
    List<ProbeJob> jobs = jobs(context.runSeed(), clients, zo);
    Distribution distribution = zo.distribution();
    double[] exact = scalars(context, Precision.FP32, distribution, weights, jobs);
    double[] reduced = scalars(context, zo.precision(), distribution, weights, jobs);
    return compare(zo.precision(), zo.epsilon(), exact, reduced);
  }

  /** What the scalars of the same probes in fp32 and in another precision say of it. */
  static PrecisionCheck compare(
      Precision precision, double epsilon, double[] exact, double[] reduced) {
    double[] moved = new double[exact.length];
    for (int i = 0; i < exact.length; i++) {
      moved[i] = reduced[i] - exact[i];
    }
    return new PrecisionCheck(
        precision.toString(),
        correlation(exact, reduced),
        Math.sqrt(meanSquare(moved, 0)),
        Math.sqrt(meanSquare(exact, mean(exact))),
        epsilon,
        exact.length);
  }

  private static List<ProbeJob> jobs(long runSeed, List<Client> clients, ZoConfig zo) {
    List<ProbeJob> jobs = new ArrayList<>();
    int none = NamedRandom.NONE;
    UniformRandomProvider random =
        NamedRandom.generator(runSeed, Purpose.PRECISION_CHECK, none, none, none);
    for (int i = 0; i < PROBES; i++) {
      int[] images = clients.get(random.nextInt(clients.size())).train();
      int batch = Math.min(images.length, zo.batch() == 0 ? MAX_BATCH : zo.batch());
      int[] samples = new int[batch];
      for (int n = 0; n < batch; n++) {
        samples[n] = images[random.nextInt(images.length)];
      }
      ProbeJob direction =
          new ProbeJob(SeedTerms.NONE, random.nextLong(), (float) zo.epsilon(), samples);
      jobs.addAll(zo.estimate().probes(List.of(direction)));
    }
    return jobs;
  }

  private static double[] scalars(
      FederatedContext context,
      Precision precision,
      Distribution distribution,
      Vector weights,
      List<ProbeJob> jobs) {
    List<ProbeJob.Result> results =
        context.executor().probe(precision, weights, distribution, context.images(), jobs);
    return Estimate.slopes(jobs, results);
  }

  /** Pearson's correlation; not a number where one of the two does not vary. */
  static double correlation(double[] a, double[] b) {
    double meanA = mean(a);
    double meanB = mean(b);
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

  private static double meanSquare(double[] values, double around) {
    double sum = 0;
    for (double value : values) {
      sum += (value - around) * (value - around);
    }
    return sum / values.length;
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }
}
