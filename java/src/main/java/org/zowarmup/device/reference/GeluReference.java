package org.zowarmup.device.reference;

/** The tanh GELU, x / 2 * (1 + tanh(a * (x + b x^3))), and its derivative. */
final class GeluReference {
  private static final double A = Math.sqrt(2 / Math.PI);
  private static final double B = 0.044715;

  private GeluReference() {}

  static double gelu(double x) {
    return x / 2 * (1 + Math.tanh(A * (x + B * x * x * x)));
  }

  static double derivative(double x) {
    double t = Math.tanh(A * (x + B * x * x * x));
    return (1 + t) / 2 + x / 2 * (1 - t * t) * A * (1 + 3 * B * x * x);
  }
}
