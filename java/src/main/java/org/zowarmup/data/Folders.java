package org.zowarmup.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.data.format.bytes.FileNames;
import org.zowarmup.error.BadDataException;

/** Listing of folders in an order that depends on names alone. */
public final class Folders {
  /** What Windows leaves in folders of pictures. */
  public static final Set<String> LEFT_BY_SYSTEMS = Set.of("Thumbs.db", "desktop.ini");

  private Folders() {}

  /** All entries of a folder, sorted by path; a folder may also fail half-way through. */
  static List<Path> entries(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.sorted().toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  public static void require(Path folder, String expected) {
    if (!Files.isDirectory(folder)) {
      throw new BadDataException(
          folder, "", expected, Files.exists(folder) ? "a file" : "no such folder");
    }
  }

  /**
   * Lists a folder without hidden entries (names that start with a dot) and what systems leave
   * there, sorted by name as UTF-16 code units: no locale, no file system order.
   */
  public static List<Path> list(Path folder) {
    try {
      record Named(String name, Path entry) {}
      return entries(folder).stream()
          .map(entry -> new Named(FileNames.of(entry), entry))
          .filter(named -> !named.name.startsWith(".") && !LEFT_BY_SYSTEMS.contains(named.name))
          .sorted(Comparator.comparing(Named::name))
          .map(Named::entry)
          .toList();
    } catch (IOException e) {
      throw new BadDataException(folder, "", "a readable folder", ByteSource.reason(e));
    }
  }

  /** The file of this name, or of this name with an ending of pickles where only that is there. */
  static Path named(Path folder, String name) {
    for (String ending : List.of("", ".pkl", ".pickle")) {
      if (Files.exists(folder.resolve(name + ending))) {
        return folder.resolve(name + ending);
      }
    }
    return folder.resolve(name);
  }

  /**
   * Names in a text file, one a line; empty lines are passed over.
   *
   * @throws BadDataException if they are not as many as the classes
   */
  static List<String> lines(Path file, int classes) {
    try {
      List<String> names =
          FileBytes.lines(file).stream().map(String::strip).filter(n -> !n.isEmpty()).toList();
      if (names.size() != classes) {
        throw new BadDataException(
            file, "", "%d names, one a line".formatted(classes), String.valueOf(names.size()));
      }
      return names;
    } catch (IOException e) {
      throw new BadDataException(file, "", "a readable text file", ByteSource.reason(e));
    }
  }

  /** The part of a data set that a folder of this name is: train, test, val; empty for none. */
  public static String partNamed(String folder) {
    return switch (folder.toLowerCase(Locale.ROOT)) {
      case "train", "training" -> "train";
      case "test", "testing" -> "test";
      case "val", "valid", "validation" -> "val";
      default -> "";
    };
  }

  /**
   * The folder of a part, by its own name where there is one, else by another that people give it.
   *
   * @param part train, test or val
   */
  public static Optional<Path> part(Path root, String part) {
    Path own = root.resolve(part);
    if (Files.isDirectory(own)) {
      return Optional.of(own);
    }
    try {
      return entries(root).stream()
          .filter(Files::isDirectory)
          .filter(entry -> partNamed(entry.getFileName().toString()).equals(part))
          .min(Comparator.naturalOrder());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Says whether a folder holds a folder that is not hidden; false for what cannot be read. */
  public static boolean hasFolder(Path folder) {
    try {
      return entries(folder).stream()
          .anyMatch(
              entry -> !entry.getFileName().toString().startsWith(".") && Files.isDirectory(entry));
    } catch (IOException e) {
      return false;
    }
  }
}
