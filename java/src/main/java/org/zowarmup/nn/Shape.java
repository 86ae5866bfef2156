package org.zowarmup.nn;

/**
 * The shape of one sample's activation, stored [height, width, channels] (NHWC without the N). A
 * flat vector of n features is [1, 1, n].
 */
public record Shape(int height, int width, int channels) {
  public Shape {
    if (height < 1 || width < 1 || channels < 1) {
      throw new IllegalArgumentException(
          "shape " + height + "x" + width + "x" + channels + ": every extent must be at least 1");
    }
  }

  public static Shape flat(int features) {
    return new Shape(1, 1, features);
  }

  public int elements() {
    return Math.multiplyExact(Math.multiplyExact(height, width), channels);
  }

  public int pixels() {
    return height * width;
  }

  @Override
  public String toString() {
    return height + "x" + width + "x" + channels;
  }
}
