package org.zowarmup.config;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.OptionalDouble;

/**
 * A learning rate that is a number, or {@code auto}: left to a rule that knows the model.
 *
 * @param fixed the number, empty for auto
 */
public record LearningRate(OptionalDouble fixed) {
  public static final LearningRate AUTO = new LearningRate(OptionalDouble.empty());

  static final String EXPECTED = "auto or a number above 0";

  /** Null where the node is neither a number nor auto. */
  static LearningRate read(JsonNode node) {
    if (node.isTextual() && node.textValue().equals("auto")) {
      return AUTO;
    }
    return ConfigTree.isFinite(node) ? of(node.doubleValue()) : null;
  }

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

  /** As a config has it: {@code auto} or the number. */
  @JsonValue
  public Object json() {
    return isAuto() ? "auto" : (Object) fixed.getAsDouble();
  }

  @Override
  public String toString() {
    return json().toString();
  }
}
