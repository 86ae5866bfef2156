package org.zowarmup.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.zowarmup.data.format.archive.ArchiveReader;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.data.format.bytes.FileNames;
import org.zowarmup.data.format.bytes.Unread;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.ConfigException;

/** {@code auto}: whichever source recognizes the content of {@code data.path}. */
public final class AutoSource implements DataSource {
  private static final int SHOWN = 3;

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
    return load(pathOrNull, DataOptions.NONE);
  }

  @Override
  public DataSet load(Path pathOrNull, DataOptions options) {
    return choose(pathOrNull).load(pathOrNull, options);
  }

  @Override
  public Sizes sizes(Path pathOrNull, DataOptions options) {
    return choose(pathOrNull).sizes(pathOrNull, options);
  }

  Located choose(Path pathOrNull) {
    if (pathOrNull == null) {
      throw new ConfigException(
          DataSources.PATH_KEY,
          "expected a folder or file for data.source auto, found nothing; or give"
              + " data.source=fashion-mnist-mini, which is built in");
    }
    if (!Files.exists(pathOrNull)) {
      throw new BadDataException(
          pathOrNull,
          "",
          "a data set",
          pathOrNull.toString().indexOf(FileNames.NOT_TEXT) >= 0
              ? "a name whose bytes are no UTF-8; rename it: convmv --notest -f latin1 -t utf8"
              : "no such file or folder");
    }
    requireReadable(pathOrNull);
    List<Located> found = Located.find(DataSources.all(), pathOrNull);
    if (found.isEmpty()) {
      if (Files.isDirectory(pathOrNull)) {
        requireReadableEntries(pathOrNull);
      }
      throw new BadDataException(pathOrNull, "", "a data set", unknown(pathOrNull));
    }
    if (found.size() > 1) {
      boolean onePlace = found.stream().map(Located::path).distinct().count() == 1;
      throw onePlace
          ? new ConfigException(
              DataSources.SOURCE_KEY,
              "expected one of %s, as %s could be any of them; found auto"
                  .formatted(
                      found.stream()
                          .map(Located::name)
                          .distinct()
                          .collect(Collectors.joining(", ")),
                      pathOrNull))
          : new ConfigException(
              DataSources.PATH_KEY,
              "expected one data set, found %d below %s: %s; give the path of one of them"
                  .formatted(found.size(), pathOrNull, Located.names(found, pathOrNull)));
    }
    return found.get(0);
  }

  /** What is there, and the nearest thing that would work. */
  private static String unknown(Path path) {
    String see = "docs/data.md lists what is read, and data.source=NAME forces a format";
    if (Files.isDirectory(path)) {
      String other = DataSources.names().contains("parquet") ? "" : otherModules(path);
      if (!other.isEmpty()) {
        return other;
      }
      List<String> names = names(path);
      if (names.isEmpty()) {
        return "an empty folder; give the one with the data set";
      }
      return "a folder with %s%s; %s"
          .formatted(
              String.join(", ", names.subList(0, Math.min(SHOWN, names.size()))),
              names.size() > SHOWN ? ", ..." : "",
              names.stream().anyMatch(name -> name.toLowerCase(Locale.ROOT).contains("train"))
                  ? "for folders of images name the two train and test, one sub-folder a class;"
                      + " else "
                      + see
                  : Folders.hasFolder(path)
                      ? "for one folder a class without train/ and test/ set"
                          + " data.source=image-folder and data.testPart=0.2, else "
                          + see
                      : see);
    }
    try (InputStream in = FileBytes.stream(path)) {
      String known = Unread.describe(in.readNBytes(Unread.HEAD_BYTES));
      String ending = path.toString().toLowerCase(Locale.ROOT);
      boolean isArchive = ArchiveReader.Kind.of(path) != null;
      return (isArchive
              ? "an archive"
              : known.isEmpty() ? "a file that no format starts as" : known)
          + (isArchive && !isPyTorch(ending) ? " without a set that is known; " : "; ")
          + (isPyTorch(ending)
              ? "of PyTorch's own form, write the arrays with numpy.savez"
              : isArchive
                  ? "unpacked, sets up to three folders down are found, and one folder a class"
                      + " without train/ and test/ is read with data.source=image-folder and"
                      + " data.testPart=0.2"
                  : see);
    } catch (IOException e) {
      return ByteSource.reason(e);
    }
  }

  private static boolean isPyTorch(String name) {
    return name.endsWith(".pt") || name.endsWith(".pth");
  }

  /** What an optional module reads. */
  private static String otherModules(Path folder) {
    try (Stream<Path> below = Files.walk(folder, 3)) {
      return below
          .map(Path::toString)
          .filter(name -> name.endsWith(".parquet") || name.endsWith(".h5"))
          .findFirst()
          .map(
              name ->
                  "%s files, which the optional module formats reads: start with zowarmup --with formats ..."
                      .formatted(name.endsWith(".h5") ? "HDF5" : "Parquet"))
          .orElse("");
    } catch (IOException | UncheckedIOException e) {
      return "";
    }
  }

  private static List<String> names(Path folder) {
    try {
      return Folders.entries(folder).stream()
          .map(entry -> entry.getFileName().toString())
          .limit(SHOWN + 1)
          .toList();
    } catch (IOException e) {
      throw new BadDataException(folder, "", "a readable folder", ByteSource.reason(e));
    }
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
    try {
      Folders.entries(folder).stream().filter(Files::exists).forEach(AutoSource::requireReadable);
    } catch (IOException e) {
      throw new BadDataException(folder, "", "a readable folder", ByteSource.reason(e));
    }
  }
}
