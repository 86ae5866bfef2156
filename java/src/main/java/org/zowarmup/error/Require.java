package org.zowarmup.error;

import java.util.Collection;

/**
 * Checks for the constructors of config records. A failed check throws a {@link ConfigException}
 * whose path is the bare field name; the config reader puts the path of the enclosing section in
 * front of it.
 */
public final class Require {
  private Require() {}

  public static void range(String field, long value, long min, long max) {
    if (value < min || value > max) {
      throw new ConfigException(
          field, "expected a whole number from " + min + " to " + max + ", found " + value);
    }
  }

  /** Accepts min <= value <= max; NaN never passes. */
  public static void range(String field, double value, double min, double max) {
    if (!(value >= min && value <= max)) {
      throw new ConfigException(
          field, "expected a number from " + min + " to " + max + ", found " + value);
    }
  }

  /** Accepts 0 < value <= max; NaN never passes. */
  public static void positive(String field, double value, double max) {
    if (!(value > 0 && value <= max)) {
      throw new ConfigException(
          field, "expected a number above 0, at most " + max + ", found " + value);
    }
  }

  public static void oneOf(String field, String value, Collection<String> allowed) {
    if (!allowed.contains(value)) {
      throw new ConfigException(
          field, "expected one of " + String.join(", ", allowed) + "; found " + value);
    }
  }

  public static void that(boolean condition, String field, String problem) {
    if (!condition) {
      throw new ConfigException(field, problem);
    }
  }
}
