package org.zowarmup.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.zowarmup.error.ConfigException;

/** Paths in a config. */
public final class ConfigPaths {
  private ConfigPaths() {}

  /**
   * @param key dotted path of the key that holds the text
   * @param textOrNull null stays null
   * @throws ConfigException where the text can name no file on this system
   */
  public static Path of(String key, String textOrNull) {
    if (textOrNull == null) {
      return null;
    }
    try {
      return Path.of(textOrNull);
    } catch (InvalidPathException e) {
      ConfigException failure =
          new ConfigException(
              key,
              "expected the name of a folder, found '%s' (%s)"
                  .formatted(textOrNull.replaceAll("\\p{Cntrl}", "?"), e.getReason()));
      failure.initCause(e);
      throw failure;
    }
  }
}
