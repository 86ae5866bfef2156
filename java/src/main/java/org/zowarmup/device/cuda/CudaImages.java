package org.zowarmup.device.cuda;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.Owned;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.cuda.driver.DeviceMemory;
import org.zowarmup.device.cuda.driver.DevicePointer;
import org.zowarmup.nn.Shape;

/** Pixels, labels and the normalization table in device memory. */
final class CudaImages implements ResidentImages {
  private final CudaDevice device;
  private final Shape shape;
  private final int count;
  private final DeviceMemory pixels;
  private final DeviceMemory labels;
  private final DeviceMemory table;
  private final Owned owned = new Owned();

  CudaImages(CudaDevice device, ImagePixels images) {
    this.device = device;
    this.shape = images.shape();
    this.count = images.labels().length;
    try (IntPointer hostLabels = new IntPointer(images.labels());
        FloatPointer hostTable = new FloatPointer(images.normalization())) {
      this.pixels = memory("images", images.pixels().capacity());
      this.labels = memory("labels", (long) Integer.BYTES * count);
      this.table = memory("normalization", (long) Float.BYTES * images.normalization().length);
      device
          .common()
          .withStream(
              stream -> {
                stream.toDevice(pixels.address(), images.pixels().address(), pixels.bytes());
                stream.toDevice(labels.address(), hostLabels.address(), labels.bytes());
                stream.toDevice(table.address(), hostTable.address(), table.bytes());
              });
    } catch (RuntimeException | Error e) {
      owned.closeAfter(e);
      throw e;
    }
    owned.add(device::released);
  }

  private DeviceMemory memory(String name, long bytes) {
    return owned.add(new DeviceMemory(device.common().gpu(), name, bytes));
  }

  CudaDevice device() {
    return device;
  }

  DevicePointer pixels() {
    return pixels;
  }

  DevicePointer labels() {
    return labels;
  }

  DevicePointer table() {
    return table;
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
    owned.close();
  }
}
