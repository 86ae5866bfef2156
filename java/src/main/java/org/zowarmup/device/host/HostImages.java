package org.zowarmup.device.host;

import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.nn.Shape;

/** Images used in place; only the normalization table is copied. */
public final class HostImages implements ResidentImages {
  private final HostDevice device;
  private final ImagePixels pixels;
  private final FloatPointer table;
  private boolean closed;

  HostImages(HostDevice device, ImagePixels pixels) {
    this.device = device;
    this.pixels = pixels;
    this.table = new FloatPointer(pixels.normalization());
  }

  public ImagePixels pixels() {
    return pixels;
  }

  /** The normalization, off the Java heap. */
  public FloatPointer table() {
    return table;
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
      table.close();
      device.released();
    }
  }
}
