package org.zowarmup.data.partition;

/** Partitioners by kind, and statistics of what they deal out. */
final class TestPartitions {
  private TestPartitions() {}

  static Partitioner dirichlet(double alpha) {
    return new Dirichlet(alpha, Dirichlet.Sizes.EQUAL, 1);
  }

  static Partitioner freeDirichlet(double alpha, int minSize) {
    return new Dirichlet(alpha, Dirichlet.Sizes.FREE, minSize);
  }

  static Partitioner shards(int perClient) {
    return new Shards(perClient);
  }

  static Partitioner powerLaw(double exponent, int minSize) {
    return new PowerLaw(exponent, minSize);
  }

  static Partitioner iid() {
    return new Iid();
  }

  /** Sample i has class i mod classes. */
  static int[] balancedLabels(int n, int classes) {
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      labels[i] = i % classes;
    }
    return labels;
  }

  /** [clients][classes] */
  static int[][] counts(int[][] parts, int[] labels, int classes) {
    int[][] counts = new int[parts.length][classes];
    for (int client = 0; client < parts.length; client++) {
      for (int sample : parts[client]) {
        counts[client][labels[sample]]++;
      }
    }
    return counts;
  }

  /**
   * The mean over clients of the sum of squared class shares: 1/classes if even, 1 if one class.
   */
  static double concentration(int[][] counts, int fromClient, int toClient) {
    double total = 0;
    for (int client = fromClient; client < toClient; client++) {
      double samples = 0;
      double squares = 0;
      for (int count : counts[client]) {
        samples += count;
        squares += (double) count * count;
      }
      total += squares / (samples * samples);
    }
    return total / (toClient - fromClient);
  }
}
