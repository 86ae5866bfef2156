package org.zowarmup.data.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.commons.rng.UniformRandomProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.random.PhiloxRandom;

/** The Dirichlet draws and partitions against the distribution's own formulas; seeds are fixed. */
class DirichletStatisticsTest {
  private static final int CLASSES = 10;

  /**
   * A symmetric Dirichlet(a) of K parts has E[p] = 1 / K and E[sum p^2] = (a + 1) / (K a + 1)
   * (Kotz, Balakrishnan and Johnson, Continuous Multivariate Distributions 1, ch. 49). At 1e-300
   * the limit is one class, uniformly. The bounds are five standard errors or more: the standard
   * deviation is at most 0.3 for a part and 0.25 for the sum.
   */
  @ParameterizedTest
  @ValueSource(doubles = {1e-300, 1e-9, 1e-3, 0.1, 1, 100, 1e6})
  void drawsHaveTheMomentsOfTheDistribution(double alpha) {
    int draws = 20_000;
    UniformRandomProvider random = new PhiloxRandom(2019);
    double[] means = new double[CLASSES];
    double squares = 0;
    for (int i = 0; i < draws; i++) {
      double[] weights = LogDirichlet.draw(random, alpha, CLASSES).weights(c -> true);
      double total = 0;
      for (double weight : weights) {
        total += weight;
      }
      for (int c = 0; c < CLASSES; c++) {
        double p = weights[c] / total;
        means[c] += p / draws;
        squares += p * p / draws;
      }
    }
    for (int c = 0; c < CLASSES; c++) {
      assertEquals(1.0 / CLASSES, means[c], 0.011, "class " + c);
    }
    assertEquals((alpha + 1) / (CLASSES * alpha + 1), squares, 0.009);
  }

  /** Parts of a Dirichlet draw, renormalised, are a Dirichlet draw of fewer parts. */
  @Test
  void restrictionKeepsTheDistribution() {
    UniformRandomProvider random = new PhiloxRandom(9);
    int draws = 20_000;
    double squares = 0;
    for (int i = 0; i < draws; i++) {
      double[] weights = LogDirichlet.draw(random, 1e-3, CLASSES).weights(c -> c >= 7);
      double total = weights[7] + weights[8] + weights[9];
      assertEquals(0, weights[0] + weights[6]);
      for (int c = 7; c < CLASSES; c++) {
        squares += weights[c] / total * (weights[c] / total) / draws;
      }
    }
    assertEquals(1.001 / 1.003, squares, 0.003);
  }

  /**
   * 10,000 samples, 50 clients. The first ten clients find every class in stock, so the expected
   * concentration is (a + 1) / (K a + 1) plus (1 - that) / 200 for the draw of 200 samples; over 8
   * seeds, 80 clients, the standard error is below 0.03. What is left for the last ten is more even
   * in number of classes offered, not in what they want: only the order is held for them.
   */
  @Test
  void skewGrowsAsAlphaFalls() {
    int[] labels = TestPartitions.balancedLabels(10_000, CLASSES);
    double previousOfAll = 0;
    for (double alpha : new double[] {1e6, 10, 1, 0.1, 0.01}) {
      double ofFirst = 0;
      double ofAll = 0;
      for (int seed = 1; seed <= 8; seed++) {
        int[][] parts = TestPartitions.dirichlet(alpha).partition(labels, CLASSES, 50, seed);
        int[][] counts = TestPartitions.counts(parts, labels, CLASSES);
        ofFirst += TestPartitions.concentration(counts, 0, 10) / 8;
        ofAll += TestPartitions.concentration(counts, 0, 50) / 8;
      }
      double ofProportions = (alpha + 1) / (CLASSES * alpha + 1);
      double expected = ofProportions + (1 - ofProportions) / 200;
      assertEquals(expected, ofFirst, 0.1 * expected, "alpha " + alpha);
      assertTrue(ofAll > 1.05 * previousOfAll, "alpha " + alpha);
      previousOfAll = ofAll;
    }
  }

  /**
   * An iid partition of 20 clients by 10 classes is a random table with fixed margins, whose
   * chi-square has 19 * 9 = 171 degrees of freedom: standard deviation 18.5. Of a Dirichlet one
   * with alpha 1e6 the first ten clients, before any class runs out, are ten independent
   * multinomial draws: 90 degrees of freedom, standard deviation 13.4; the last ones are not, as
   * they balance the deviations of the others. Held within four of them for each of five seeds,
   * from below too: a partition evened out by design would fall under.
   */
  @Test
  void largeAlphaAndIidAreUniform() {
    int[] labels = TestPartitions.balancedLabels(10_000, CLASSES);
    for (int seed = 1; seed <= 5; seed++) {
      int[][] iid = TestPartitions.iid().partition(labels, CLASSES, 20, seed);
      assertEquals(171, chiSquare(iid, labels, 20), 4 * 18.5, "iid, seed " + seed);
      int[][] even = TestPartitions.dirichlet(1e6).partition(labels, CLASSES, 20, seed);
      assertEquals(90, chiSquare(even, labels, 10), 4 * 13.4, "dirichlet, seed " + seed);
    }
  }

  /** Against 50 samples of each class at each of the first clients. */
  private static double chiSquare(int[][] parts, int[] labels, int clients) {
    int[][] counts = TestPartitions.counts(parts, labels, CLASSES);
    double chiSquare = 0;
    for (int client = 0; client < clients; client++) {
      for (int count : counts[client]) {
        chiSquare += (count - 50.0) * (count - 50.0) / 50;
      }
    }
    return chiSquare;
  }

  /**
   * Within a class every sample is as likely to go to a client: the mean index is in the middle.
   */
  @Test
  void samplesOfAClassAreAlike() {
    int[] labels = TestPartitions.balancedLabels(4098, CLASSES);
    double mean = 0;
    int drawn = 0;
    for (int seed = 1; seed <= 50; seed++) {
      int[] first = TestPartitions.dirichlet(0.1).partition(labels, CLASSES, 50, seed)[0];
      for (int sample : first) {
        mean += sample;
      }
      drawn += first.length;
    }
    // The standard deviation of one index is 4098 / sqrt(12) = 1183; of the mean of 4,050, 19.
    assertEquals(4097 / 2.0, mean / drawn, 5 * 19);
  }
}
