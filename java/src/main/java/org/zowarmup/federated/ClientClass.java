package org.zowarmup.federated;

/** What a client can do. */
public enum ClientClass {
  /** Back-propagates and sends whole models. */
  HIGH,
  /** Runs forward passes and sends scalars. */
  LOW
}
