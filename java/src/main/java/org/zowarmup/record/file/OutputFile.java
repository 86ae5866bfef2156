package org.zowarmup.record.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.LoggerFactory;
import org.zowarmup.error.UserErrorException;

/**
 * The one way to write a file that a person named. It is looked at before there is any work: a
 * folder is refused, a file is replaced only where that was asked for. Links are followed, devices
 * and pipes take the bytes as a stream; a file is written atomically.
 */
public final class OutputFile {
  private static final int MAX_LINKS = 40;

  private final Path path;
  private final Path target;
  private final boolean stream;

  private OutputFile(Path path, Path target, boolean stream) {
    this.path = path;
    this.target = target;
    this.stream = stream;
  }

  /**
   * @param name of the option or parameter, for messages
   * @param force whether a file that is there is replaced
   * @throws UserErrorException where it cannot be written; nothing is made before {@link #write}
   */
  public static OutputFile of(String name, Path path, boolean force) {
    Path target = path.toAbsolutePath();
    boolean stream = isOfSystem(target);
    for (int link = 0; !stream && Files.isSymbolicLink(target); link++) {
      if (link == MAX_LINKS) {
        throw refused(name, path, "a file", "links that lead to each other; give another name");
      }
      try {
        target = target.resolveSibling(Files.readSymbolicLink(target)).normalize();
      } catch (IOException e) {
        throw AtomicFile.failure(path, e);
      }
      stream = isOfSystem(target);
    }
    stream |= Files.exists(target) && !Files.isRegularFile(target);
    if (Files.isDirectory(target)) {
      throw refused(name, path, "the name of a file", "a folder; add a name to it");
    }
    if (stream) {
      return new OutputFile(path, target, true);
    }
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS) && !force) {
      throw refused(
          name, path, "a file that does not exist yet", "one; give another name, or add --force");
    }
    Path folder = target.getParent();
    while (folder != null && !Files.exists(folder)) {
      folder = folder.getParent();
    }
    if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder)) {
      String found = folder == null || Files.isDirectory(folder) ? "no right to" : "a file in";
      throw refused(
          name,
          path,
          "a place that can be written to",
          "%s %s; give another".formatted(found, folder));
    }
    return new OutputFile(path, target, false);
  }

  /** A file of the program's own, such as one of its cache, which it may always replace. */
  public static OutputFile own(Path path) {
    return of("", path, true);
  }

  /** Names such as /dev/stdout lead to a file that others have open: it must not be exchanged. */
  private static boolean isOfSystem(Path absolute) {
    return (absolute.startsWith("/dev") && !absolute.startsWith("/dev/shm"))
        || absolute.startsWith("/proc");
  }

  private static UserErrorException refused(String name, Path path, String expected, String found) {
    return new UserErrorException(
        "%s %s: expected %s, found %s".formatted(name, path, expected, found).strip());
  }

  /** As the person wrote it. */
  public Path path() {
    return path;
  }

  /** True for a device or pipe, which may be the place where messages go too. */
  public boolean isStream() {
    return stream;
  }

  /** False also where one of them does not exist. */
  public boolean isSameAs(Path other) {
    try {
      return Files.exists(target) && Files.exists(other) && Files.isSameFile(target, other);
    } catch (IOException e) {
      return false;
    }
  }

  /** The folder that it will lie in, made where it is missing; none for a stream. */
  public Path folder() throws IOException {
    return Files.createDirectories(target.getParent());
  }

  /** Writes it, all or nothing where it is a file. */
  public void write(AtomicFile.Content content) {
    try {
      if (stream) {
        // "/proc/self/fd/1" of a file is that file: what is in it stays
        try (FileChannel channel =
            FileChannel.open(
                target,
                Files.isRegularFile(target)
                    ? StandardOpenOption.APPEND
                    : StandardOpenOption.WRITE)) {
          content.writeTo(channel);
        }
        return;
      }
      folder();
      removeLeft();
    } catch (IOException e) {
      throw AtomicFile.failure(path, e);
    }
    AtomicFile.write(
        target,
        channel -> {
          lock(channel); // released when the channel is closed or the process dies
          content.writeTo(channel);
        });
  }

  private static boolean lock(FileChannel channel) {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (IOException | OverlappingFileLockException e) {
      return false; // a file system without locks, or another thread of this process
    }
  }

  /** Removes what processes have left of this file that were killed while they wrote it. */
  private void removeLeft() throws IOException {
    Pattern parts =
        Pattern.compile(
            Pattern.quote("." + target.getFileName() + ".")
                + "(\\d{1,18})"
                + Pattern.quote(AtomicFile.PART));
    try (DirectoryStream<Path> beside =
        Files.newDirectoryStream(target.getParent(), file -> parts.matcher(name(file)).matches())) {
      for (Path part : beside) {
        Matcher matcher = parts.matcher(name(part));
        if (matcher.matches()
            && ProcessHandle.of(Long.parseLong(matcher.group(1))).isEmpty()
            && isFree(part)) {
          LoggerFactory.getLogger(OutputFile.class)
              .info("removed {}, which a process that was killed had left", part);
          Files.deleteIfExists(part);
        }
      }
    }
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }

  /** Whether no process holds it, on this machine or on another. */
  private static boolean isFree(Path part) {
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      return lock(channel);
    } catch (IOException e) {
      return false;
    }
  }
}
