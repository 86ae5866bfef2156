package org.zowarmup.data.format.pickle;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.error.BadDataException;

/** A pickle's bytes in sequence, with skipping; knows where it is, for messages. */
final class PickleInput {
  private static final int MAX_LINE = 256;

  private final ByteSource source;
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
  private long bufferAt;

  PickleInput(ByteSource source) {
    this.source = source;
    buffer.limit(0);
  }

  ByteSource source() {
    return source;
  }

  long position() {
    return bufferAt + buffer.position();
  }

  BadDataException bad(long offset, String expected, String found) {
    return new BadDataException(source.name(), source.where(offset), expected, found);
  }

  /** Makes the next {@code bytes} available in the buffer; at most its capacity. */
  private ByteBuffer next(int bytes) {
    if (buffer.remaining() < bytes) {
      requireLeft(bytes);
      bufferAt = position();
      buffer.clear();
      buffer.limit((int) Math.min(buffer.capacity(), source.size() - bufferAt));
      try {
        source.readFully(buffer, bufferAt);
      } catch (IOException e) {
        throw source.unreadable(e);
      }
      buffer.flip();
    }
    return buffer;
  }

  private void requireLeft(long bytes) {
    long left = source.size() - position();
    if (bytes < 0 || bytes > left) {
      throw bad(
          source.size(),
          "%s more bytes of what starts at %s"
              .formatted(Long.toUnsignedString(bytes), source.where(position())),
          "the end after %d: it is truncated".formatted(left));
    }
  }

  int u8() {
    return Byte.toUnsignedInt(next(1).get());
  }

  int u16() {
    return Short.toUnsignedInt(next(2).getShort());
  }

  int i32() {
    return next(4).getInt();
  }

  long u32() {
    return Integer.toUnsignedLong(i32());
  }

  long i64() {
    return next(8).getLong();
  }

  double bigEndianDouble() {
    return Double.longBitsToDouble(Long.reverseBytes(i64()));
  }

  /** A short string of bytes. */
  byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    if (count > 0) {
      next(count).get(bytes);
    }
    return bytes;
  }

  void skip(long bytes) {
    requireLeft(bytes);
    long target = position() + bytes;
    if (bytes <= buffer.remaining()) {
      buffer.position(buffer.position() + (int) bytes);
    } else {
      bufferAt = target;
      buffer.limit(0);
    }
  }

  /** A line of ASCII without its end. */
  String line() {
    long start = position();
    StringBuilder line = new StringBuilder();
    for (int c = u8(); c != '\n'; c = u8()) {
      if (line.length() == MAX_LINE) {
        throw bad(start, "a name of at most %d characters".formatted(MAX_LINE), "a longer one");
      }
      line.append(c >= ' ' && c < 0x7f ? (char) c : '?');
    }
    return line.toString();
  }

  /** A line of any length without its end, a character a byte. */
  String textLine() {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int c = u8(); c != '\n'; c = u8()) {
      line.write(c);
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  /** UTF-8 as text; what is no UTF-8 becomes the replacement character. */
  String utf8(int count) {
    return new String(bytes(count), StandardCharsets.UTF_8);
  }
}
