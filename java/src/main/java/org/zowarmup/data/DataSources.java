package org.zowarmup.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.ConfigException;
import org.zowarmup.plugin.Plugins;

/** The data sources on the class path. */
public final class DataSources {
  static final String SOURCE_KEY = "data.source";
  static final String PATH_KEY = "data.path";

  private DataSources() {}

  /**
   * @throws ConfigException if no source of this name is on the class path
   */
  public static DataSource find(String name) {
    return Plugins.find(DataSource.class, DataSource::name, SOURCE_KEY, name);
  }

  /**
   * The source that {@code name} asks for, at the place where it finds its files; for {@code auto}
   * the one that recognizes the content of the path.
   *
   * @throws ConfigException if no source has this name, {@code auto} has no path, or more than one
   *     source recognizes it
   * @throws org.zowarmup.error.BadDataException if nothing is there, or nothing that a source
   *     recognizes
   */
  public static DataSource resolve(String name, Path pathOrNull) {
    return resolve(name, pathOrNull, source -> source);
  }

  /**
   * The same.
   *
   * @param withKeys gives the source that is named the keys that the config has for it
   */
  public static DataSource resolve(
      String name, Path pathOrNull, UnaryOperator<DataSource> withKeys) {
    if (pathOrNull != null
        && Files.exists(pathOrNull)
        && !Files.isRegularFile(pathOrNull)
        && !Files.isDirectory(pathOrNull)) {
      // not asked further: a pipe would be waited for
      throw new BadDataException(pathOrNull, "", "a data set", FileBytes.kind(pathOrNull));
    }
    DataSource source = withKeys.apply(find(name));
    if (source instanceof AutoSource auto) {
      return auto.choose(pathOrNull);
    }
    List<Located> found =
        pathOrNull == null ? List.of() : Located.find(List.of(source), pathOrNull);
    // Of none, and of several, the source itself says what is wrong.
    return found.size() == 1 ? found.get(0) : source;
  }

  /** All sources, by name. */
  public static List<DataSource> all() {
    return List.copyOf(Plugins.all(DataSource.class, DataSource::name).values());
  }

  /** The names of all sources on the class path, sorted. */
  public static List<String> names() {
    return all().stream().map(DataSource::name).toList();
  }

  public static Path requirePath(String source, String what, Path pathOrNull) {
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
