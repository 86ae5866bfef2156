package org.zowarmup.device.cuda.program;

import java.util.Arrays;
import java.util.stream.Stream;
import org.zowarmup.device.cuda.driver.DevicePointer.Address;
import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.nn.op.Pool;

/** Maximum and average pooling by kernels/src/pool.cu. */
final class CudaPool {
  private CudaPool() {}

  private static boolean isMax(Pool.Forward op) {
    return op.pool().kind() == Pool.Kind.MAX;
  }

  static CudaStep forward(CudaProgram program, Pool.Forward op) {
    String kernel = isMax(op) ? "maxPoolForward" : "averagePoolForward";
    return step(program, op, kernel, program.at(op.x()), program.at(op.y()));
  }

  static CudaStep backward(CudaProgram program, Pool.Backward op) {
    Pool.Forward f = op.forward();
    Address dy = program.at(op.dy());
    Address dx = program.at(op.dx());
    return isMax(f)
        ? step(program, f, "maxPoolBackward", program.at(f.x()), dy, dx)
        : step(program, f, "averagePoolBackward", dy, dx);
  }

  private static CudaStep step(
      CudaProgram program, Pool.Forward op, String kernel, Object... buffers) {
    Stream<Object> geometry =
        Stream.of(
            program.batch(),
            op.in().height(),
            op.in().width(),
            op.in().channels(),
            op.out().height(),
            op.out().width(),
            op.pool().windowHeight(op.in()),
            op.pool().windowWidth(op.in()),
            op.pool().stride());
    return program.step(
        "pool.cu", kernel, Stream.concat(Arrays.stream(buffers), geometry).toArray());
  }
}
