package org.zowarmup.device.reference;

import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.nn.Shape;

/** Images used in place. */
final class ReferenceImages implements ResidentImages {
  private final ReferenceDevice device;
  private final ImagePixels pixels;
  private boolean closed;

  ReferenceImages(ReferenceDevice device, ImagePixels pixels) {
    this.device = device;
    this.pixels = pixels;
  }

  ImagePixels pixels() {
    return pixels;
  }

  @Override
  public int count() {
    return pixels.labels().length;
  }

  @Override
  public Shape shape() {
    return pixels.shape();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      device.released();
    }
  }
}
