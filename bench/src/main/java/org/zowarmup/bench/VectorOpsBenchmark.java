package org.zowarmup.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.Vector;
import org.zowarmup.device.VectorOps;
import org.zowarmup.random.Distribution;

/** The flat-vector operations of a round, on one thread, over the layouts of the two networks. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class VectorOpsBenchmark {
  /** Vectors of the weighted sum: the cohort of a warm-up round in the quickstart. */
  static final int SUMMED = 5;

  static final float EPSILON = 1e-3f;

  /** So small that y stays of the size of weights over millions of calls. */
  private static final float COEFFICIENT = 1e-9f;

  @Param({"cnn", "resnet18"})
  public String model;

  private Rig rig;
  private VectorOps ops;
  private Vector weights;
  private Vector plus;
  private Vector minus;
  private Vector sum;
  private List<Vector> summands;
  private double[] shares;
  private SeedTerms terms;
  private long seed;

  @Setup
  public void open() {
    BenchModel benched = BenchModel.of(model);
    rig = new Rig("cpu", benched);
    ops = rig.device().vectors();
    weights = rig.weights(Rig.SEED);
    plus = rig.zeros();
    minus = rig.zeros();
    sum = rig.zeros();
    summands = IntStream.range(0, SUMMED).mapToObj(k -> rig.weights(Rig.SEED + k)).toList();
    shares = IntStream.range(0, SUMMED).mapToDouble(k -> (k + 1) / 15.0).toArray();
    terms = terms(benched.roundTerms());
    seed = Rig.SEED;
  }

  private static SeedTerms terms(int count) {
    long[] seeds = new long[count];
    float[] coefficients = new float[count];
    for (int k = 0; k < count; k++) {
      seeds[k] = Rig.SEED + k;
      coefficients[k] = (k % 2 == 0 ? COEFFICIENT : -COEFFICIENT) * (1 + k % 7);
    }
    return new SeedTerms(seeds, coefficients);
  }

  /** The two ends of a probe, of another direction every call. */
  @Benchmark
  public void perturbPair() {
    ops.perturbPair(weights, seed++, EPSILON, Distribution.RADEMACHER, plus, minus);
  }

  /** The update of a whole zeroth-order round: all its directions regenerated and applied. */
  @Benchmark
  public void accumulateSeeds() {
    ops.accumulateSeeds(weights, 1, terms, Distribution.RADEMACHER);
  }

  /** The average of a warm-up round. */
  @Benchmark
  public void weightedSum() {
    ops.weightedSum(sum, summands, shares);
  }

  /** The vectors that the operations read and write, for the test of what is measured. */
  record Vectors(Vector weights, Vector plus, Vector minus, Vector sum, List<Vector> summands) {}

  Vectors vectors() {
    return new Vectors(weights, plus, minus, sum, summands);
  }

  double[] shares() {
    return shares;
  }

  SeedTerms terms() {
    return terms;
  }

  /** Of the next direction. */
  long seed() {
    return seed;
  }

  Rig rig() {
    return rig;
  }

  @TearDown
  public void close() {
    rig.close();
  }
}
