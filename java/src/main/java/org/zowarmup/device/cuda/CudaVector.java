package org.zowarmup.device.cuda;

import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.Owned;
import org.zowarmup.device.Vector;
import org.zowarmup.device.cuda.driver.DeviceMemory;
import org.zowarmup.device.cuda.kernel.CudaLayout;

/** A flat fp32 vector in device memory. */
final class CudaVector implements Vector {
  private final CudaDevice device;
  private final CudaLayout layout;
  private final DeviceMemory memory;
  private final Owned owned = new Owned();

  CudaVector(CudaDevice device, CudaLayout layout) {
    this.device = device;
    this.layout = layout;
    this.memory =
        owned.add(
            new DeviceMemory(
                device.common().gpu(), "vector", Float.BYTES * layout.layout().length()));
    try {
      device.common().withStream(stream -> stream.clear(memory.address(), memory.bytes()));
    } catch (RuntimeException | Error e) {
      owned.closeAfter(e);
      throw e;
    }
    owned.add(device::released);
  }

  CudaDevice device() {
    return device;
  }

  DeviceMemory memory() {
    return memory;
  }

  CudaLayout layout() {
    return layout;
  }

  @Override
  public long length() {
    return layout.layout().length();
  }

  @Override
  public void write(float[] values) {
    requireFilledBy(values);
    try (FloatPointer staging = new FloatPointer(values)) {
      device
          .common()
          .withStream(
              stream -> stream.toDevice(memory.address(), staging.address(), memory.bytes()));
    }
  }

  @Override
  public float[] read() {
    float[] values = new float[Math.toIntExact(length())];
    try (FloatPointer staging = new FloatPointer(length())) {
      device
          .common()
          .withStream(stream -> stream.toHost(staging.address(), memory.address(), memory.bytes()));
      staging.get(values);
    }
    return values;
  }

  @Override
  public void close() {
    owned.close();
  }
}
