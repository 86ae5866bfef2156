package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.random.Directions;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.PhiloxRandom;

/**
 * The flat-vector operations against the formulas of the contracts, written out here element by
 * element, on both devices and for several numbers of threads: the bits must be the same.
 */
final class VectorOpsTest {
  private static final long SEED = 77;

  /**
   * A layout whose tensors end in the middle of a Philox block: 207 * 13 weights and 13 biases, 13
   * * 3 and 3.
   */
  private static Graph graph() {
    Graph.Builder graph = Graph.builder("layout", new Shape(9, 23, 1));
    int x = graph.add("flatten", new Flatten(), Graph.INPUT);
    x = graph.add("a", new Linear(13), x);
    graph.add("b", new Linear(3), x);
    return graph.build(new Loss(3));
  }

  private static float[] values(Graph graph, long seed) {
    float[] values = new float[(int) graph.layout().length()];
    PhiloxRandom random = new PhiloxRandom(seed);
    for (ParameterTensor t : graph.layout().tensors()) {
      for (int i = (int) t.offset(); i < t.end(); i++) {
        values[i] = (random.nextFloat() - 0.5f) * (1 << (i % 7));
      }
    }
    return values;
  }

  private static float z(Distribution distribution, long seed, int i) {
    if (distribution == Distribution.RADEMACHER) {
      return Directions.sign(seed, i);
    }
    float[] one = new float[1];
    Directions.gaussian(seed, i, one);
    return one[0];
  }

  @ParameterizedTest
  @CsvSource({"reference,1", "cpu,1", "cpu,2", "cpu,3", "cpu,8"})
  void perturbPair(String name, int threads) {
    Graph graph = graph();
    try (Fixture f = new Fixture(Devices.open(name, threads).device(), graph, 1, SEED);
        Vector w = f.vector(values(graph, 5));
        Vector plus = f.zero();
        Vector minus = f.zero()) {
      for (Distribution distribution : Distribution.values()) {
        f.device.vectors().perturbPair(w, -9, 0.37f, distribution, plus, minus);
        float[] center = w.read();
        float[] up = new float[center.length];
        float[] down = new float[center.length];
        for (ParameterTensor t : graph.layout().tensors()) {
          for (int i = (int) t.offset(); i < t.end(); i++) {
            float step = 0.37f * z(distribution, -9, i);
            up[i] = center[i] + step;
            down[i] = center[i] - step;
          }
        }
        assertArrayEquals(up, plus.read());
        assertArrayEquals(down, minus.read());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"reference,1", "cpu,1", "cpu,2", "cpu,3", "cpu,8"})
  void accumulateSeedsIsTheExplicitSum(String name, int threads) {
    Graph graph = graph();
    try (Fixture f = new Fixture(Devices.open(name, threads).device(), graph, 1, SEED)) {
      for (int terms : new int[] {0, 1, 2, 13, 150}) {
        for (float beta : new float[] {1, 0.9f}) {
          for (Distribution distribution : Distribution.values()) {
            assertAccumulates(f, terms, beta, distribution);
          }
        }
      }
    }
  }

  private static void assertAccumulates(
      Fixture f, int terms, float beta, Distribution distribution) {
    PhiloxRandom random = new PhiloxRandom(terms);
    long[] seeds = new long[terms];
    float[] coefficients = new float[terms];
    for (int k = 0; k < terms; k++) {
      seeds[k] = random.nextLong();
      coefficients[k] = (random.nextFloat() - 0.5f) * 0.1f;
    }
    float[] start = values(f.graph, 6);
    try (Vector y = f.vector(start)) {
      f.device.vectors().accumulateSeeds(y, beta, new SeedTerms(seeds, coefficients), distribution);
      float[] expected = start.clone();
      for (ParameterTensor t : f.graph.layout().tensors()) {
        for (int i = (int) t.offset(); i < t.end(); i++) {
          float sum = 0;
          for (int k = 0; k < terms; k++) {
            float term = coefficients[k] * z(distribution, seeds[k], i);
            sum = sum + term;
          }
          float scaled = beta * start[i];
          expected[i] = scaled + sum;
        }
      }
      assertArrayEquals(expected, y.read(), terms + " terms, beta " + beta + ", " + distribution);
    }
  }

  @ParameterizedTest
  @CsvSource({"reference,1", "cpu,1", "cpu,2", "cpu,3"})
  void weightedSum(String name, int threads) {
    Graph graph = graph();
    try (Fixture f = new Fixture(Devices.open(name, threads).device(), graph, 1, SEED)) {
      double[] coefficients = {0.1, -3.25, 1e-3, 7};
      List<Vector> inputs = new ArrayList<>();
      for (int k = 0; k < coefficients.length; k++) {
        inputs.add(f.vector(values(graph, 10 + k)));
      }
      float[][] read = inputs.stream().map(Vector::read).toArray(float[][]::new);
      float[] expected = new float[read[0].length];
      for (int i = 0; i < expected.length; i++) {
        double sum = 0;
        for (int k = 0; k < coefficients.length; k++) {
          sum += coefficients[k] * read[k][i];
        }
        expected[i] = (float) sum;
      }
      f.device.vectors().weightedSum(inputs.get(2), inputs, coefficients);
      assertArrayEquals(expected, inputs.get(2).read(), "the result may be among the inputs");
      double[] tooFew = {1};
      assertThrows(
          RuntimeException.class,
          () -> f.device.vectors().weightedSum(inputs.get(0), inputs, tooFew));
      inputs.forEach(Vector::close);
    }
  }

  /**
   * The recurrence that torch.optim.SGD documents, in double; lr 0.1, momentum 0.9, weight decay
   * 0.01.
   */
  @ParameterizedTest
  @CsvSource({"reference,1", "cpu,1", "cpu,2"})
  void sgdStepFollowsTorchsRecurrence(String name, int threads) {
    Graph graph = graph();
    try (Fixture f = new Fixture(Devices.open(name, threads).device(), graph, 1, SEED);
        Vector w = f.zero();
        Vector v = f.zero();
        Vector g = f.zero()) {
      w.write(filled(graph, 1f));
      double weight = 1;
      double velocity = 0;
      for (float gradient : new float[] {0.5f, -0.25f, 2f}) {
        g.write(filled(graph, gradient));
        f.device.vectors().sgdStep(w, g, v, new TrainJob.Sgd(0.1f, 0.9f, 0.01f));
        velocity = 0.9 * velocity + gradient + 0.01 * weight;
        weight -= 0.1 * velocity;
        assertEquals(weight, w.read()[0], 2e-7);
        assertEquals(w.read()[0], w.read()[207 * 13 - 1]);
      }
    }
  }

  private static float[] filled(Graph graph, float value) {
    float[] values = new float[(int) graph.layout().length()];
    ParameterTensor first = graph.layout().tensors().get(0);
    java.util.Arrays.fill(values, (int) first.offset(), (int) first.end(), value);
    return values;
  }

  /** Large enough that every operation really uses its team. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5})
  void teamsGiveTheBitsOfOneThread(int threads) {
    Graph.Builder builder = Graph.builder("large", Shape.flat(4098));
    builder.add("fc", new Linear(397), Graph.INPUT);
    Graph graph = builder.build(new Loss(397));
    float[][] alone = largeResults(graph, 1);
    float[][] team = largeResults(graph, threads);
    for (int i = 0; i < alone.length; i++) {
      assertArrayEquals(alone[i], team[i], "result " + i);
    }
  }

  private static float[][] largeResults(Graph graph, int threads) {
    float[] start = InitialWeights.draw(graph.layout(), 4);
    try (Device device = Devices.open("cpu", threads).device();
        Vector w = device.allocate(graph.layout());
        Vector plus = device.allocate(graph.layout());
        Vector minus = device.allocate(graph.layout());
        Vector sum = device.allocate(graph.layout())) {
      w.write(start);
      VectorOps ops = device.vectors();
      ops.perturbPair(w, 5, 0.1f, Distribution.RADEMACHER, plus, minus);
      float[] up = plus.read();
      ops.perturbPair(w, 5, 0.1f, Distribution.GAUSSIAN, plus, minus);
      ops.weightedSum(sum, List.of(w, plus, minus), new double[] {0.2, 0.3, -0.7});
      float[] average = sum.read();
      ops.sgdStep(sum, plus, minus, new TrainJob.Sgd(0.1f, 0.9f, 1e-3f));
      float[] stepped = sum.read();
      long[] seeds = LongStream.range(0, 40).toArray();
      float[] coefficients = new float[40];
      Arrays.fill(coefficients, 0.3f);
      SeedTerms terms = new SeedTerms(seeds, coefficients);
      ops.accumulateSeeds(w, 0.9f, terms, Distribution.RADEMACHER);
      ops.accumulateSeeds(sum, 1, terms, Distribution.GAUSSIAN);
      return new float[][] {up, average, stepped, w.read(), sum.read(), minus.read()};
    }
  }
}
