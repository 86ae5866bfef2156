package org.zowarmup.device;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

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
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws IllegalArgumentException for a name that none has
   */
  public static Precision of(String key) {
    return Arrays.stream(values())
        .filter(p -> p.key().equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "precision: expected one of "
                        + Arrays.stream(values())
                            .map(Precision::key)
                            .collect(Collectors.joining(", "))
                        + "; found "
                        + key));
  }
}
