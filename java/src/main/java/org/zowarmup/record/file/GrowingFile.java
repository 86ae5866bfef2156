package org.zowarmup.record.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that one process makes longer. Where its name is removed meanwhile the system still holds
 * its bytes, which are written again; where it is replaced or cut, that is an error.
 */
public final class GrowingFile implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GrowingFile.class);

  private final Path file;
  private FileChannel channel;
  private Object key;
  private long bytes;

  /**
   * Opens a file at its end.
   *
   * @param options CREATE, CREATE_NEW, or none for a file that is there
   */
  public GrowingFile(Path file, StandardOpenOption... options) {
    this.file = file;
    open(options);
  }

  private void open(StandardOpenOption... options) {
    Set<StandardOpenOption> all = new HashSet<>(Arrays.asList(options));
    all.add(StandardOpenOption.READ);
    all.add(StandardOpenOption.WRITE);
    try {
      channel = FileChannel.open(file, all);
      bytes = channel.size();
      channel.position(bytes);
      key = key(file);
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }

  private static Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  public boolean isEmpty() {
    return bytes == 0;
  }

  /** Adds bytes in one write, so that a kill tears at most the last of them. */
  public void append(ByteBuffer more) {
    try {
      bytes += more.remaining();
      AtomicFile.writeAll(channel, more);
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }

  /** Returns when all bytes are on the disk, under the file's name. */
  public void sync() {
    try {
      channel.force(false);
      if (Files.notExists(file)) {
        LOG.warn("{} was removed while it was written; it is written again", file);
        writeAgain();
      } else if (!Objects.equals(key, key(file)) || channel.size() != bytes) {
        throw new FileSystemException(
            file.toString(), null, "another program replaced or changed it");
      }
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }

  private void writeAgain() throws IOException {
    try (FileChannel old = channel) {
      AtomicFile.write(
          file,
          out -> {
            for (long at = 0; at < bytes; ) {
              at += old.transferTo(at, bytes - at, out);
            }
          });
      open();
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }
}
