package org.zowarmup.data.format.pickle;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A dict, with its keys as text: Python 2's strings arrive as bytes in Python 3, so {@code 'data'}
 * and {@code b'data'} are the same key. Keys that are no text are dropped with their values.
 */
public final class PickleDict {
  private final Map<String, Object> entries = new LinkedHashMap<>();

  PickleDict() {}

  void put(Object key, Object value) {
    if (key instanceof String text) {
      entries.put(text, value);
    } else if (key instanceof PickleBytes bytes && bytes.isShort()) {
      entries.put(bytes.text(), value);
    }
  }

  public Set<String> keys() {
    return entries.keySet();
  }

  /** Null where there is no such key, or None behind it. */
  public Object get(String key) {
    return entries.get(key);
  }
}
