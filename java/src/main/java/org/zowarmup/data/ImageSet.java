package org.zowarmup.data;

import java.util.List;
import org.bytedeco.javacpp.BytePointer;

/**
 * Images and labels, held once, off the Java heap.
 *
 * @param pixels [count, height, width, channels] uint8, row-major, long-indexed; owned by this set
 * @param labels [count], each from 0 to classes - 1
 * @param classNames one name a class
 */
public record ImageSet(
    BytePointer pixels, int height, int width, int channels, int[] labels, List<String> classNames)
    implements AutoCloseable {
  public ImageSet {
    classNames = List.copyOf(classNames);
    long expected = (long) labels.length * height * width * channels;
    if (pixels.capacity() != expected) {
      throw new IllegalArgumentException(
          "pixels: expected %d bytes for %d images of %dx%dx%d, found %d"
              .formatted(expected, labels.length, height, width, channels, pixels.capacity()));
    }
  }

  public int count() {
    return labels.length;
  }

  public int classes() {
    return classNames.size();
  }

  @Override
  public void close() {
    pixels.close();
  }
}
