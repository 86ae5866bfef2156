package org.zowarmup.config;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.OptionalDouble;
import org.zowarmup.error.ConfigException;

/**
 * A learning rate that is a number, or {@code auto}: left to a rule that knows the model.
 *
 * @param fixed the number, empty for auto
 */
public record LearningRate(OptionalDouble fixed) {
  public static final LearningRate AUTO = new LearningRate(OptionalDouble.empty());

  public static LearningRate of(double value) {
    return new LearningRate(OptionalDouble.of(value));
  }

  public boolean isAuto() {
    return fixed.isEmpty();
  }

  /** The number, or what the rule says where this is auto. */
  public double orElse(double automatic) {
    return fixed.orElse(automatic);
  }

  void requireAtMost(String field, double max) {
    if (fixed.isPresent() && !(fixed.getAsDouble() > 0 && fixed.getAsDouble() <= max)) {
      throw new ConfigException(
          field,
          "expected auto or a number above 0, at most " + max + ", found " + fixed.getAsDouble());
    }
  }

  /** As it stands in a config: {@code auto} or the number. */
  @JsonValue
  public Object json() {
    return isAuto() ? "auto" : (Object) fixed.getAsDouble();
  }

  @Override
  public String toString() {
    return json().toString();
  }
}
