package org.zowarmup.federated.algorithm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Estimate;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/** The estimator g z against analysis. */
final class EstimatorTest {
  private static long seed(int k) {
    return NamedRandom.key(2026, Purpose.ZO_DIRECTION, 0, 0, k);
  }

  /** Running mean and variance of each coordinate. */
  private static final class Moments {
    final double[] sum;
    final double[] squares;
    int count;

    Moments(int size) {
      sum = new double[size];
      squares = new double[size];
    }

    void add(float[] x) {
      for (int i = 0; i < x.length; i++) {
        sum[i] += x[i];
        squares[i] += (double) x[i] * x[i];
      }
      count++;
    }

    double mean(int i) {
      return sum[i] / count;
    }

    double standardError(int i) {
      double variance = squares[i] / count - mean(i) * mean(i);
      return Math.sqrt(variance / (count - 1));
    }
  }

  /** Spall 1992: the two-sided estimate is unbiased up to a term in eps squared. */
  @ParameterizedTest
  @CsvSource({"reference,RADEMACHER", "reference,GAUSSIAN", "cpu,RADEMACHER", "cpu,GAUSSIAN"})
  void itsMeanIsTheGradient(String name, Distribution distribution) {
    int seeds = 4000;
    float epsilon = 1e-3f;
    try (SmallFederation small = new SmallFederation(name, 1, 5, 4, 3);
        Executable forward = small.device.compile(Plan.forward(small.graph, 5), 1);
        Executable backward = small.device.compile(Plan.forwardBackward(small.graph, 5), 1);
        Vector weights = small.executor.allocate();
        Vector estimate = small.executor.allocate();
        Vector gradient = small.executor.allocate()) {
      weights.write(InitialWeights.draw(small.graph.layout(), 1));
      int[] samples = {0, 3, 7, 8, 11};
      backward.gradient(weights, small.images, samples, gradient);
      Moments moments = new Moments((int) weights.length());
      for (int k = 0; k < seeds; k++) {
        ProbeJob job = new ProbeJob(SeedTerms.NONE, seed(k), epsilon, samples);
        ProbeJob.Result probe =
            forward.probe(weights, distribution, small.images, new ProbeJob[] {job})[0];
        float g = Estimate.TWO_SIDED.scalars(List.of(job), List.of(probe))[0];
        SeedTerms term = new SeedTerms(new long[] {seed(k)}, new float[] {g});
        small.device.vectors().accumulateSeeds(estimate, 0, term, distribution);
        moments.add(estimate.read());
      }
      float[] expected = gradient.read();
      for (ParameterTensor t : small.graph.layout().tensors()) {
        for (int i = (int) t.offset(); i < t.end(); i++) {
          double off = Math.abs(moments.mean(i) - expected[i]) / moments.standardError(i);
          assertTrue(off < 4, t.name() + " element " + i + ": " + off + " standard errors off");
        }
      }
    }
  }

  /**
   * On a linear loss a.w with d parameters, E|gz - a|^2 is (d - 1) |a|^2 for signs and (d + 1)
   * |a|^2 for normal deviates: with signs (z_i z_j) has no diagonal part that varies.
   */
  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void itsVarianceOnALinearLossIsThatOfTheory(String name) {
    try (Device device = Devices.open(name, 1).device()) {
      for (int features : new int[] {1, 3, 7}) {
        assertVariance(device, features, Distribution.RADEMACHER, -1);
        assertVariance(device, features, Distribution.GAUSSIAN, 1);
      }
    }
  }

  private static void assertVariance(
      Device device, int features, Distribution distribution, int correction) {
    Graph.Builder builder = Graph.builder("linear", Shape.flat(features));
    builder.add("fc", new Linear(2), Graph.INPUT);
    Graph graph = builder.build(new Loss(2));
    int d = (int) graph.layout().parameters(); // 4, 8, 16
    float epsilon = 1f / 1024;
    int seeds = 20_000;
    try (Vector w = device.allocate(graph.layout());
        Vector plus = device.allocate(graph.layout());
        Vector minus = device.allocate(graph.layout());
        Vector estimate = device.allocate(graph.layout())) {
      double sum = 0;
      double squares = 0;
      double norm = 0;
      for (int k = 0; k < seeds; k++) {
        device.vectors().perturbPair(w, seed(k), epsilon, distribution, plus, minus);
        ProbeJob.Result probe =
            new ProbeJob.Result(linearLoss(graph, plus.read()), linearLoss(graph, minus.read()), 1);
        ProbeJob job = new ProbeJob(SeedTerms.NONE, seed(k), epsilon, new int[1]);
        float[] g = Estimate.TWO_SIDED.scalars(List.of(job), List.of(probe));
        SeedTerms term = new SeedTerms(new long[] {seed(k)}, g);
        device.vectors().accumulateSeeds(estimate, 0, term, distribution);
        float[] e = estimate.read();
        double error = 0;
        norm = 0;
        for (ParameterTensor t : graph.layout().tensors()) {
          for (int i = (int) t.offset(); i < t.end(); i++) {
            error += Math.pow(e[i] - slope(i), 2);
            norm += Math.pow(slope(i), 2);
          }
        }
        sum += error;
        squares += error * error;
      }
      double mean = sum / seeds;
      double standardError = Math.sqrt((squares / seeds - mean * mean) / (seeds - 1));
      double theory = (d + correction) * norm;
      assertTrue(
          Math.abs(mean - theory) < 4 * standardError,
          distribution
              + ", d = "
              + d
              + ": variance "
              + mean
              + " +/- "
              + standardError
              + ", theory "
              + theory);
    }
  }

  private static double slope(int i) {
    return 1 + i % 5 - 0.3 * (i % 3);
  }

  private static double linearLoss(Graph graph, float[] w) {
    double loss = 0;
    for (ParameterTensor t : graph.layout().tensors()) {
      for (int i = (int) t.offset(); i < t.end(); i++) {
        loss += slope(i) * w[i];
      }
    }
    return loss;
  }
}
