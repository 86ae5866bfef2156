package org.zowarmup.device.cuda;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.nn.Shape;

/** Pixels, labels and the normalization table in device memory. */
final class CudaImages implements ResidentImages {
  private final CudaDevice device;
  private final Shape shape;
  private final int count;
  private final DeviceMemory pixels;
  private final DeviceMemory labels;
  private final DeviceMemory table;
  private boolean closed;

  CudaImages(CudaDevice device, ImagePixels images) {
    this.device = device;
    this.shape = images.shape();
    this.count = images.labels().length;
    CudaContext context = device.context();
    this.pixels = new DeviceMemory(context, "images", images.pixels().capacity());
    this.labels = new DeviceMemory(context, "labels", (long) Integer.BYTES * count);
    this.table =
        new DeviceMemory(
            context, "normalization", (long) Float.BYTES * images.normalization().length);
    try (IntPointer hostLabels = new IntPointer(images.labels());
        FloatPointer hostTable = new FloatPointer(images.normalization())) {
      device.withStream(
          stream -> {
            stream.toDevice(pixels.address(), images.pixels().address(), pixels.bytes());
            stream.toDevice(labels.address(), hostLabels.address(), labels.bytes());
            stream.toDevice(table.address(), hostTable.address(), table.bytes());
          });
    }
  }

  long pixels() {
    return pixels.address();
  }

  long labels() {
    return labels.address();
  }

  long table() {
    return table.address();
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      pixels.close();
      labels.close();
      table.close();
      device.released();
    }
  }
}
