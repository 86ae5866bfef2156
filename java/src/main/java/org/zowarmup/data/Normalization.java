package org.zowarmup.data;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.zowarmup.data.format.bytes.Planes;

/**
 * Mean and standard deviation of each channel, in units of pixel value / 255. A channel without
 * spread has std 1, so that it becomes zero, not NaN.
 *
 * @param mean [C]
 * @param std [C], above zero; of the population (divided by the count)
 */
public record Normalization(float[] mean, float[] std) {
  private static final int LEVELS = Planes.LEVELS;

  public Normalization {
    if (mean.length == 0 || mean.length != std.length) {
      throw new IllegalArgumentException(
          "mean and std: expected one value a channel each, found %d and %d"
              .formatted(mean.length, std.length));
    }
    for (int c = 0; c < mean.length; c++) {
      if (!Float.isFinite(mean[c]) || !Float.isFinite(std[c]) || std[c] <= 0) {
        throw new IllegalArgumentException(
            "channel %d: expected a finite mean and a finite std above 0, found %s and %s"
                .formatted(c, mean[c], std[c]));
      }
    }
    mean = mean.clone();
    std = std.clone();
  }

  /**
   * The statistics of a training set. Counts of pixel values and their sums are exact integers, so
   * the result depends on no order of summation.
   */
  public static Normalization of(ImageSet train) {
    return of(train.levels());
  }

  static Normalization of(ImageSet.Levels levels) {
    long[][] counts = levels.counts();
    float[] mean = new float[levels.channels()];
    float[] std = new float[levels.channels()];
    for (int c = 0; c < levels.channels(); c++) {
      long n = 0;
      long sum = 0;
      long squares = 0;
      for (int v = 0; v < LEVELS; v++) {
        n += counts[c][v];
        sum += v * counts[c][v];
        squares += (long) v * v * counts[c][v];
      }
      if (n == 0) {
        throw new IllegalArgumentException("normalisation: expected images, found an empty set");
      }
      double scale = (LEVELS - 1.0) * n;
      mean[c] = (float) (sum / scale);
      double spread = n2Variance(n, sum, squares);
      std[c] = spread == 0 ? 1 : (float) (StrictMath.sqrt(spread) / scale);
    }
    return new Normalization(mean, std);
  }

  /** n * sum(v^2) - sum(v)^2: each factor fits 64 bits, the products do not. */
  private static double n2Variance(long n, long sum, long squares) {
    BigInteger exactSum = BigInteger.valueOf(sum);
    return BigInteger.valueOf(n)
        .multiply(BigInteger.valueOf(squares))
        .subtract(exactSum.multiply(exactSum))
        .doubleValue();
  }

  public int channels() {
    return mean.length;
  }

  /** [C] */
  @Override
  public float[] mean() {
    return mean.clone();
  }

  /** [C] */
  @Override
  public float[] std() {
    return std.clone();
  }

  /**
   * [C*256]: entry {@code c * 256 + v} is what pixel value v of channel c becomes, (v / 255 - mean)
   * / std in double, rounded once. Every device looks values up here, so all see the same floats.
   */
  public float[] table() {
    float[] table = new float[mean.length * LEVELS];
    for (int c = 0; c < mean.length; c++) {
      for (int v = 0; v < LEVELS; v++) {
        table[c * LEVELS + v] = (float) ((v / (LEVELS - 1.0) - mean[c]) / std[c]);
      }
    }
    return table;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Normalization that
        && Arrays.equals(mean, that.mean)
        && Arrays.equals(std, that.std);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(mean) + Arrays.hashCode(std);
  }

  /** {@code mean 0.5 0.5 0.5, std 0.25 0.25 0.25}; {@link #parse} makes the same of it. */
  @Override
  public String toString() {
    return "mean " + text(mean) + ", std " + text(std);
  }

  private static String text(float[] values) {
    return String.join(
        " ", IntStream.range(0, values.length).mapToObj(c -> Float.toString(values[c])).toList());
  }

  /**
   * What {@link #toString} has written.
   *
   * @throws IllegalArgumentException where it is something else
   */
  public static Normalization parse(String text) {
    String[] parts = text.split(", std ", -1);
    if (parts.length != 2 || !parts[0].startsWith("mean ")) {
      throw new IllegalArgumentException("expected mean .., std .., found " + text);
    }
    return new Normalization(floats(parts[0].substring("mean ".length())), floats(parts[1]));
  }

  private static float[] floats(String text) {
    String[] words = text.strip().split(" +", -1);
    float[] values = new float[words.length];
    for (int c = 0; c < values.length; c++) {
      values[c] = Float.parseFloat(words[c]);
    }
    return values;
  }
}
