package org.zowarmup.federated;

import java.util.Locale;

/**
 * A client and its data.
 *
 * @param id from 0; part of the names of its random streams
 * @param train indices of its training images
 * @param validation indices of the training set's images that it holds back
 */
public record Client(int id, Type type, int[] train, int[] validation) {

  /** The classes of clients, by what they can do. */
  public enum Type {
    /** Back-propagates and sends whole models. */
    HIGH,
    /** Runs forward passes and sends scalars. */
    LOW;

    /** As files of a run name it. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Of such a word; IllegalArgumentException for any other. */
    public static Type of(String word) {
      for (Type type : values()) {
        if (type.word().equals(word)) {
          return type;
        }
      }
      throw new IllegalArgumentException("a client of class " + word);
    }
  }
}
