package org.zowarmup.data.format.matlab;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.bytes.Payload;
import org.zowarmup.error.BadDataException;

/**
 * An array of numbers in a MAT-file, its content not read yet.
 *
 * @param shape extents; the first one varies fastest
 * @param type of the numbers as they are stored, a code of the format
 */
public record MatArray(String name, long[] shape, int type, ByteOrder order, Payload payload) {
  /** Classes of arrays: double, single and whole numbers of 8 to 64 bits. */
  static final int FIRST_NUMBERS = 6;

  static final int LAST_NUMBERS = 15;

  private static final int INT8 = 1;
  private static final int UINT8 = 2;
  private static final int INT16 = 3;
  private static final int UINT16 = 4;
  private static final int INT32 = 5;
  private static final int UINT32 = 6;
  private static final int SINGLE = 7;
  private static final int DOUBLE = 9;

  /** Bytes of a number of a type; 0 for types that are not read. */
  static int width(int type) {
    return switch (type) {
      case INT8, UINT8 -> 1;
      case INT16, UINT16 -> 2;
      case INT32, UINT32, SINGLE -> 4;
      case DOUBLE -> 8;
      default -> 0;
    };
  }

  public boolean isBytes() {
    return type == UINT8;
  }

  /** The extents, for messages. */
  public String shown() {
    return "%s %s of %s"
        .formatted(
            ByteSource.printable(name, 20),
            Arrays.toString(shape),
            isBytes() ? "bytes" : "numbers of type " + type);
  }

  /**
   * All numbers as whole ones.
   *
   * @throws BadDataException if there are more than {@code most} or one is no whole number
   */
  public int[] toInts(int most) {
    int width = width(type);
    long count = payload.bytes() / width;
    ByteSource source = payload.source();
    if (count > most) {
      throw new BadDataException(
          source.name(), "", "at most %d labels in %s".formatted(most, shown()), "more");
    }
    try (InputStream in = payload.open()) {
      byte[] bytes = in.readNBytes((int) payload.bytes());
      if (bytes.length < payload.bytes() || in.read() >= 0) {
        throw new EOFException("a part of " + shown());
      }
      ByteBuffer numbers = ByteBuffer.wrap(bytes).order(order);
      int[] values = new int[(int) count];
      for (int i = 0; i < values.length; i++) {
        double value = number(numbers, i * width);
        values[i] = (int) value;
        if (values[i] != value) {
          throw new BadDataException(
              source.name(), "", "whole labels in " + shown(), String.valueOf(value));
        }
      }
      return values;
    } catch (IOException e) {
      throw source.unreadable(e);
    }
  }

  private double number(ByteBuffer from, int at) {
    return switch (type) {
      case INT8 -> from.get(at);
      case UINT8 -> Byte.toUnsignedInt(from.get(at));
      case INT16 -> from.getShort(at);
      case UINT16 -> Short.toUnsignedInt(from.getShort(at));
      case INT32 -> from.getInt(at);
      case UINT32 -> Integer.toUnsignedLong(from.getInt(at));
      case SINGLE -> from.getFloat(at);
      default -> from.getDouble(at);
    };
  }
}
