package org.zowarmup.error;

/**
 * Checks between the keys of config records, for their constructors. A failed check throws a {@link
 * ConfigException} whose path is the bare field name; the config reader puts the path of the
 * enclosing section in front of it.
 */
public final class Require {
  private Require() {}

  public static void that(boolean condition, String field, String problem) {
    if (!condition) {
      throw new ConfigException(field, problem);
    }
  }
}
