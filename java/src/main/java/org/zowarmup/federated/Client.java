package org.zowarmup.federated;

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
    LOW
  }
}
