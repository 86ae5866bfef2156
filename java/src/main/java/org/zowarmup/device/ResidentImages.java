package org.zowarmup.device;

import org.zowarmup.nn.Shape;

/** Images and labels in a device's memory, uploaded once; close it before its device. */
public interface ResidentImages extends AutoCloseable {
  int count();

  Shape shape();

  @Override
  void close();
}
