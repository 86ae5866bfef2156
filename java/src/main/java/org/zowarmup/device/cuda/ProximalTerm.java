package org.zowarmup.device.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;

/**
 * The pull of a job's weights to where they began: gradient += mu (w - start), summed in double and
 * rounded once, as the other devices do it. Its tables stay where they are, so that graphs can be
 * captured with them; mu may change from job to job.
 */
final class ProximalTerm {
  private static final int VECTORS = 3;

  private final CudaStream stream;
  private final Kernel weightedSum;
  private final long gradient;
  private final long elements;
  private final DeviceMemory anchor;
  private final DeviceMemory inputs;
  private final DeviceMemory factors;

  ProximalTerm(CudaLane lane, long weights, long gradient, long elements) {
    this.stream = lane.stream();
    this.weightedSum = lane.device().kernels().get("weighted_sum.cu", "weightedSum");
    this.gradient = gradient;
    this.elements = elements;
    this.anchor = lane.memory("weights at the start", Float.BYTES * elements);
    this.inputs = lane.memory("proximal term", VECTORS * Long.BYTES);
    this.factors = lane.memory("proximal term", VECTORS * Double.BYTES);
    ByteBuffer table = buffer();
    table.putLong(gradient).putLong(weights).putLong(anchor.address());
    upload(inputs, table);
  }

  private static ByteBuffer buffer() {
    return ByteBuffer.allocateDirect(VECTORS * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void upload(DeviceMemory to, ByteBuffer from) {
    from.flip();
    BytePointer source = new BytePointer(from);
    stream.toDevice(to.address(), source.address(), to.bytes());
    stream.synchronize();
  }

  /** The weights that the next steps are pulled to, and how strongly. */
  void begin(long start, float mu) {
    stream.onDevice(anchor.address(), start, anchor.bytes());
    upload(factors, buffer().putDouble(1).putDouble(mu).putDouble(-(double) mu));
  }

  void enqueue(CudaStream stream) {
    weightedSum.launch(
        stream,
        Kernel.elementwise(elements),
        gradient,
        inputs.address(),
        factors.address(),
        VECTORS,
        elements);
  }
}
