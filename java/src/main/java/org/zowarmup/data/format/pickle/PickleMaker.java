package org.zowarmup.data.format.pickle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.numpy.NumpyArray;
import org.zowarmup.error.BadDataException;

/**
 * Carries out REDUCE and BUILD on the names that are allowed: the ways in which numpy writes arrays
 * and single numbers.
 *
 * @param at offset of the opcode, for messages
 */
record PickleMaker(PickleInput in, long at) {
  /**
   * An array or element type on its way: made by REDUCE, filled by BUILD, and shared by the memo.
   */
  private static final class Draft {
    private NumpyArray.Type type;
    private NumpyArray array;
  }

  Object reduce(Object callable, Object arguments) {
    if (!(callable instanceof AllowedName global) || !(arguments instanceof List<?> given)) {
      throw bad("a name and a tuple", describe(callable) + " and " + describe(arguments));
    }
    return switch (global) {
      case RECONSTRUCT -> new Draft();
      case DTYPE -> dtype(given);
      case FROM_BUFFER -> fromBuffer(given);
      case SCALAR -> scalar(given);
      case ENCODE -> encode(given);
      case BYTES -> emptyBytes(given);
      case ORDERED_DICT -> orderedDict(given);
      case NDARRAY -> throw bad("numpy's own way to make an array", "a call of numpy.ndarray");
    };
  }

  Object build(Object target, Object state) {
    if (!(target instanceof Draft draft) || !(state instanceof List<?> given)) {
      throw bad("a numpy array or type and its state", describe(target) + ", " + describe(state));
    }
    if (draft.type != null) {
      return order(draft, given);
    }
    // version, shape, type, whether in Fortran order, content; the first files had no version
    int first = given.size() == 5 ? 1 : 0;
    if (given.size() - first != 4 || !(given.get(first + 2) instanceof Boolean fortran)) {
      throw bad(
          "the state of a numpy array: version, shape, type, order, content", describe(state));
    }
    NumpyArray.Type type = type(given.get(first + 1));
    draft.array = array(type, shape(given.get(first)), fortran, given.get(first + 3));
    return draft.array;
  }

  /** Returns the array that a remembered draft has become since. */
  static Object finished(Object value) {
    return value instanceof Draft draft && draft.array != null ? draft.array : value;
  }

  private static Object at(List<?> values, int index) {
    return index < values.size() ? values.get(index) : null;
  }

  private Draft dtype(List<?> given) {
    Draft draft = new Draft();
    String text = textOf(at(given, 0));
    draft.type = text == null ? null : NumpyArray.Type.parse(text);
    if (draft.type == null) {
      throw bad("the name of an element type, such as u1", describe(at(given, 0)));
    }
    return draft;
  }

  /** State of a type: version, order of bytes, and four more that only compound types use. */
  private Draft order(Draft draft, List<?> given) {
    String order = textOf(at(given, 1));
    if (order == null || order.length() != 1 || "<>|=".indexOf(order.charAt(0)) < 0) {
      throw bad("the state of an element type: version, order of bytes, ...", describe(given));
    }
    if (at(given, 2) != null || at(given, 3) != null || at(given, 4) != null) {
      throw bad("an element type of single numbers", "a compound type");
    }
    draft.type = draft.type.ordered(order);
    return draft;
  }

  private NumpyArray.Type type(Object value) {
    if (!(value instanceof Draft draft) || draft.type == null) {
      throw bad("a numpy element type", describe(value));
    }
    return draft.type;
  }

  private long[] shape(Object value) {
    Object extents = value instanceof Long one ? List.of(one) : value;
    if (!(extents instanceof List<?> list)) {
      throw bad("the shape of a numpy array as a tuple", describe(value));
    }
    long[] shape = new long[list.size()];
    for (int i = 0; i < shape.length; i++) {
      if (!(list.get(i) instanceof Long extent) || extent < 0) {
        throw bad("extents of 0 and more", describe(list.get(i)));
      }
      shape[i] = extent;
    }
    return shape;
  }

  private NumpyArray array(NumpyArray.Type type, long[] shape, boolean fortran, Object content) {
    if (type.isObject() || content instanceof PickleReader.Items) {
      throw bad(
          "a numpy array of numbers", "an array of objects, for which code would have to run");
    }
    if (!(content instanceof PickleBytes bytes)) {
      throw bad("the content of a numpy array as bytes", describe(content));
    }
    return new NumpyArray(
        "of the pickle", type, shape, fortran && shape.length > 1, bytes.payload());
  }

  /** Arguments: buffer, type, shape, order. */
  private NumpyArray fromBuffer(List<?> given) {
    String order = textOf(at(given, 3));
    if (order == null) {
      throw bad("buffer, type, shape and order of a numpy array", describe(given));
    }
    NumpyArray.Type type = type(at(given, 1));
    return array(type, shape(at(given, 2)), order.equals("F"), at(given, 0));
  }

  /** Arguments: type, bytes. */
  private Object scalar(List<?> given) {
    NumpyArray.Type type = type(at(given, 0));
    boolean isShort = at(given, 1) instanceof PickleBytes bytes && bytes.isShort();
    byte[] content = isShort ? ((PickleBytes) given.get(1)).content() : new byte[0];
    if (content.length != type.bytes() || content.length > 8 || content.length == 0) {
      throw bad("a number of %s in %d bytes".formatted(type, type.bytes()), describe(at(given, 1)));
    }
    ByteBuffer eight =
        ByteBuffer.allocate(8)
            .order(type.bigEndian() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    // Where the number is short of eight bytes, the rest lies at its upper end.
    int from = type.bigEndian() ? 8 - content.length : 0;
    eight.put(from, content);
    long raw = eight.getLong(0);
    int unused = 64 - 8 * content.length;
    return switch (type.kind()) {
      case 'i' -> raw << unused >> unused;
      case 'u' -> raw;
      case 'b' -> raw != 0;
      case 'f' -> floating(raw, content.length);
      default -> throw bad("a number", type.toString());
    };
  }

  private Double floating(long raw, int bytes) {
    return switch (bytes) {
      case 8 -> Double.longBitsToDouble(raw);
      case 4 -> (double) Float.intBitsToFloat((int) raw);
      default -> throw bad("a number of 4 or 8 bytes", bytes + " bytes");
    };
  }

  /** Decodes its arguments: text whose characters are bytes, and the encoding that says so. */
  private PickleBytes encode(List<?> given) {
    String encoding = textOf(at(given, 1));
    if (!"latin1".equals(encoding) && !"latin-1".equals(encoding)) {
      throw bad("bytes written as text in latin1", describe(at(given, 1)));
    }
    if (at(given, 0) instanceof String text) {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      // Read back from an array of its own; what the file holds is UTF-8.
      return PickleBytes.of(bytes, in.source().name());
    }
    if (at(given, 0) instanceof PickleBytes longText && longText.isText()) {
      return longText;
    }
    throw bad("text that encodes bytes", describe(at(given, 0)));
  }

  private PickleBytes emptyBytes(List<?> given) {
    if (!given.isEmpty()) {
      throw bad("empty bytes", "a call of bytes with arguments");
    }
    return PickleBytes.of(new byte[0], in.source().name());
  }

  /** Arguments: none, or a list of pairs as Python 2 wrote it. */
  private PickleReader.Dict orderedDict(List<?> given) {
    PickleReader.Dict dict = new PickleReader.Dict();
    if (given.isEmpty()) {
      return dict;
    }
    if (!(given.get(0) instanceof PickleReader.Items pairs)) {
      throw bad("the pairs of an OrderedDict", describe(given.get(0)));
    }
    for (int i = 0; i < pairs.size(); i++) {
      boolean isList = pairs.get(i) instanceof PickleReader.Items list && list.size() == 2;
      List<?> pair =
          isList
              ? java.util.Arrays.asList(
                  ((PickleReader.Items) pairs.get(i)).get(0),
                  ((PickleReader.Items) pairs.get(i)).get(1))
              : pairs.get(i) instanceof List<?> tuple ? tuple : List.of();
      if (pair.size() != 2) {
        throw bad("pairs of key and value", describe(pairs.get(i)));
      }
      dict.put(pair.get(0), pair.get(1));
    }
    return dict;
  }

  private static String textOf(Object value) {
    if (value instanceof PickleBytes bytes) {
      return bytes.isShort() ? bytes.text() : null;
    }
    return value instanceof String text ? text : null;
  }

  private BadDataException bad(String expected, String found) {
    return in.bad(at, expected, found);
  }

  /** A value in a few words. */
  static String describe(Object value) {
    if (value == null) {
      return "None";
    }
    if (value instanceof String text) {
      return "'" + ByteSource.printable(text, 40) + "'";
    }
    if (value instanceof Number || value instanceof Boolean) {
      return value.toString();
    }
    if (value instanceof PickleBytes) {
      return "bytes";
    }
    if (value instanceof PickleReader.Items) {
      return "a list";
    }
    if (value instanceof PickleReader.Dict) {
      return "a dict";
    }
    if (value instanceof List<?> tuple) {
      return "a tuple of " + tuple.size();
    }
    if (value instanceof NumpyArray array) {
      return "an array of %s, %s".formatted(NumpyArray.show(array.shape()), array.type());
    }
    return value instanceof AllowedName global ? "the name " + global : "something unfinished";
  }

  /**
   * The names that a pickle may mention, all of them steps in the making of a numpy array. A value
   * of this enum is the name alone; nothing is looked up or called.
   */
  enum AllowedName {
    /** Makes an empty array, which BUILD then fills (protocols 2 to 4). */
    RECONSTRUCT,
    /** Makes an array of a buffer (protocol 5). */
    FROM_BUFFER,
    /** A single number of an element type. */
    SCALAR,
    NDARRAY,
    DTYPE,
    /** Bytes that protocol 2 has to write as text. */
    ENCODE,
    /** Empty bytes in protocol 2. */
    BYTES,
    /** A dict, whose order is of no interest here. */
    ORDERED_DICT;

    private static final Map<String, AllowedName> BY_NAME = new HashMap<>();

    static {
      // numpy 2 renamed numpy.core to numpy._core.
      for (String core : new String[] {"numpy.core", "numpy._core"}) {
        BY_NAME.put(core + ".multiarray._reconstruct", RECONSTRUCT);
        BY_NAME.put(core + ".multiarray.scalar", SCALAR);
        BY_NAME.put(core + ".numeric._frombuffer", FROM_BUFFER);
      }
      BY_NAME.put("numpy.ndarray", NDARRAY);
      BY_NAME.put("numpy.dtype", DTYPE);
      BY_NAME.put("_codecs.encode", ENCODE);
      BY_NAME.put("__builtin__.bytes", BYTES);
      BY_NAME.put("builtins.bytes", BYTES);
      BY_NAME.put("collections.OrderedDict", ORDERED_DICT);
    }

    /** Null for any other name. */
    static AllowedName find(String module, String name) {
      return BY_NAME.get(module + "." + name);
    }
  }
}
