package org.zowarmup.record.lock;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.file.AtomicFile;

/**
 * Keeps a second process, and a second thread, out of a run folder or a cell of a sweep. The
 * operating system lifts it when a process dies; on a file system without locks, such as Lustre
 * without flock, a file that names the process takes its place, and stays where a node dies.
 */
public final class RunLock implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunLock.class);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration LOOK = Duration.ofMillis(50);
  private static final AtomicBoolean TOLD = new AtomicBoolean();

  /**
   * What this process holds. A file of these is not opened again: closing it would release the
   * lock, whichever channel had taken it (POSIX, fcntl).
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;

  /** Null on a file system without locks. */
  private final FileChannel channel;

  private RunLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /** Takes the lock, or refuses with one line. */
  public static RunLock take(RunFolder folder) {
    Path file = folder.lock();
    return tryTake(file)
        .orElseThrow(
            () ->
                new UserErrorException(
                    "run folder %s: expected no other process at work in it, found %s; wait for it or stop it"
                        .formatted(folder.path(), holder(file))));
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

  /** Who has it, in words. */
  private static String holder(Path file) {
    if (HELD.contains(key(file))) {
      return "another run of this process";
    }
    Path instead = instead(file);
    boolean noLocks = Files.exists(instead);
    String owner =
        OwnerFile.read(noLocks ? instead : file).map(OwnerFile.Owner::words).orElse("one");
    return noLocks ? "%s (by %s; remove that if it is gone)".formatted(owner, instead) : owner;
  }

  private static Path key(Path file) {
    return file.toAbsolutePath().normalize();
  }

  private static Path instead(Path file) {
    return file.resolveSibling(file.getFileName() + "-holder");
  }

  private static Optional<RunLock> open(Path file, boolean wait) {
    Path key = key(file);
    if (!HELD.add(key)) {
      if (wait) {
        throw new IllegalStateException("a thread that waits for its own process: " + file);
      }
      return Optional.empty();
    }
    RunLock taken = null;
    try {
      taken = locked(key, wait);
      return Optional.ofNullable(taken);
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    } finally {
      if (taken == null) {
        HELD.remove(key);
      }
    }
  }

  /** Null where another process has it. */
  private static RunLock locked(Path file, boolean wait) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) { // a pipe would be waited for
      throw new BadDataException(file, "", "a file", FileBytes.kind(file) + "; remove it");
    }
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean taken = false;
    try {
      try {
        taken = (wait ? channel.lock() : channel.tryLock()) != null;
      } catch (IOException e) {
        return withoutLocks(file, wait, e);
      }
      if (taken) {
        byte[] owner = OwnerFile.Owner.current().text().getBytes(StandardCharsets.UTF_8);
        AtomicFile.writeAll(channel, ByteBuffer.wrap(owner));
        channel.truncate(owner.length);
      }
      return taken ? new RunLock(file, channel) : null;
    } finally {
      if (!taken) {
        channel.close();
      }
    }
  }

  private static RunLock withoutLocks(Path file, boolean wait, IOException why) throws IOException {
    Path instead = instead(file);
    if (!TOLD.getAndSet(true)) {
      LOG.warn(
          "{}: this file system has no locks ({}); a file beside it, {}, says who is at work",
          file,
          why.getMessage(),
          instead.getFileName());
    }
    long start = System.nanoTime();
    while (!OwnerFile.tryMake(instead)) {
      if (!wait) {
        return null;
      }
      if (System.nanoTime() - start > PATIENCE.toNanos()) {
        throw new UserErrorException(
            "%s: expected it to be free within %d s, found %s"
                .formatted(file, PATIENCE.toSeconds(), holder(file)));
      }
      try {
        TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while waiting for " + instead, e);
      }
    }
    return new RunLock(file, null);
  }

  @Override
  public void close() {
    try {
      if (channel == null) {
        Files.deleteIfExists(instead(file));
      } else {
        channel.close();
      }
    } catch (IOException e) {
      throw new IllegalStateException("a lock that cannot be released", e);
    } finally {
      HELD.remove(file);
    }
  }
}
