package org.zowarmup.federated.algorithm;

import java.util.Arrays;
import org.zowarmup.config.ServerConfig;

/**
 * The middle of some clients' answers, which a few wrong ones cannot move far: the median, or the
 * mean without the largest and the smallest (Yin, Chen, Ramchandran and Bartlett 2018, arXiv
 * 1803.01498, definitions 1 and 2). Clients count alike, whatever their n_i.
 */
final class RobustMean {
  private final boolean median;
  private final double trim;

  RobustMean(ServerConfig config) {
    this.median = config.aggregate() == ServerConfig.Aggregate.MEDIAN;
    this.trim = config.trim();
  }

  /**
   * @param values sorted in place; at least one
   */
  double of(double[] values) {
    Arrays.sort(values);
    int n = values.length;
    if (median) {
      return 0.5 * (values[(n - 1) / 2] + values[n / 2]);
    }
    int cut = (int) (trim * n);
    double sum = 0;
    for (int i = cut; i < n - cut; i++) {
      sum += values[i];
    }
    return sum / (n - 2 * cut);
  }

  /** By coordinate; all of one length, at least one. */
  float[] of(float[][] vectors) {
    float[] middle = new float[vectors[0].length];
    double[] values = new double[vectors.length];
    for (int i = 0; i < middle.length; i++) {
      for (int k = 0; k < vectors.length; k++) {
        values[k] = vectors[k][i];
      }
      middle[i] = (float) of(values);
    }
    return middle;
  }
}
