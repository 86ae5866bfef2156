package org.zowarmup.data.format.bytes;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * Bytes that a format has announced and that are not read yet: the content of an array, left where
 * it lies until it can go straight to its destination.
 */
public interface Payload {
  /** The source that the content is part of, for messages. */
  ByteSource source();

  /** Its start in the source. */
  long offset();

  /** Its length; -1 where only reading it tells. */
  long bytes();

  /** Says whether byte i of the content is byte {@code offset() + i} of the source. */
  boolean direct();

  /** Opens the content at its start. */
  InputStream open() throws IOException;

  /** Content that lies in the source as it is. */
  static Payload direct(ByteSource source, long offset, long bytes) {
    return new Direct(source, offset, bytes);
  }

  /** Content that has to be decoded from the start: compressed, or written as text. */
  static Payload decoded(ByteSource source, long offset, long bytes, Opener opener) {
    return new Decoded(source, offset, bytes, opener);
  }

  /** Opens decoded content at its start. */
  interface Opener {
    InputStream open() throws IOException;
  }

  /** See {@link Payload#direct}. */
  record Direct(ByteSource source, long offset, long bytes) implements Payload {
    @Override
    public boolean direct() {
      return true;
    }

    @Override
    public InputStream open() {
      return new BufferedInputStream(new SourceStream(source, offset, offset + bytes), 1 << 16);
    }
  }

  /** See {@link Payload#decoded}. */
  record Decoded(ByteSource source, long offset, long bytes, Opener opener) implements Payload {
    @Override
    public boolean direct() {
      return false;
    }

    @Override
    public InputStream open() throws IOException {
      return opener.open();
    }
  }

  /** A stretch of a source as a stream. */
  final class SourceStream extends InputStream {
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
