package org.zowarmup.device;

import java.util.Locale;

/**
 * In what the products of convolutions and linear layers are computed. Master weights, norms,
 * biases, the classifier and the loss are fp32 in every precision.
 */
public enum Precision {
  /** fp32 throughout; no TF32 anywhere. */
  FP32,
  /** fp32 in memory, products of 10-bit mantissas (NVIDIA's TF32), sums in fp32. */
  TF32,
  /** bfloat16 activations and compute copies of the weights, sums in fp32. */
  BF16;

  /** As a config names it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
