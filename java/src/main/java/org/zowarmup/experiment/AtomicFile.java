package org.zowarmup.experiment;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.zowarmup.error.UserErrorException;

/** Writes a file that is either there as a whole or not at all. */
final class AtomicFile {
  /** Writes the content of a file. */
  interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  private AtomicFile() {}

  static void write(Path file, Content content) {
    Path target = file.toAbsolutePath();
    // In the same folder, so that the move stays within one file system. Not createTempFile: its
    // files are closed to the group.
    Path temporary =
        target.resolveSibling(
            "." + target.getFileName() + "." + ProcessHandle.current().pid() + ".part");
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
    } catch (IOException e) {
      discard(temporary, e);
      throw failure(file, e);
    }
  }

  static void writeText(Path file, String text) {
    write(
        file,
        channel -> {
          var bytes = StandardCharsets.UTF_8.encode(text);
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        });
  }

  static UserErrorException failure(Path file, IOException cause) {
    return new UserErrorException(
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
