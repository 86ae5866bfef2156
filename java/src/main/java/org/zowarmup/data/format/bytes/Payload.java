package org.zowarmup.data.format.bytes;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * Bytes that a format has announced and that are not read yet: the content of an array, left where
 * it lies until it can go straight to its destination.
 *
 * @param source that the content is part of, for messages
 * @param offset its start in the source
 * @param bytes its length; -1 where only reading it tells
 * @param openerOrNull decodes content that is compressed or written as text; null where it lies in
 *     the source as it is
 */
public record Payload(ByteSource source, long offset, long bytes, Opener openerOrNull) {
  /** Content that lies in the source as it is. */
  public static Payload direct(ByteSource source, long offset, long bytes) {
    return new Payload(source, offset, bytes, null);
  }

  /** Content that has to be decoded from the start: compressed, or written as text. */
  public static Payload decoded(ByteSource source, long offset, long bytes, Opener opener) {
    return new Payload(source, offset, bytes, opener);
  }

  /** Opens decoded content at its start. */
  public interface Opener {
    InputStream open() throws IOException;
  }

  /** Says whether byte i of the content is byte {@code offset() + i} of the source. */
  public boolean direct() {
    return openerOrNull == null;
  }

  /** Opens the content at its start. */
  public InputStream open() throws IOException {
    return direct()
        ? new BufferedInputStream(new SourceStream(source, offset, offset + bytes), 1 << 16)
        : openerOrNull.open();
  }

  /** A stretch of a source as a stream. */
  public static final class SourceStream extends InputStream {
    private final ByteSource source;
    private final long end;
    private long at;

    public SourceStream(ByteSource source, long from, long end) {
      this.source = source;
      this.at = from;
      this.end = end;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (at >= end) {
        return -1;
      }
      int count = (int) Math.min(length, end - at);
      int read = source.read(ByteBuffer.wrap(into, from, count), at);
      at += Math.max(0, read);
      return read;
    }
  }
}
