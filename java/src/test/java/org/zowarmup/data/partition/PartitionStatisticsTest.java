package org.zowarmup.data.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Partitions with unequal clients against what their definitions say of large numbers. */
class PartitionStatisticsTest {
  private static final int CLASSES = 10;
  private static final int CLIENTS = 20;

  /**
   * A symmetric Dirichlet over K clients has E sum p_k^2 = (alpha + 1) / (K alpha + 1). 200 seeds
   * of 10 classes are 2,000 draws; the sum of squares lies in [1/K, 1], so its standard deviation
   * is below 0.5 and that of the mean below 0.012.
   */
  @Test
  void classesAreCutInDirichletProportions() {
    int[] labels = TestPartitions.balancedLabels(20_000, CLASSES);
    for (double alpha : new double[] {0.1, 1, 10}) {
      double sum = 0;
      for (long seed = 0; seed < 200; seed++) {
        int[][] parts =
            TestPartitions.freeDirichlet(alpha, 1).partition(labels, CLASSES, CLIENTS, seed);
        int[][] counts = TestPartitions.counts(parts, labels, CLASSES);
        for (int c = 0; c < CLASSES; c++) {
          for (int[] client : counts) {
            sum += Math.pow(client[c] / 2000.0, 2);
          }
        }
      }
      double expected = (alpha + 1) / (CLIENTS * alpha + 1);
      assertEquals(expected, sum / 2000, 0.036, "alpha " + alpha);
    }
  }

  /** With two shards of 250 out of classes of 500 no client can hold more than three classes. */
  @Test
  void twoShardsHoldFewClasses() {
    int[] labels = TestPartitions.balancedLabels(5000, CLASSES);
    int[][] parts = TestPartitions.shards(2).partition(labels, CLASSES, 10, 7);
    for (int[] client : TestPartitions.counts(parts, labels, CLASSES)) {
      assertEquals(500, Arrays.stream(client).sum());
      assertTrue(Arrays.stream(client).filter(n -> n > 0).count() <= 2, Arrays.toString(client));
    }
  }

  /** Sizes sorted are proportional to 1/r to within the rounding of one sample. */
  @Test
  void powerLawSizesFollowTheirRank() {
    int[] labels = TestPartitions.balancedLabels(10_000, CLASSES);
    int[][] parts = TestPartitions.powerLaw(1, 1).partition(labels, CLASSES, CLIENTS, 3);
    int[] sizes = Arrays.stream(parts).mapToInt(part -> part.length).sorted().toArray();
    double harmonic = 0;
    for (int r = 1; r <= CLIENTS; r++) {
      harmonic += 1.0 / r;
    }
    for (int r = 1; r <= CLIENTS; r++) {
      double expected = 1 + (10_000 - CLIENTS) / (r * harmonic);
      assertEquals(expected, sizes[CLIENTS - r], 1.001, "rank " + r);
    }
    assertTrue(parts[0].length != sizes[CLIENTS - 1] || parts[1].length != sizes[CLIENTS - 2]);
  }
}
