package org.zowarmup.data.format.pickle;

import java.util.HashMap;
import java.util.Map;

/**
 * The names that a pickle may mention, all of them steps in the making of a numpy array. A value of
 * this enum stands for the name; nothing is looked up or called.
 */
enum Global {
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
  BYTES;

  private static final Map<String, Global> BY_NAME = new HashMap<>();

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
  }

  /** Null for any other name. */
  static Global find(String module, String name) {
    return BY_NAME.get(module + "." + name);
  }
}
