package org.zowarmup.data.format.bytes;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.zowarmup.error.BadDataException;

/** Bytes that can be read from any position, by several threads at a time. */
public interface ByteSource {
  /** The name of the file in messages. */
  String name();

  /** The name of a place in it in messages: an offset, with the member where it lies in one. */
  default String where(long offset) {
    return "offset " + offset;
  }

  long size();

  /** As {@link java.nio.channels.FileChannel#read(ByteBuffer, long)}: -1 at the end. */
  int read(ByteBuffer into, long position) throws IOException;

  /** Fills the whole buffer. */
  default void readFully(ByteBuffer into, long position) throws IOException {
    long at = position;
    while (into.hasRemaining()) {
      int read = read(into, at);
      if (read < 0) {
        throw new EOFException(name() + ", " + where(at) + ": the file became shorter");
      }
      at += read;
    }
  }

  /** The error for a file that turned out to be unreadable. */
  default BadDataException unreadable(IOException cause) {
    return new BadDataException(name(), "", "a readable file", reason(cause));
  }

  /** The message of an exception, or its kind where it has none. */
  static String reason(IOException e) {
    if (e instanceof java.nio.file.AccessDeniedException) {
      return "no permission to read it";
    }
    if (e instanceof java.nio.file.NoSuchFileException) {
      return "no such file";
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /**
   * Text of a file as messages show it: of at most so many characters; what is neither letter,
   * digit nor a sign of ASCII as ?.
   */
  static String printable(String text, int most) {
    String shown = text.length() > most ? text.substring(0, most) + "..." : text;
    return shown.replaceAll("[^ -~\\p{L}\\p{M}\\p{N}]", "?");
  }

  /** A part of these bytes as a source of its own, for example a stored member of an archive. */
  default ByteSource slice(String member, long from, long bytes) {
    if (from < 0 || bytes < 0 || from > size() - bytes) {
      throw new IndexOutOfBoundsException(
          "%d bytes from %d on of %d".formatted(bytes, from, size()));
    }
    ByteSource whole = this;
    return new ByteSource() {
      @Override
      public String name() {
        return whole.name();
      }

      @Override
      public String where(long offset) {
        return "member " + member + ", offset " + offset;
      }

      @Override
      public long size() {
        return bytes;
      }

      @Override
      public int read(ByteBuffer into, long position) throws IOException {
        if (position >= bytes) {
          return -1;
        }
        int limit = into.limit();
        if (into.remaining() > bytes - position) {
          into.limit(into.position() + (int) (bytes - position));
        }
        try {
          return whole.read(into, from + position);
        } finally {
          into.limit(limit);
        }
      }
    };
  }

  /** Bytes in an array. */
  record OfArray(String name, byte[] content) implements ByteSource {
    @Override
    public long size() {
      return content.length;
    }

    @Override
    public int read(ByteBuffer into, long position) {
      if (position >= content.length) {
        return -1;
      }
      int count = Math.min(into.remaining(), content.length - (int) position);
      into.put(content, (int) position, count);
      return count;
    }
  }
}
