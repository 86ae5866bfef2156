package org.zowarmup.data;

import java.util.List;
import org.bytedeco.javacpp.BytePointer;

/** Images and labels, held once, off the Java heap. */
public final class ImageSet implements AutoCloseable {
  private final BytePointer pixels;
  private final int height;
  private final int width;
  private final int channels;
  private final int[] labels;
  private final List<String> classNames;
  private ChannelLevels levels;

  /**
   * @param pixels [count, height, width, channels] uint8, row-major, long-indexed; owned by this
   *     set
   * @param labels [count], each from 0 to classes - 1
   * @param classNames one name a class
   */
  public ImageSet(
      BytePointer pixels,
      int height,
      int width,
      int channels,
      int[] labels,
      List<String> classNames) {
    this(pixels, height, width, channels, labels, classNames, null);
  }

  /**
   * @param levels how often each value occurs, where that is known; null to count when asked
   */
  public ImageSet(
      BytePointer pixels,
      int height,
      int width,
      int channels,
      int[] labels,
      List<String> classNames,
      ChannelLevels levels) {
    long expected = (long) labels.length * height * width * channels;
    if (pixels.capacity() != expected) {
      throw new IllegalArgumentException(
          "pixels: expected %d bytes for %d images of %dx%dx%d, found %d"
              .formatted(expected, labels.length, height, width, channels, pixels.capacity()));
    }
    this.pixels = pixels;
    this.height = height;
    this.width = width;
    this.channels = channels;
    this.labels = labels;
    this.classNames = List.copyOf(classNames);
    this.levels = levels;
  }

  /** [count, height, width, channels] uint8; this set's, valid until it is closed. */
  public BytePointer pixels() {
    return pixels;
  }

  public int height() {
    return height;
  }

  public int width() {
    return width;
  }

  public int channels() {
    return channels;
  }

  /** [count], each from 0 to classes - 1; this set's own array. */
  public int[] labels() {
    return labels;
  }

  public List<String> classNames() {
    return classNames;
  }

  public int count() {
    return labels.length;
  }

  public int classes() {
    return classNames.size();
  }

  /** How often each pixel value occurs in each channel; counted once, when first asked for. */
  public synchronized ChannelLevels levels() {
    if (levels == null) {
      levels = ChannelLevels.of(this);
    }
    return levels;
  }

  @Override
  public void close() {
    pixels.close();
  }
}
