package org.zowarmup.data.format.numpy;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.error.BadDataException;

/**
 * The start of an npy file: magic 93 'NUMPY', version, length of the header, and a Python dict of
 * type, order and shape.
 *
 * @param bytes how long the whole of it is; the content follows
 */
record NpyHeader(NumpyArray.Type type, long[] shape, int bytes) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int MAX_HEADER = 1 << 16;

  private static final Pattern DICT =
      Pattern.compile(
          "\\{'descr': (?<descr>'[^']{1,20}'|\\[.*\\]), 'fortran_order': (?<fortran>True|False),"
              + " 'shape': \\((?<shape>[0-9, L]{0,400})\\),? ?\\}\\s*");

  /** Says whether bytes start as an npy file does. */
  static boolean isMagic(byte[] start) {
    return start.length >= MAGIC.length && Arrays.equals(MAGIC, 0, 6, start, 0, 6);
  }

  /**
   * @param in the file from its start; read up to its content
   * @param array name for messages
   * @param where the source and its place names, for messages
   */
  static NpyHeader read(InputStream in, String array, ByteSource where) {
    DataInputStream data = new DataInputStream(in);
    try {
      byte[] magic = data.readNBytes(MAGIC.length);
      if (!isMagic(magic)) {
        throw bad(where, 0, "the magic of an npy file (93 'NUMPY')", show(magic));
      }
      int version = data.readUnsignedByte();
      data.readUnsignedByte(); // minor, 0 so far
      if (version < 1 || version > 3) {
        throw bad(where, 6, "npy version 1 to 3", String.valueOf(version));
      }
      int length = Short.toUnsignedInt(Short.reverseBytes(data.readShort()));
      int start = 10;
      if (version > 1) {
        length |= Short.toUnsignedInt(Short.reverseBytes(data.readShort())) << 16;
        start = 12;
      }
      if (length < 0 || length > MAX_HEADER) {
        throw bad(
            where, 8, "a header of at most %d bytes".formatted(MAX_HEADER), length + " bytes");
      }
      byte[] text = new byte[length];
      data.readFully(text);
      String header = new String(text, StandardCharsets.ISO_8859_1);
      return parse(header, array, where, start);
    } catch (EOFException e) {
      throw bad(where, where.size(), "the header of an npy file", "the end: it is truncated");
    } catch (IOException e) {
      throw where.unreadable(e);
    }
  }

  private static NpyHeader parse(String header, String array, ByteSource where, int start) {
    Matcher matcher = DICT.matcher(header);
    if (!matcher.matches()) {
      throw bad(
          where,
          start,
          "a header {'descr': ..., 'fortran_order': ..., 'shape': (...)}",
          printable(header.strip()));
    }
    String descr = matcher.group("descr");
    NumpyArray.Type type =
        descr.startsWith("[")
            ? null
            : NumpyArray.Type.parse(descr.substring(1, descr.length() - 1));
    if (type == null || type.isObject()) {
      throw bad(
          where,
          start,
          "array %s of numbers".formatted(array),
          type == null
              ? "the type " + printable(descr)
              : "objects, for which code would have to run");
    }
    long[] shape = shape(matcher.group("shape"), where, start);
    if (matcher.group("fortran").equals("True") && shape.length > 1) {
      throw bad(
          where,
          start,
          "array %s in C order (rows first)".formatted(array),
          "Fortran order; write it with numpy.ascontiguousarray");
    }
    return new NpyHeader(type, shape, start + header.length());
  }

  private static long[] shape(String text, ByteSource where, int start) {
    try {
      return Arrays.stream(text.split(",", -1))
          .map(extent -> extent.replace('L', ' ').strip()) // Python 2 wrote 10L
          .filter(extent -> !extent.isEmpty())
          .mapToLong(Long::parseLong)
          .toArray();
    } catch (NumberFormatException e) {
      throw bad(where, start, "a shape of whole numbers", printable(text));
    }
  }

  private static String printable(String text) {
    String shown = text.replaceAll("[^ -~]", "?");
    return shown.length() > 100 ? shown.substring(0, 100) + "..." : shown;
  }

  private static String show(byte[] magic) {
    return magic.length == 0 ? "an empty file" : Arrays.toString(magic);
  }

  private static BadDataException bad(
      ByteSource where, long offset, String expected, String found) {
    return new BadDataException(where.name(), where.where(offset), expected, found);
  }
}
