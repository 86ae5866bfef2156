package org.zowarmup.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.zowarmup.error.BadDataException;

/** Listing of folders in an order that depends on names alone. */
public final class Folders {
  private Folders() {}

  public static void require(Path folder, String expected) {
    if (!Files.isDirectory(folder)) {
      throw new BadDataException(
          folder, "", expected, Files.exists(folder) ? "a file" : "no such folder");
    }
  }

  /**
   * Lists a folder without hidden entries (names that start with a dot), sorted by name as UTF-16
   * code units: no locale, no file system order.
   */
  public static List<Path> list(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> !name(entry).startsWith("."))
          .sorted(Comparator.comparing(Folders::name))
          .toList();
    } catch (IOException e) {
      throw new BadDataException(folder, "", "a readable folder", e.toString());
    }
  }

  /** Says whether a folder holds a folder that is not hidden; false for what cannot be read. */
  static boolean hasFolder(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.anyMatch(entry -> !name(entry).startsWith(".") && Files.isDirectory(entry));
    } catch (IOException e) {
      return false;
    }
  }

  public static String name(Path entry) {
    return entry.getFileName().toString();
  }
}
