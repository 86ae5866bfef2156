package org.zowarmup.device.cpu;

import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.nn.op.Pool;

/** {@link Pool} by native kernels. */
final class CpuPool {
  private CpuPool() {}

  static Step forward(CpuProgram program, Pool.Forward op) {
    FloatPointer x = program.at(op.x());
    FloatPointer y = program.at(op.y());
    Pool pool = op.pool();
    boolean max = pool.kind() == Pool.Kind.MAX;
    return count ->
        NativeCpu.poolForward(
            x,
            y,
            program.batch(),
            op.in().height(),
            op.in().width(),
            op.in().channels(),
            pool.windowHeight(op.in()),
            pool.windowWidth(op.in()),
            pool.stride(),
            max,
            program.threads());
  }

  static Step backward(CpuProgram program, Pool.Backward op) {
    Pool.Forward f = op.forward();
    Pool pool = f.pool();
    boolean max = pool.kind() == Pool.Kind.MAX;
    FloatPointer x = max ? program.at(f.x()) : null;
    FloatPointer dy = program.at(op.dy());
    FloatPointer dx = program.at(op.dx());
    return count ->
        NativeCpu.poolBackward(
            x,
            dy,
            dx,
            program.batch(),
            f.in().height(),
            f.in().width(),
            f.in().channels(),
            pool.windowHeight(f.in()),
            pool.windowWidth(f.in()),
            pool.stride(),
            max,
            program.threads());
  }
}
