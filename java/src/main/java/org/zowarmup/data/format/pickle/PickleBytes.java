package org.zowarmup.data.format.pickle;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.bytes.Payload;

/**
 * A byte string, or a text too long to be one that means anything but bytes. Short ones are here;
 * of long ones only the place is.
 */
public final class PickleBytes {
  private final ByteSource source;
  private final long offset;
  private final long stored;
  private final byte[] content;
  private final boolean text;

  /**
   * @param offset of the content in the source
   * @param stored its length there
   * @param contentOrNull the content of a short string
   * @param text whether each byte was written as a character of UTF-8, as protocol 2 has to
   */
  PickleBytes(ByteSource source, long offset, long stored, byte[] contentOrNull, boolean text) {
    this.source = source;
    this.offset = offset;
    this.stored = stored;
    this.content = contentOrNull;
    this.text = text;
  }

  /** Bytes that lie in no file as they are. */
  static PickleBytes of(byte[] content, String file) {
    return new PickleBytes(
        new ByteSource.OfArray(file, content), 0, content.length, content, false);
  }

  boolean isShort() {
    return content != null;
  }

  boolean isText() {
    return text;
  }

  /** A short string as text, one character a byte. */
  public String text() {
    return new String(content, StandardCharsets.ISO_8859_1);
  }

  byte[] content() {
    return content;
  }

  /** The bytes, left where they lie. */
  Payload payload() {
    if (!text) {
      return Payload.direct(source, offset, stored);
    }
    return Payload.decoded(source, offset, -1, this::decode);
  }

  private InputStream decode() {
    InputStream in =
        content == null
            ? new Payload.SourceStream(source, offset, offset + stored)
            : new ByteArrayInputStream(content);
    return new LatinStream(new BufferedInputStream(in, 1 << 16));
  }

  /** The characters up to U+00FF of UTF-8, a byte each; any other ends it with an error. */
  private static final class LatinStream extends InputStream {
    private final InputStream in;

    private LatinStream(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      int first = in.read();
      if (first < 0x80) {
        return first;
      }
      int second = in.read();
      if ((first != 0xc2 && first != 0xc3) || second < 0x80 || second > 0xbf) {
        throw new IOException("text that is not an encoding of bytes");
      }
      return ((first & 3) << 6) | (second & 0x3f);
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int done = 0;
      while (done < length) {
        int next = read();
        if (next < 0) {
          return done == 0 ? -1 : done;
        }
        into[from + done++] = (byte) next;
      }
      return done;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
