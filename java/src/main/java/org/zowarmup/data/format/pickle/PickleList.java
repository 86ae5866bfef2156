package org.zowarmup.data.format.pickle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A list. As long as its elements are ints they are kept as such: labels come by the million. */
public final class PickleList {
  private int[] ints = new int[16];
  private int size;
  private List<Object> objects;

  PickleList() {}

  void add(Object value) {
    if (objects == null && value instanceof Long number && number == number.intValue()) {
      if (size == ints.length) {
        ints = Arrays.copyOf(ints, size + size / 2);
      }
      ints[size++] = number.intValue();
      return;
    }
    if (objects == null) {
      objects = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        objects.add((long) ints[i]);
      }
      ints = new int[0];
    }
    objects.add(value);
    size++;
  }

  public int size() {
    return size;
  }

  public Object get(int index) {
    return objects == null ? (Object) (long) ints[index] : objects.get(index);
  }

  /** The elements, or null if they are not all whole numbers of 32 bits. */
  public int[] toInts() {
    if (objects == null) {
      return Arrays.copyOf(ints, size);
    }
    int[] values = new int[size];
    for (int i = 0; i < size; i++) {
      if (!(objects.get(i) instanceof Long number) || number != number.intValue()) {
        return null;
      }
      values[i] = number.intValue();
    }
    return values;
  }
}
