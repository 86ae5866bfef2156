package org.zowarmup.record.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.RunFolder;

/**
 * Keeps a second process, and a second thread, out of a run folder or a cell of a sweep; the
 * operating system lifts it when a process dies.
 */
public final class RunLock implements AutoCloseable {
  /**
   * What this process holds. A file of these is not opened again: closing it would release the
   * lock, whichever channel had taken it (POSIX, fcntl).
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel channel;

  private RunLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /** Takes the lock, or refuses with one line. */
  public static RunLock take(RunFolder folder) {
    return tryTake(folder.lock())
        .orElseThrow(
            () ->
                new UserErrorException(
                    "run folder "
                        + folder.path()
                        + ": expected no other process at work in it, found one; wait for it or"
                        + " stop it"));
  }

  /**
   * Takes a lock without waiting; empty where someone has it.
   *
   * @param file is made where it is missing, and stays
   */
  public static Optional<RunLock> tryTake(Path file) {
    return open(file, false);
  }

  /** Takes a lock that is held for moments only, and waits for it. */
  public static RunLock await(Path file) {
    return open(file, true).orElseThrow();
  }

  private static Optional<RunLock> open(Path file, boolean wait) {
    Path key = file.toAbsolutePath().normalize();
    if (!HELD.add(key)) {
      if (wait) {
        throw new IllegalStateException("a thread that waits for its own process: " + file);
      }
      return Optional.empty();
    }
    RunLock taken = null;
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        if ((wait ? channel.lock() : channel.tryLock()) != null) {
          taken = new RunLock(key, channel);
        }
      } finally {
        if (taken == null) {
          channel.close();
        }
      }
      return Optional.ofNullable(taken);
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    } finally {
      if (taken == null) {
        HELD.remove(key);
      }
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new IllegalStateException("a lock that cannot be released", e);
    } finally {
      HELD.remove(file);
    }
  }
}
