package org.zowarmup.error;

/**
 * A config key that is unknown, or whose value has the wrong type or lies outside the allowed
 * range.
 */
public final class ConfigException extends UserErrorException {
  private static final long serialVersionUID = 1L;

  private final String path;

  /**
   * @param path dotted path of the key, for example {@code zo.epsilon}
   * @param problem the rest of the line: expected, found, what to do
   */
  public ConfigException(String path, String problem) {
    this(path, problem, null);
  }

  public ConfigException(String path, String problem, Throwable cause) {
    super(path + ": " + problem, cause);
    this.path = path;
  }

  public String path() {
    return path;
  }
}
