package org.zowarmup.record;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * Mean and spread of a few values.
 *
 * @param count how many
 * @param mean NaN for none
 * @param deviation sample standard deviation (n - 1 in the denominator), NaN for fewer than two
 */
public record MeanAndDeviation(
    int count, double mean, @JsonProperty("standardDeviation") double deviation) {
  public static MeanAndDeviation of(List<Double> values) {
    int n = values.size();
    double mean = values.stream().mapToDouble(Double::doubleValue).sum() / n;
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return new MeanAndDeviation(n, mean, n < 2 ? Double.NaN : Math.sqrt(squares / (n - 1)));
  }
}
