package org.zowarmup.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.zowarmup.data.format.archive.ArchiveReader;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;

/**
 * The data set that a path means: what lies at it, in a folder below it, or in an archive as it was
 * downloaded, which is unpacked to a temporary folder while the set is loaded.
 *
 * @param path what the source loads; the path that was given where archives hold it
 * @param archives what holds the set's files, empty where they lie open
 */
record Located(DataSource source, Path path, List<Path> archives) implements DataSource {
  private static final int MAX_DEPTH = 3;
  private static final int MAX_FOLDERS = 2000;

  /** Files that are data sets of their own. */
  private static final List<String> SET_ENDINGS = List.of(".npz", ".zowdata");

  private static final List<String> ARCHIVE_ENDINGS =
      List.of(".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz");

  @Override
  public String name() {
    return source.name();
  }

  @Override
  public DataSet load(Path ignored) {
    return load(ignored, DataOptions.NONE);
  }

  @Override
  public DataSet load(Path ignored, DataOptions options) {
    if (archives.isEmpty()) {
      return source.load(path, options);
    }
    Path folder = temporary();
    try {
      for (Path archive : archives) {
        unpack(archive, folder);
      }
      List<Located> found =
          source.recognizes(folder)
              ? List.of(here(source, folder))
              : below(List.of(source), folder);
      if (found.size() != 1) {
        throw new BadDataException(
            path,
            "",
            source.expects() + " in the archive",
            found.isEmpty()
                ? "a part of its files"
                : "%d of them: %s; unpack it and give one of them"
                    .formatted(found.size(), names(found, folder)));
      }
      DataSet data = found.get(0).load(null, options);
      return new DataSet(path.toString(), data.train(), data.test());
    } catch (BadDataException e) {
      // the folder will be gone when someone reads its name
      throw e.inPlaceOf(
          folder + "/",
          path + " (unpacked): ",
          "a set of several archives is given as the folder that holds them all");
    } finally {
      delete(folder);
    }
  }

  @Override
  public Sizes sizes(Path ignored, DataOptions options) {
    return archives.isEmpty()
        ? source.sizes(path, options)
        : new Sizes(load(ignored, options), Optional.empty());
  }

  private static Path temporary() {
    String set = System.getenv("TMPDIR");
    Path parent =
        Path.of(set == null || set.isBlank() ? System.getProperty("java.io.tmpdir") : set);
    try {
      return Files.createTempDirectory(parent, "zowarmup-data-");
    } catch (IOException e) {
      throw new UserErrorException(
          "cannot unpack to %s: %s; set TMPDIR to another folder, or unpack it yourself"
              .formatted(parent, ByteSource.reason(e)));
    }
  }

  private void unpack(Path archive, Path folder) {
    new ArchiveReader(archive, ArchiveReader.Kind.of(archive)).unpack(source::holds, folder);
  }

  private static void delete(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UncheckedIOException e) {
      // the system's own cleaning of temporary files has the rest
    }
  }

  private static Located here(DataSource source, Path path) {
    return new Located(source, path, List.of());
  }

  /** Those that recognize the path itself, or else what is found below it. */
  static List<Located> find(List<DataSource> sources, Path path) {
    List<Located> found =
        new ArrayList<>(
            sources.stream().filter(s -> s.recognizes(path)).map(s -> here(s, path)).toList());
    if (found.isEmpty()) {
      found.addAll(below(sources, path));
    }
    return found.isEmpty() ? packed(sources, path) : found;
  }

  /** Data sets in folders below, the nearest first; none of them in another. */
  private static List<Located> below(List<DataSource> sources, Path root) {
    record Level(Path folder, int depth) {}
    List<Located> found = new ArrayList<>();
    Deque<Level> open = new ArrayDeque<>();
    open.add(new Level(root, 0));
    int seen = 0;
    while (!open.isEmpty() && seen++ < MAX_FOLDERS) {
      Level level = open.remove();
      for (Path entry : entries(level.folder)) {
        boolean folder = Files.isDirectory(entry);
        if (!folder && SET_ENDINGS.stream().noneMatch(entry.toString()::endsWith)) {
          continue;
        }
        List<Located> fits =
            sources.stream().filter(s -> s.recognizes(entry)).map(s -> here(s, entry)).toList();
        found.addAll(fits);
        if (folder && fits.isEmpty() && level.depth + 1 < MAX_DEPTH) {
          open.add(new Level(entry, level.depth + 1));
        }
      }
    }
    return found;
  }

  private static List<Path> entries(Path folder) {
    try {
      return Folders.entries(folder).stream()
          .filter(entry -> !entry.getFileName().toString().startsWith("."))
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Data sets in archives: of the path where it is one, else of those in the folder. */
  private static List<Located> packed(List<DataSource> sources, Path path) {
    List<Path> files =
        Files.isDirectory(path)
            ? entries(path).stream()
                .filter(file -> ARCHIVE_ENDINGS.stream().anyMatch(file.toString()::endsWith))
                .toList()
            : List.of(path);
    List<Located> found = new ArrayList<>();
    Map<DataSource, List<Path>> archives = new LinkedHashMap<>();
    for (Path file : files) {
      ArchiveReader.Kind kind = ArchiveReader.Kind.of(file);
      if (kind == null) {
        continue;
      }
      for (DataSource source : sources) {
        if (!file.equals(path) && source.recognizes(file)) {
          found.add(here(source, file));
        } else if (holds(new ArchiveReader(file, kind), source)) {
          archives.computeIfAbsent(source, s -> new ArrayList<>()).add(file);
        }
      }
    }
    archives.forEach((source, its) -> found.add(new Located(source, path, its)));
    return found;
  }

  private static boolean holds(ArchiveReader reader, DataSource source) {
    final class Search implements ArchiveReader.Visitor {
      private boolean found;

      @Override
      public boolean wants(String name) {
        found |= source.holds(name);
        return false;
      }

      @Override
      public boolean done() {
        return found;
      }

      @Override
      public void member(String name, byte[] content) {}
    }
    Search search = new Search();
    try {
      reader.walk(search);
    } catch (BadDataException e) {
      return false; // damaged, or none of ours
    }
    return search.found;
  }

  /** The places of several finds, for a message. */
  static String names(List<Located> found, Path root) {
    List<String> names =
        found.stream()
            .map(one -> root.relativize(one.path) + " (" + one.name() + ")")
            .distinct()
            .toList();
    int shown = Math.min(4, names.size());
    return String.join(", ", names.subList(0, shown)) + (shown < names.size() ? ", ..." : "");
  }
}
