package org.zowarmup.device;

import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.nn.Shape;

/**
 * The images of a fixture as an augmented job sees them, made the long way: padded with zero bytes,
 * cropped, mirrored. Image i is position i of the job.
 */
final class AugmentedImages implements AutoCloseable {
  private final BytePointer pixels;
  private final ResidentImages images;

  AugmentedImages(Fixture fixture, int[] samples, Augmentation augmentation) {
    Shape shape = fixture.graph.input();
    byte[] all = new byte[samples.length * shape.elements()];
    int[] labels = new int[samples.length];
    ImagePixels source = fixture.uploaded;
    for (int i = 0; i < samples.length; i++) {
      labels[i] = source.labels()[samples[i]];
      byte[] image = new byte[shape.elements()];
      source.pixels().position((long) samples[i] * shape.elements()).get(image);
      byte[] seen = seen(image, shape, augmentation.window(i));
      System.arraycopy(seen, 0, all, i * shape.elements(), seen.length);
    }
    source.pixels().position(0);
    this.pixels = new BytePointer(all);
    this.images =
        fixture.device.upload(new ImagePixels(pixels, shape, labels, source.normalization()));
  }

  ResidentImages images() {
    return images;
  }

  private static byte[] seen(byte[] image, Shape shape, Augmentation.Window window) {
    int pad = Augmentation.PAD;
    int channels = shape.channels();
    byte[][][] padded = new byte[shape.height() + 2 * pad][shape.width() + 2 * pad][channels];
    for (int y = 0; y < shape.height(); y++) {
      for (int x = 0; x < shape.width(); x++) {
        System.arraycopy(
            image, (y * shape.width() + x) * channels, padded[y + pad][x + pad], 0, channels);
      }
    }
    byte[] seen = new byte[image.length];
    for (int y = 0; y < shape.height(); y++) {
      for (int x = 0; x < shape.width(); x++) {
        int column = window.flip() ? shape.width() - 1 - x : x;
        byte[] pixel = padded[pad + window.dy() + y][pad + window.dx() + column];
        System.arraycopy(pixel, 0, seen, (y * shape.width() + x) * channels, channels);
      }
    }
    return seen;
  }

  @Override
  public void close() {
    images.close();
    pixels.close();
  }
}
