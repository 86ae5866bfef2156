package org.zowarmup.record.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.zowarmup.error.BadDataException;
import org.zowarmup.record.AtomicFile;

/** Appends rounds to a seed log, each with one write, so that a kill tears at most the last one. */
public final class SeedLogWriter implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;

  private SeedLogWriter(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Opens the log of a run after a round: later rounds are cut off. A log that is missing, unsound
   * at its start or another run's is started anew.
   */
  public static SeedLogWriter open(Path file, SeedLog.Header header, int afterRound) {
    try {
      if (continues(file, header)) {
        SeedLog.cutAfter(file, afterRound);
      } else {
        byte[] start = SeedLogCodec.header(header);
        AtomicFile.write(file, channel -> writeAll(channel, start));
      }
      return new SeedLogWriter(file, FileChannel.open(file, StandardOpenOption.APPEND));
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }

  private static boolean continues(Path file, SeedLog.Header header) {
    try {
      return Files.exists(file) && SeedLog.read(file).header().equals(header);
    } catch (BadDataException e) {
      return false;
    }
  }

  public void append(SeedLog.Round round) {
    try {
      writeAll(channel, SeedLogCodec.frame(SeedLogCodec.payload(round)));
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }

  /** Returns when all rounds so far are on the disk. */
  public void sync() {
    try {
      channel.force(false);
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }

  private static void writeAll(FileChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
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
