package org.zowarmup.nativecpu;

/** Group normalisation by the formula, in double. Activations [n, pixels, channels]. */
record GroupNormFormula(int n, int pixels, int channels, int groups, double eps, boolean relu) {
  int elements() {
    return n * pixels * channels;
  }

  private int groupOf(int element) {
    int sample = element / (pixels * channels);
    int channel = element % channels;
    return sample * groups + channel / (channels / groups);
  }

  /** [n * groups] means, then as many biased variances. */
  double[][] statistics(double[] x) {
    double[] mean = new double[n * groups];
    double[] variance = new double[n * groups];
    double count = (double) pixels * channels / groups;
    for (int i = 0; i < elements(); i++) {
      mean[groupOf(i)] += x[i] / count;
    }
    for (int i = 0; i < elements(); i++) {
      double d = x[i] - mean[groupOf(i)];
      variance[groupOf(i)] += d * d / count;
    }
    return new double[][] {mean, variance};
  }

  double[] forward(double[] x, double[] residual, double[] gain, double[] bias) {
    double[][] statistics = statistics(x);
    double[] y = new double[elements()];
    for (int i = 0; i < elements(); i++) {
      int group = groupOf(i);
      int c = i % channels;
      double xhat = (x[i] - statistics[0][group]) / Math.sqrt(statistics[1][group] + eps);
      double value = xhat * gain[c] + bias[c] + (residual == null ? 0 : residual[i]);
      y[i] = relu ? Math.max(0, value) : value;
    }
    return y;
  }

  /** dx, dgain, dbias for an output gradient that is masked already. */
  double[][] backward(double[] x, double[] gradient, double[] gain) {
    double[][] statistics = statistics(x);
    double[] xhat = new double[elements()];
    double[] sum = new double[n * groups];
    double[] moment = new double[n * groups];
    double[] dgain = new double[channels];
    double[] dbias = new double[channels];
    for (int i = 0; i < elements(); i++) {
      int group = groupOf(i);
      int c = i % channels;
      xhat[i] = (x[i] - statistics[0][group]) / Math.sqrt(statistics[1][group] + eps);
      sum[group] += gradient[i] * gain[c];
      moment[group] += gradient[i] * gain[c] * xhat[i];
      dgain[c] += gradient[i] * xhat[i];
      dbias[c] += gradient[i];
    }
    double count = (double) pixels * channels / groups;
    double[] dx = new double[elements()];
    for (int i = 0; i < elements(); i++) {
      int group = groupOf(i);
      double rstd = 1 / Math.sqrt(statistics[1][group] + eps);
      double own = gradient[i] * gain[i % channels];
      dx[i] = rstd * (own - (sum[group] + xhat[i] * moment[group]) / count);
    }
    return new double[][] {dx, dgain, dbias};
  }
}
