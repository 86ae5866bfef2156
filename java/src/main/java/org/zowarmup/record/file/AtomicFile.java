package org.zowarmup.record.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.record.RunFolder;

/**
 * Writes a file atomically, also where the power is cut: its bytes reach the disk before its name
 * does, and the name before the call returns.
 */
public final class AtomicFile {
  /** Suffix of the names of unfinished files. */
  public static final String PART = ".part";

  private static final Logger LOG = LoggerFactory.getLogger(AtomicFile.class);

  /** Writes the content of a file. */
  public interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  private AtomicFile() {}

  public static void write(Path file, Content content) {
    Path target = file.toAbsolutePath();
    // In the same folder, so that the move stays within one file system. Not createTempFile: its
    // files are closed to the group.
    Path temporary =
        target.resolveSibling(
            "." + target.getFileName() + "." + ProcessHandle.current().pid() + PART);
    // For a stop that comes while a large file is written; else it has gone by then.
    temporary.toFile().deleteOnExit();
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        content.writeTo(channel);
        channel.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      syncFolder(target.getParent());
    } catch (IOException e) {
      discard(temporary, e);
      throw failure(file, e);
    }
  }

  /**
   * Syncs a folder. Where a file system cannot sync a folder, its own order of writes has to do.
   */
  private static void syncFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      LOG.debug("cannot sync the folder {}: {}", folder, e.getMessage());
    }
  }

  public static void writeText(Path file, String text) {
    write(file, channel -> writeAll(channel, StandardCharsets.UTF_8.encode(text)));
  }

  /** Writes what is left in a buffer, which a channel may take in pieces. */
  public static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Cuts a file to a length that it has or exceeds. */
  public static void cut(Path file, long bytes) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(bytes);
      channel.force(true);
    } catch (IOException e) {
      throw failure(file, e);
    }
  }

  public static StorageException failure(Path file, IOException cause) {
    return new StorageException(
        "cannot write "
            + file
            + ": "
            + RunFolder.reason(cause)
            + "; check the folder, its rights and the space left on the disk",
        cause);
  }

  private static void discard(Path temporary, IOException first) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      first.addSuppressed(e);
    }
  }
}
