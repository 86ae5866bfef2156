package org.zowarmup.data;

import java.nio.file.Path;
import java.util.ServiceLoader;
import org.zowarmup.error.ConfigException;

/** The data sources on the class path. */
public final class DataSources {
  private static final String PATH_KEY = "data.path";

  private DataSources() {}

  /**
   * @throws ConfigException if no source of this name is on the class path
   */
  public static DataSource find(String name) {
    return Providers.find(
        ServiceLoader.load(DataSource.class), DataSource::name, "data.source", name);
  }

  static Path requirePath(String source, String what, Path pathOrNull) {
    if (pathOrNull == null) {
      throw new ConfigException(
          PATH_KEY, "expected %s for data.source %s, found nothing".formatted(what, source));
    }
    return pathOrNull;
  }

  static void requireNoPath(String source, Path pathOrNull) {
    if (pathOrNull != null) {
      throw new ConfigException(
          PATH_KEY,
          "expected nothing, data.source %s is built in; found %s; remove it"
              .formatted(source, pathOrNull));
    }
  }
}
