package org.zowarmup.data.format.bytes;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.zowarmup.error.BadDataException;

/** An open file. */
public final class FileBytes implements ByteSource, AutoCloseable {
  private static final int MAX_TEXT = 1 << 24;

  private final Path file;
  private final FileChannel channel;
  private final long size;

  private FileBytes(Path file, FileChannel channel, long size) {
    this.file = file;
    this.channel = channel;
    this.size = size;
  }

  /**
   * @param expected what the file should be, for the message
   * @throws BadDataException if it is missing, no file, empty or cannot be read
   */
  public static FileBytes open(Path file, String expected) {
    if (!Files.isRegularFile(file)) {
      throw new BadDataException(file, "", expected, kind(file));
    }
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
      long size = channel.size();
      if (size == 0) {
        throw new BadDataException(file, "", expected, "an empty file");
      }
      FileBytes opened = new FileBytes(file, channel, size);
      channel = null;
      return opened;
    } catch (IOException e) {
      throw new BadDataException(file, "", expected, ByteSource.reason(e));
    } finally {
      closeQuietly(channel);
    }
  }

  /**
   * Opens a file from its start. A pipe would be waited for, and a device has no end.
   *
   * @throws IOException also where it is none
   */
  public static InputStream stream(Path file) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new FileSystemException(
          file.toString(), null, "expected a plain file, found " + kind(file));
    }
    return Files.newInputStream(file);
  }

  /**
   * All of a plain file.
   *
   * @param most bytes that such a file may have
   */
  public static byte[] all(Path file, int most) throws IOException {
    try (InputStream in = stream(file)) {
      byte[] bytes = in.readNBytes(most);
      if (in.read() >= 0) {
        throw new FileSystemException(
            file.toString(), null, "expected at most %d bytes, found more".formatted(most));
      }
      return bytes;
    }
  }

  /** The lines of a short text in UTF-8, such as a list of names. */
  public static List<String> lines(Path file) throws IOException {
    String text =
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(all(file, MAX_TEXT))).toString();
    return text.lines().toList();
  }

  /** What is at a path, for messages. */
  public static String kind(Path path) {
    return Files.isRegularFile(path)
        ? "a file"
        : Files.isDirectory(path)
            ? "a folder"
            : Files.exists(path) ? "a pipe or device" : "no such file";
  }

  private static void closeQuietly(FileChannel channelOrNull) {
    try {
      if (channelOrNull != null) {
        channelOrNull.close();
      }
    } catch (IOException e) {
      // an error is on its way already, and nothing was written
    }
  }

  /**
   * Says whether a file starts with these bytes; false for what cannot be read.
   *
   * @param start values from 0 to 255
   */
  public static boolean startsWith(Path file, int... start) {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try (var in = Files.newInputStream(file)) {
      return startsWith(in.readNBytes(start.length), start);
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Says whether bytes start with these.
   *
   * @param start values from 0 to 255
   */
  public static boolean startsWith(byte[] bytes, int... start) {
    for (int i = 0; i < start.length; i++) {
      if (i >= bytes.length || Byte.toUnsignedInt(bytes[i]) != start[i]) {
        return false;
      }
    }
    return true;
  }

  public Path file() {
    return file;
  }

  @Override
  public String name() {
    return file.toString();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int read(ByteBuffer into, long position) throws IOException {
    return channel.read(into, position);
  }

  @Override
  public void close() {
    closeQuietly(channel);
  }
}
