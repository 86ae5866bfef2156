package org.zowarmup.data.format.matlab;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.bytes.Payload;
import org.zowarmup.error.BadDataException;

/**
 * The arrays of a MAT-file of level 5 ("MAT-File Format", MathWorks), compressed or not, in either
 * byte order. Only heads are read; contents stay where they lie. What is no array of numbers is
 * passed over.
 */
public final class MatFile {
  private static final int HEADER = 128;
  private static final int COMPRESSED = 15;
  private static final int MATRIX = 14;

  /** Deflate makes no more of a byte. */
  private static final long MOST_INFLATED = 1032;

  private final ByteSource source;
  private final ByteOrder order;

  private MatFile(ByteSource source, ByteOrder order) {
    this.source = source;
    this.order = order;
  }

  /**
   * Reads the heads of all arrays.
   *
   * @throws BadDataException if it is no such file, or damaged
   */
  public static Map<String, MatArray> read(ByteSource source) {
    try {
      ByteBuffer head = ByteBuffer.allocate((int) Math.min(HEADER, source.size()));
      source.readFully(head, 0);
      String text = new String(head.array(), StandardCharsets.ISO_8859_1);
      if (text.startsWith("MATLAB 7.3")) {
        throw new BadDataException(
            source.name(), "", "a MAT-file of level 5", "one of version 7.3; save it with -v7");
      }
      if (text.startsWith("\u0089HDF")) {
        throw new BadDataException(
            source.name(),
            "",
            "a MAT-file of level 5",
            "an HDF5 file; scipy.io.savemat writes one");
      }
      String mark = text.length() < HEADER ? "" : text.substring(HEADER - 2);
      if (!mark.equals("IM") && !mark.equals("MI")) {
        throw new BadDataException(
            source.name(),
            "offset 126",
            "a MAT-file of level 5, the letters IM or MI",
            mark.isEmpty() ? "the end" : ByteSource.printable(mark, 2));
      }
      return new MatFile(source, mark.equals("IM") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN)
          .arrays();
    } catch (IOException e) {
      throw source.unreadable(e);
    }
  }

  private Map<String, MatArray> arrays() throws IOException {
    Map<String, MatArray> found = new LinkedHashMap<>();
    long at = HEADER;
    while (at + 8 <= source.size()) {
      ByteBuffer tag = ByteBuffer.allocate(8).order(order);
      source.readFully(tag, at);
      int type = tag.getInt(0);
      long bytes = Integer.toUnsignedLong(tag.getInt(4));
      long from = at + 8;
      if (bytes > source.size() - from) {
        throw bad(at, "%d bytes".formatted(bytes), "the end of the file: it is truncated");
      }
      MatArray array = type == COMPRESSED || type == MATRIX ? array(type, from, bytes) : null;
      if (array != null) {
        found.put(array.name(), array);
      }
      at = from + bytes;
    }
    return found;
  }

  /** Null for what is no array of numbers. */
  private MatArray array(int type, long from, long bytes) throws IOException {
    try (Counted in = new Counted(open(type, from, bytes))) {
      if (type == COMPRESSED && in.tag().type != MATRIX) {
        return null;
      }
      ByteBuffer flags = in.small(in.tag());
      ByteBuffer extents = in.small(in.tag());
      String name = new String(in.small(in.tag()).array(), StandardCharsets.ISO_8859_1);
      int kind = flags.capacity() < 4 ? 0 : flags.getInt(0) & 0xff;
      if (kind < MatArray.FIRST_NUMBERS || kind > MatArray.LAST_NUMBERS) {
        return null;
      }
      long[] shape = new long[extents.capacity() / 4];
      long elements = 1;
      for (int i = 0; i < shape.length; i++) {
        shape[i] = Integer.toUnsignedLong(extents.getInt(4 * i));
        elements = Math.multiplyExact(elements, shape[i]);
      }
      Tag data = in.tag();
      long room = type == COMPRESSED ? Math.multiplyExact(bytes, MOST_INFLATED) : bytes;
      int width = MatArray.width(data.type);
      if (width == 0 || data.bytes != elements * width || data.bytes > room) {
        throw bad(
            from,
            "array %s of %d numbers".formatted(ByteSource.printable(name, 20), elements),
            "%d bytes of type %d".formatted(data.bytes, data.type));
      }
      long skip = in.read;
      Payload payload =
          type == COMPRESSED
              ? Payload.decoded(
                  source, from, data.bytes, () -> content(type, from, bytes, skip, data.bytes))
              : Payload.direct(source, from + skip, data.bytes);
      return new MatArray(name, shape, data.type, order, payload);
    } catch (EOFException | ZipException | ArithmeticException e) {
      throw bad(from, "an intact array", e.getMessage() == null ? "its end" : e.getMessage());
    }
  }

  private InputStream open(int type, long from, long bytes) {
    InputStream stored = new Payload.SourceStream(source, from, from + bytes);
    return type == COMPRESSED ? new InflaterInputStream(stored) : stored;
  }

  /** The content of an array alone; at its end the rest is read, where a checksum is compared. */
  private InputStream content(int type, long from, long bytes, long skip, long length)
      throws IOException {
    InputStream in = open(type, from, bytes);
    in.skipNBytes(skip);
    return new InputStream() {
      private long left = length;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
      }

      @Override
      public int read(byte[] into, int at, int most) throws IOException {
        if (left == 0) {
          in.transferTo(OutputStream.nullOutputStream());
          return -1;
        }
        int read = in.read(into, at, (int) Math.min(most, left));
        left -= Math.max(0, read);
        return read;
      }

      @Override
      public void close() throws IOException {
        in.close();
      }
    };
  }

  private BadDataException bad(long offset, String expected, String found) {
    return new BadDataException(source.name(), source.where(offset), expected, found);
  }

  /** What stands before an element; of one of at most four bytes also these. */
  private record Tag(int type, long bytes, byte[] inPlaceOrNull) {}

  /** Counts what is read of it. */
  private final class Counted implements AutoCloseable {
    private final InputStream in;
    private long read;

    private Counted(InputStream in) {
      this.in = in;
    }

    private ByteBuffer bytes(int count) throws IOException {
      byte[] bytes = in.readNBytes(count);
      if (bytes.length < count) {
        throw new EOFException();
      }
      read += count;
      return ByteBuffer.wrap(bytes).order(order);
    }

    private Tag tag() throws IOException {
      int first = bytes(4).getInt();
      int count = first >>> 16;
      if (count == 0) {
        return new Tag(first, Integer.toUnsignedLong(bytes(4).getInt()), null);
      }
      return new Tag(first & 0xffff, count, bytes(4).array());
    }

    /** An element of the head, with what pads it to eight bytes. */
    private ByteBuffer small(Tag tag) throws IOException {
      if (tag.bytes > (tag.inPlaceOrNull == null ? 1024 : 4)) {
        throw new ZipException("an element of %d bytes in the head".formatted(tag.bytes));
      }
      byte[] content =
          tag.inPlaceOrNull == null
              ? bytes((int) (tag.bytes + 7) / 8 * 8).array()
              : tag.inPlaceOrNull;
      return ByteBuffer.wrap(Arrays.copyOf(content, (int) tag.bytes)).order(order);
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
