package org.zowarmup.data.format.numpy;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.bytes.Payload;
import org.zowarmup.error.BadDataException;

/**
 * An array whose content is not read yet.
 *
 * @param name of the array, for messages
 * @param shape extents, none negative
 * @param fortran whether the first index runs fastest; else, in C order, the last
 * @param payload the content; its length fits type and shape where it is known
 */
public record NumpyArray(String name, Type type, long[] shape, boolean fortran, Payload payload) {
  /** Extents that any reader here can use; more is a damaged file. */
  private static final int MAX_DIMENSIONS = 32;

  /**
   * @throws BadDataException if the content has not the length that type and shape make
   */
  public NumpyArray {
    long bytes = bytes(shape, type.bytes());
    ByteSource source = payload.source();
    if (bytes < 0) {
      throw new BadDataException(
          source.name(),
          source.where(payload.offset()),
          "a shape that a file can hold for array " + name,
          show(shape));
    }
    if (payload.bytes() >= 0 && payload.bytes() != bytes) {
      throw new BadDataException(
          source.name(),
          source.where(payload.offset()),
          "%d bytes for array %s of %s, %s".formatted(bytes, name, show(shape), type),
          String.valueOf(payload.bytes()));
    }
  }

  /** -1 where the product is beyond all files. */
  private static long bytes(long[] shape, long elementBytes) {
    long bytes = elementBytes;
    if (shape.length > MAX_DIMENSIONS) {
      return -1;
    }
    for (long extent : shape) {
      if (extent < 0 || (extent != 0 && bytes > Long.MAX_VALUE / 2 / extent)) {
        return -1;
      }
      bytes *= extent;
    }
    return bytes;
  }

  public long bytes() {
    return bytes(shape, type.bytes());
  }

  public static String show(long[] shape) {
    return Arrays.stream(shape)
        .mapToObj(String::valueOf)
        .collect(Collectors.joining(", ", "[", "]"));
  }

  /** An error about this array. */
  public BadDataException bad(String expected, String found) {
    ByteSource source = payload.source();
    return new BadDataException(source.name(), source.where(payload.offset()), expected, found);
  }

  /**
   * The array as int values: one dimension, or a second of extent 1.
   *
   * @param maxCount more elements than this are refused before anything is allocated
   * @throws BadDataException if it holds no whole numbers of int's range, or is cut off
   */
  public int[] toInts(long maxCount) {
    boolean oneColumn = shape.length == 1 || (shape.length == 2 && shape[1] == 1);
    boolean numbers = type.isInteger() || type.isFloating();
    if (!oneColumn || !numbers || shape[0] > maxCount) {
      String advice =
          type.isText()
              ? ": text; number it with numpy.unique(y, return_inverse=True)[1]"
              : shape.length == 2 && numbers
                  ? "; of one-hot labels take numpy.argmax(y, axis=1)"
                  : "";
      throw bad(
          "array %s of at most %d whole numbers".formatted(name, maxCount),
          "%s, %s%s".formatted(show(shape), type, advice));
    }
    int[] values = new int[(int) shape[0]];
    try (DataInputStream in = new DataInputStream(payload.open())) {
      for (int i = 0; i < values.length; i++) {
        double value = number(in);
        if (value != (int) value) {
          throw bad("array %s with whole numbers of 32 bits".formatted(name), shown(value));
        }
        values[i] = (int) value;
      }
      return values;
    } catch (EOFException e) {
      throw bad("%d values of array %s".formatted(values.length, name), "the end of the file");
    } catch (IOException e) {
      throw payload.source().unreadable(e);
    }
  }

  /**
   * The array as 32-bit floats, row-major; doubles are rounded.
   *
   * @throws BadDataException if it holds no floating-point numbers, or is cut off
   */
  public float[] toFloats() {
    if (type.kind() != 'f' || type.bytes() > Double.BYTES || bytes() > Integer.MAX_VALUE) {
      throw bad(
          "array %s of float16, float32 or float64, at most 2147483647 bytes".formatted(name),
          "%s, %s".formatted(show(shape), type));
    }
    try (DataInputStream in = new DataInputStream(payload.open())) {
      byte[] bytes = in.readNBytes((int) bytes());
      if (bytes.length < bytes()) {
        throw bad("%d bytes of array %s".formatted(bytes(), name), "the end of the file");
      }
      return type.floats(ByteBuffer.wrap(bytes));
    } catch (IOException e) {
      throw payload.source().unreadable(e);
    }
  }

  private static String shown(double value) {
    return value == (long) value
        ? String.valueOf((long) value)
        : String.format(Locale.ROOT, "%.3f", value);
  }

  /**
   * Pixels as bytes in C order: itself where it is that; else read to memory. Whole numbers from 0
   * to 255 stay what they are, floating-point numbers from 0 to 1 become the nearest of 255 levels,
   * false and true 0 and 255.
   *
   * @throws BadDataException if it holds anything else
   */
  public NumpyArray asBytes() {
    if (type.isUint8() && !fortran) {
      return this;
    }
    boolean numbers = type.isInteger() || type.isFloating() || type.kind() == 'b';
    long count = bytes() / type.bytes();
    if (!numbers || count > Integer.MAX_VALUE - 8) {
      throw bad(
          "array %s of at most %d numbers".formatted(name, Integer.MAX_VALUE - 8),
          "%s, %s".formatted(show(shape), type));
    }
    double scale = type.kind() == 'b' ? 255 : type.isUint8() ? 1 : scale((int) count);
    byte[] levels = new byte[(int) count];
    int[] at = new int[shape.length];
    try (DataInputStream in = new DataInputStream(payload.open())) {
      for (int i = 0; i < levels.length; i++) {
        levels[fortran ? place(at) : i] = (byte) Math.round(number(in) * scale);
      }
    } catch (EOFException e) {
      throw bad("%d values of array %s".formatted(count, name), "the end of the file");
    } catch (IOException e) {
      throw payload.source().unreadable(e);
    }
    ByteSource memory = new ByteSource.OfArray(payload.source().name(), levels);
    return new NumpyArray(
        name, Type.parse("|u1"), shape, false, Payload.direct(memory, 0, levels.length));
  }

  /**
   * The place in C order of the element at these indices, which then move on, the first fastest.
   */
  private int place(int[] at) {
    int place = 0;
    for (int d = 0; d < at.length; d++) {
      place = place * (int) shape[d] + at[d];
    }
    for (int d = 0; d < at.length && ++at[d] == shape[d]; d++) {
      at[d] = 0;
    }
    return place;
  }

  /** What makes levels of the values: 1 of levels, 255 of fractions. */
  private double scale(int count) {
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    boolean whole = true;
    boolean numbers = true;
    try (DataInputStream in = new DataInputStream(payload.open())) {
      for (int i = 0; i < count; i++) {
        double value = number(in);
        numbers &= !Double.isNaN(value);
        least = Math.min(least, value);
        most = Math.max(most, value);
        whole &= value == Math.rint(value);
      }
    } catch (EOFException e) {
      throw bad("%d values of array %s".formatted(count, name), "the end of the file");
    } catch (IOException e) {
      throw payload.source().unreadable(e);
    }
    boolean fractions = type.isFloating() && most <= 1;
    if (count > 0 && (!numbers || least < 0 || most > 255 || !(whole || fractions))) {
      throw bad(
          "array %s of pixels, whole from 0 to 255 or fractions from 0 to 1".formatted(name),
          numbers
              ? "%s from %s to %s; %s"
                  .formatted(
                      whole ? "values" : "fractions",
                      shown(least),
                      shown(most),
                      least < 0
                          ? "undo the normalization, or write (x * 255).round().astype('uint8')"
                          : "write x.round().astype('uint8')")
              : "NaN");
    }
    return fractions ? 255 : 1;
  }

  private double number(DataInputStream in) throws IOException {
    if (type.kind() == 'b') {
      return in.readUnsignedByte() == 0 ? 0 : 1;
    }
    long raw = element(in);
    if (!type.isFloating()) {
      return type.kind() == 'u' && raw < 0 ? 0x1p63 * 2 : raw;
    }
    return switch (type.bytes()) {
      case 2 -> half((int) raw);
      case 4 -> Float.intBitsToFloat((int) raw);
      default -> Double.longBitsToDouble(raw);
    };
  }

  /** IEEE 754 binary16. */
  private static double half(int bits) {
    int exponent = bits >> 10 & 0x1f;
    int fraction = bits & 0x3ff;
    double value =
        exponent == 0
            ? fraction * 0x1p-24
            : exponent == 0x1f
                ? fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN
                : Math.scalb(1 + fraction / 1024.0, exponent - 15);
    return (bits & 0x8000) == 0 ? value : -value;
  }

  private long element(DataInputStream in) throws IOException {
    long value = 0;
    for (int b = 0; b < type.bytes(); b++) {
      long next = in.readUnsignedByte();
      value = type.bigEndian() ? (value << 8) | next : value | (next << (8 * b));
    }
    int unused = 64 - 8 * type.bytes();
    return type.kind() == 'i' ? value << unused >> unused : value;
  }

  /**
   * An element type of fixed size.
   *
   * @param kind numpy's letter: u unsigned, i signed, f floating point, b boolean, and what we only
   *     name: O objects, S and U text, V records, c complex, M and m times
   * @param bytes of an element
   * @param bigEndian order of its bytes
   */
  public record Type(char kind, int bytes, boolean bigEndian) {
    private static final Pattern TEXT = Pattern.compile("([<>|=]?)([a-zA-Z])(\\d{0,9})(\\[.*\\])?");

    /**
     * @param text such as {@code |u1} or {@code <i8}
     * @return null where this is not a type of one element
     */
    public static Type parse(String text) {
      Matcher matcher = TEXT.matcher(text);
      if (!matcher.matches()) {
        return null;
      }
      char kind = matcher.group(2).charAt(0);
      String digits = matcher.group(3);
      if (kind == '?') {
        return new Type('b', 1, false);
      }
      int bytes = digits.isEmpty() ? (kind == 'O' ? 8 : 1) : Integer.parseInt(digits);
      // text is four bytes a character
      return new Type(kind, kind == 'U' ? 4 * bytes : bytes, matcher.group(1).equals(">"));
    }

    Type withBigEndian(boolean big) {
      return new Type(kind, bytes, big);
    }

    /** This type with the order of bytes that a pickle states: {@code <}, {@code >}, | or =. */
    public Type ordered(String order) {
      return withBigEndian(order.equals(">"));
    }

    /**
     * Floats of 2, 4 or 8 bytes as they lie in memory.
     *
     * @param values read to the end, in this type's order of bytes
     */
    public float[] floats(ByteBuffer values) {
      values.order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
      float[] floats = new float[values.remaining() / bytes];
      for (int i = 0; i < floats.length; i++) {
        floats[i] =
            switch (bytes) {
              case Short.BYTES -> ofHalf(values.getShort());
              case Float.BYTES -> values.getFloat();
              default -> (float) values.getDouble();
            };
      }
      return floats;
    }

    /** IEEE 754's binary16: a sign, 5 bits of exponent, 10 of fraction. */
    private static float ofHalf(short half) {
      int exponent = (half >> 10) & 0x1F;
      int fraction = half & 0x3FF;
      float magnitude =
          switch (exponent) {
            case 0 -> fraction * 0x1p-24f;
            case 0x1F -> fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
            default -> Float.intBitsToFloat((exponent + 112) << 23 | fraction << 13);
          };
      return half < 0 ? -magnitude : magnitude;
    }

    public boolean isUint8() {
      return kind == 'u' && bytes == 1;
    }

    public boolean isInteger() {
      return (kind == 'u' || kind == 'i') && (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8);
    }

    public boolean isFloating() {
      return kind == 'f' && (bytes == 2 || bytes == 4 || bytes == 8);
    }

    public boolean isText() {
      return kind == 'U' || kind == 'S' || kind == 'a';
    }

    /** Objects, for which a reader would have to run what the file says. */
    public boolean isObject() {
      return kind == 'O';
    }

    /** As people write it. */
    @Override
    public String toString() {
      return switch (kind) {
        case 'u' -> "uint" + 8 * bytes;
        case 'i' -> "int" + 8 * bytes;
        case 'f' -> "float" + 8 * bytes;
        case 'b' -> "bool";
        case 'O' -> "object";
        case 'c' -> "complex" + 8 * bytes;
        case 'S', 'a' -> "bytes of length " + bytes;
        case 'U' -> "text of length " + bytes / 4;
        default -> String.format(Locale.ROOT, "type %c%d", kind, bytes);
      };
    }
  }
}
