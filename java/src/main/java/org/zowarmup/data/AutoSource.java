package org.zowarmup.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.ConfigException;

/** {@code auto}: whichever source recognizes the content of {@code data.path}. */
public final class AutoSource implements DataSource {
  @Override
  public String name() {
    return "auto";
  }

  @Override
  public String expects() {
    return "";
  }

  @Override
  public DataSet load(Path pathOrNull) {
    return choose(pathOrNull).load(pathOrNull);
  }

  @Override
  public DataSet load(Path pathOrNull, DataOptions options) {
    return choose(pathOrNull).load(pathOrNull, options);
  }

  DataSource choose(Path pathOrNull) {
    if (pathOrNull == null) {
      throw new ConfigException(
          DataSources.PATH_KEY,
          "expected a folder or file for data.source auto, found nothing; or give"
              + " data.source=fashion-mnist-mini, which is built in");
    }
    if (!Files.exists(pathOrNull)) {
      throw new BadDataException(pathOrNull, "", "a data set", "no such file or folder");
    }
    requireReadable(pathOrNull);
    List<DataSource> sources = DataSources.all();
    List<DataSource> found = sources.stream().filter(s -> s.recognizes(pathOrNull)).toList();
    if (found.isEmpty()) {
      if (Files.isDirectory(pathOrNull)) {
        requireReadableEntries(pathOrNull);
      }
      String expected =
          sources.stream()
              .filter(s -> !s.expects().isEmpty())
              .map(s -> "%s (%s)".formatted(s.expects(), s.name()))
              .collect(Collectors.joining("; "));
      throw new BadDataException(
          pathOrNull, "", "one of: " + expected, "none of them; data.source=NAME forces one");
    }
    if (found.size() > 1) {
      String names = found.stream().map(DataSource::name).collect(Collectors.joining(", "));
      throw new ConfigException(
          DataSources.SOURCE_KEY,
          "expected one of %s, as %s could be any of them; found auto"
              .formatted(names, pathOrNull));
    }
    return found.get(0);
  }

  /** A folder that cannot be entered looks empty. */
  private static void requireReadable(Path path) {
    boolean isFolder = Files.isDirectory(path);
    if (!Files.isReadable(path) || (isFolder && !Files.isExecutable(path))) {
      throw new BadDataException(
          path, "", isFolder ? "a readable folder" : "a readable file", "no permission to read it");
    }
  }

  /** A file or folder that cannot be read is why a data set is not recognized. */
  private static void requireReadableEntries(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      entries.sorted().filter(Files::exists).forEach(AutoSource::requireReadable);
    } catch (IOException e) {
      throw new BadDataException(folder, "", "a readable folder", ByteSource.reason(e));
    }
  }
}
