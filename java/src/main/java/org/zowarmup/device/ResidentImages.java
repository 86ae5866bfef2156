package org.zowarmup.device;

import java.util.Arrays;
import org.zowarmup.nn.Shape;

/** Images and labels in a device's memory, uploaded once; close it before its device. */
public interface ResidentImages extends AutoCloseable {
  int count();

  Shape shape();

  /** Refuses samples[from .. from + count) that are not indices of these images. */
  default void requireIndices(int[] samples, int from, int count) {
    int limit = count();
    for (int i = from; i < from + count; i++) {
      if (samples[i] < 0 || samples[i] >= limit) {
        throw new IndexOutOfBoundsException(
            "sample " + samples[i] + " of " + limit + " images, in " + Arrays.toString(samples));
      }
    }
  }

  @Override
  void close();
}
