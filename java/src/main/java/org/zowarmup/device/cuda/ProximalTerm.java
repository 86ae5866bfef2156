package org.zowarmup.device.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.device.cuda.driver.CudaStream;
import org.zowarmup.device.cuda.driver.DeviceMemory;
import org.zowarmup.device.cuda.driver.DevicePointer;
import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.device.cuda.program.CudaProgram;

/**
 * The pull of a job's weights to where they started: gradient += mu (w - start), summed in double
 * and rounded once, as the other devices do it. Its tables stay where they are, so that graphs can
 * be captured with them; mu may change from job to job.
 */
final class ProximalTerm {
  private static final int VECTORS = 3;

  private final CudaStream stream;
  private final CudaStep pull;
  private final DeviceMemory anchor;
  private final DeviceMemory inputs;
  private final DeviceMemory factors;

  ProximalTerm(CudaProgram program, DevicePointer weights, DevicePointer gradient, long elements) {
    this.stream = program.stream();
    this.anchor = program.memory("weights at the start", Float.BYTES * elements);
    this.inputs = program.memory("proximal term", VECTORS * Long.BYTES);
    this.factors = program.memory("proximal term", VECTORS * Double.BYTES);
    ByteBuffer table = buffer();
    table.putLong(gradient.address()).putLong(weights.address()).putLong(anchor.address());
    upload(inputs, table);
    this.pull =
        program
            .common()
            .kernels()
            .get("weighted_sum.cu", "weightedSum")
            .bind(stream, gradient, inputs, factors, VECTORS, elements);
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
  void start(long start, float mu) {
    stream.onDevice(anchor.address(), start, anchor.bytes());
    upload(factors, buffer().putDouble(1).putDouble(mu).putDouble(-(double) mu));
  }

  void enqueue() {
    pull.enqueue();
  }
}
