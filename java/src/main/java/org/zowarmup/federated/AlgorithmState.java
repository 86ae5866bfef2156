package org.zowarmup.federated;

import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The state that an algorithm keeps between two rounds, as plain values by name: a checkpoint
 * stores it without knowing whose it is. All of it, to the bit: an algorithm that gets its state
 * back continues as if it had never stopped.
 */
public final class AlgorithmState {
  /** Of algorithms that keep nothing. */
  public static final AlgorithmState EMPTY = new AlgorithmState();

  private final SortedMap<String, float[]> vectors = new TreeMap<>();
  private final SortedMap<String, long[]> numbers = new TreeMap<>();

  /** This state with one more vector, for example a server optimizer's momentum [layout length]. */
  public AlgorithmState withVector(String name, float[] values) {
    AlgorithmState more = copyWithout(name);
    more.vectors.put(name, values.clone());
    return more;
  }

  /** This state with whole numbers more, for example a count of steps. */
  public AlgorithmState withNumbers(String name, long... values) {
    AlgorithmState more = copyWithout(name);
    more.numbers.put(name, values.clone());
    return more;
  }

  /** This state with fractions more; every bit of them is kept. */
  public AlgorithmState withFractions(String name, double... values) {
    long[] bits = new long[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Double.doubleToRawLongBits(values[i]);
    }
    return withNumbers(name, bits);
  }

  private AlgorithmState copyWithout(String name) {
    if (vectors.containsKey(name) || numbers.containsKey(name)) {
      throw new IllegalArgumentException("the state has a value " + name + " already");
    }
    AlgorithmState copy = new AlgorithmState();
    copy.vectors.putAll(vectors);
    copy.numbers.putAll(numbers);
    return copy;
  }

  /** A vector by name; IllegalArgumentException where there is none. */
  public float[] vector(String name) {
    return found(vectors, name).clone();
  }

  /** Whole numbers by name; IllegalArgumentException where there are none. */
  public long[] numbers(String name) {
    return found(numbers, name).clone();
  }

  /** Fractions by name; IllegalArgumentException where there are none. */
  public double[] fractions(String name) {
    long[] bits = found(numbers, name);
    double[] values = new double[bits.length];
    for (int i = 0; i < bits.length; i++) {
      values[i] = Double.longBitsToDouble(bits[i]);
    }
    return values;
  }

  private <V> V found(SortedMap<String, V> values, String name) {
    V value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("expected a value " + name + ", found " + names());
    }
    return value;
  }

  /** Names of all values. */
  public SortedSet<String> names() {
    SortedSet<String> names = new TreeSet<>(vectors.keySet());
    names.addAll(numbers.keySet());
    return names;
  }

  /** All vectors by name, not to be changed. */
  public SortedMap<String, float[]> allVectors() {
    return Collections.unmodifiableSortedMap(vectors);
  }

  /** All whole numbers and the bits of all fractions by name, not to be changed. */
  public SortedMap<String, long[]> allNumbers() {
    return Collections.unmodifiableSortedMap(numbers);
  }
}
