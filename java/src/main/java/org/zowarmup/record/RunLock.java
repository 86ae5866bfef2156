package org.zowarmup.record;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.zowarmup.error.UserErrorException;

/**
 * Keeps a second process out of a run folder; the operating system lifts it when a process dies.
 */
public final class RunLock implements AutoCloseable {
  private final FileChannel channel;

  private RunLock(FileChannel channel) {
    this.channel = channel;
  }

  /** Takes the lock, or refuses with one line. */
  public static RunLock take(RunFolder folder) {
    Path file = folder.lock();
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (tryLock(channel) == null) {
        channel.close();
        throw new UserErrorException(
            "run folder "
                + folder.path()
                + ": expected no other process at work in it, found one; wait for it or stop it");
      }
      return new RunLock(channel);
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }

  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new IllegalStateException("a lock that cannot be released", e);
    }
  }
}
