package org.zowarmup.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.commons.rng.UniformRandomProvider;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.device.Estimate;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.Vector;
import org.zowarmup.executor.Executor;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;
import org.zowarmup.record.Json;
import org.zowarmup.record.MeanAndDeviation;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.weights.Weights;

/**
 * Measures the zeroth-order estimator where its phase starts: against the gradient of
 * back-propagation, on the same images, along a few directions. For a linear loss a scalar g would
 * be the slope z . gradient exactly, its mean square the squared norm of the gradient (Rademacher;
 * Spall 1992), and what g differs from the slope by is curvature at large steps and rounding at
 * small ones: the noise floor of the precision.
 */
public final class EstimatorDiagnostics {
  private static final int IMAGES = 64;
  private static final int DIRECTIONS = 32;
  private static final int DIRECTIONS_OF_OTHER_STEPS = 16;

  /** Probes between two writes: enough to keep some lanes busy, less than most rounds take. */
  private static final int PART = 16;

  private static final List<Double> STEPS = List.of(1e-5, 1e-4, 1e-3, 1e-2, 1e-1);

  private final FederatedContext context;
  private final ZoConfig config;
  private final StoredScalars stored;
  private final Distribution distribution;
  private final int[] samples;
  private final long[] seeds = new long[DIRECTIONS];

  private EstimatorDiagnostics(FederatedContext context, ZoConfig config, StoredScalars stored) {
    this.stored = stored;
    this.context = context;
    this.config = config;
    this.distribution = config.distribution();
    this.samples = samples(context);
    for (int s = 0; s < DIRECTIONS; s++) {
      seeds[s] =
          NamedRandom.key(context.runSeed(), Purpose.ESTIMATOR_SAMPLE, 0, NamedRandom.NONE, s + 1);
    }
  }

  /**
   * Writes the diagnostics of these weights, unless they are written already. A stop in between
   * costs at most a part of them: the next call continues from there.
   *
   * @return false where a stop came first
   */
  static boolean write(
      RunFolder folder, String method, FederatedContext context, ZoConfig config, Vector weights) {
    Path file = folder.diagnostics(method, context.runSeed());
    String checksum = Weights.checksum(weights);
    StoredScalars stored =
        StoredScalars.open(folder.unfinishedDiagnostics(method, context.runSeed()), checksum);
    if (StoredScalars.isOf(file, checksum)) {
      stored.remove();
      return true;
    }
    try {
      Map<String, Object> tree = new EstimatorDiagnostics(context, config, stored).measure(weights);
      tree.put(StoredScalars.WEIGHTS, checksum);
      Json.write(file, tree);
      stored.remove();
      return true;
    } catch (Executor.StoppedException e) {
      return false;
    }
  }

  /** Images of all clients' training sets, drawn without regard to whose they are. */
  private static int[] samples(FederatedContext context) {
    int[] all =
        context.federation().clients().stream()
            .map(Client::train)
            .flatMapToInt(java.util.Arrays::stream)
            .toArray();
    UniformRandomProvider random =
        NamedRandom.generator(context.runSeed(), Purpose.ESTIMATOR_SAMPLE, 0, NamedRandom.NONE, 0);
    int count = Math.min(IMAGES, all.length);
    for (int i = 0; i < count; i++) {
      int other = i + random.nextInt(all.length - i);
      int kept = all[i];
      all[i] = all[other];
      all[other] = kept;
    }
    return java.util.Arrays.copyOf(all, count);
  }

  private static Set<Double> lengths(ZoConfig config) {
    TreeSet<Double> lengths = new TreeSet<>(STEPS);
    lengths.add(config.epsilon());
    return lengths;
  }

  private static int directions(ZoConfig config, double epsilon) {
    return epsilon == config.epsilon() ? DIRECTIONS : DIRECTIONS_OF_OTHER_STEPS;
  }

  /** Forward passes of one image that they cost; the gradient counts as three. */
  public static double forwards(ZoConfig config, FederatedContext context) {
    int passes = 3;
    for (double epsilon : lengths(config)) {
      int directions = directions(config, epsilon);
      int parts = (directions + PART - 1) / PART;
      passes += parts * config.estimate().forwardsOfStep(directions / parts);
    }
    int all = context.federation().clients().stream().mapToInt(c -> c.train().length).sum();
    return (double) passes * Math.min(IMAGES, all);
  }

  private Map<String, Object> measure(Vector weights) {
    Set<Double> lengths = lengths(config);
    for (double epsilon : lengths) {
      probe(weights, epsilon, directions(config, epsilon));
    }
    float[] gradient;
    try (Vector out = context.executor().allocate()) {
      context.executor().gradient(weights, context.images(), samples, out);
      gradient = out.read();
    }
    double[] slopes = new double[DIRECTIONS];
    double[] estimate = new double[gradient.length];
    double[] scalars = stored.of(config.epsilon());
    float[] z = new float[gradient.length];
    for (int s = 0; s < DIRECTIONS; s++) {
      distribution.fill(seeds[s], 0, z);
      for (ParameterTensor tensor : context.executor().graph().layout().tensors()) {
        for (int i = (int) tensor.offset(); i < tensor.end(); i++) {
          slopes[s] += (double) z[i] * gradient[i];
          estimate[i] += scalars[s] * z[i] / DIRECTIONS;
        }
      }
    }
    return tree(gradient, slopes, scalars, estimate, steps(lengths, slopes));
  }

  private Map<String, Object> tree(
      float[] gradient,
      double[] slopes,
      double[] scalars,
      double[] estimate,
      List<Map<String, Object>> steps) {
    double squaredNorm = 0;
    double squaredEstimate = 0;
    double product = 0;
    for (int i = 0; i < gradient.length; i++) {
      squaredNorm += (double) gradient[i] * gradient[i];
      squaredEstimate += estimate[i] * estimate[i];
      product += estimate[i] * gradient[i];
    }
    long d = context.parameters();
    double deviation =
        MeanAndDeviation.of(java.util.Arrays.stream(scalars).boxed().toList()).deviation();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("images", samples.length);
    tree.put("directions", DIRECTIONS);
    tree.put("parameters", d);
    tree.put("epsilon", config.epsilon());
    tree.put("estimate", config.estimate().toString());
    tree.put("distribution", config.distribution().toString());
    tree.put("precision", config.precision().toString());
    tree.put("gradientNorm", Math.sqrt(squaredNorm));
    tree.put("cosine", product / Math.sqrt(squaredNorm * squaredEstimate));
    // E z^4 is 1 for signs and 3 for normal deviates
    long others = distribution == Distribution.GAUSSIAN ? d + 1 : d - 1;
    tree.put("cosineExpected", Math.sqrt((double) DIRECTIONS / (DIRECTIONS + others)));
    tree.put("cosineOfScalarsAndSlopes", cosine(scalars, slopes));
    tree.put("scalarDeviation", deviation);
    tree.put("varianceOverSquaredNorm", deviation * deviation / squaredNorm);
    tree.put("scalars", scalars);
    tree.put("slopes", slopes);
    tree.put("steps", steps);
    return tree;
  }

  /** The distance of the scalars from the slopes, for several lengths of the step. */
  private List<Map<String, Object>> steps(Set<Double> lengths, double[] slopes) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (double epsilon : lengths) {
      double[] scalars = stored.of(epsilon);
      double error = 0;
      double signal = 0;
      for (int s = 0; s < DIRECTIONS_OF_OTHER_STEPS; s++) {
        error += (scalars[s] - slopes[s]) * (scalars[s] - slopes[s]);
        signal += slopes[s] * slopes[s];
      }
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("epsilon", epsilon);
      row.put("relativeError", Math.sqrt(error / signal));
      rows.add(row);
    }
    return rows;
  }

  /** Sees to it that the scalars of so many directions are stored. */
  private void probe(Vector weights, double epsilon, int directions) {
    for (int from = stored.of(epsilon).length; from < directions; from += PART) {
      List<ProbeJob> jobs = new ArrayList<>();
      for (int s = from; s < Math.min(from + PART, directions); s++) {
        jobs.add(new ProbeJob(SeedTerms.NONE, seeds[s], (float) epsilon, samples));
      }
      List<ProbeJob> asked = config.estimate().probes(jobs);
      List<ProbeJob.Result> results =
          context.executor().probe(weights, distribution, context.images(), asked);
      stored.add(epsilon, Estimate.slopes(asked, results));
    }
  }

  private static double cosine(double[] a, double[] b) {
    double product = 0;
    double ofA = 0;
    double ofB = 0;
    for (int i = 0; i < a.length; i++) {
      product += a[i] * b[i];
      ofA += a[i] * a[i];
      ofB += b[i] * b[i];
    }
    return product / Math.sqrt(ofA * ofB);
  }
}
