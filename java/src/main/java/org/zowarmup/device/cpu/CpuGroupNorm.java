package org.zowarmup.device.cpu;

import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.nn.op.GroupNorm;

/** {@link GroupNorm} with its fused tail by native kernels. */
final class CpuGroupNorm {
  private CpuGroupNorm() {}

  static Step forward(CpuProgram program, GroupNorm.Forward op) {
    FloatPointer x = program.at(op.x());
    FloatPointer residual = program.atOrNull(op.residual());
    FloatPointer y = program.at(op.y());
    FloatPointer mean = program.atOrNull(op.mean());
    FloatPointer rstd = program.atOrNull(op.rstd());
    return count ->
        NativeCpu.groupNormForward(
            x,
            residual,
            program.weight(op.gain()),
            program.weight(op.bias()),
            y,
            mean,
            rstd,
            program.batch(),
            op.shape().pixels(),
            op.shape().channels(),
            op.norm().groups(),
            op.norm().epsilon(),
            op.relu(),
            program.threads());
  }

  static Step backward(CpuProgram program, GroupNorm.Backward op) {
    GroupNorm.Forward f = op.forward();
    FloatPointer x = program.at(f.x());
    FloatPointer mask = f.relu() ? program.at(f.y()) : null;
    FloatPointer dy = program.at(op.dy());
    FloatPointer mean = program.at(f.mean());
    FloatPointer rstd = program.at(f.rstd());
    FloatPointer dx = program.at(op.dx());
    FloatPointer dresidual = program.atOrNull(op.dresidual());
    return count ->
        NativeCpu.groupNormBackward(
            x,
            mask,
            dy,
            program.weight(f.gain()),
            mean,
            rstd,
            dx,
            dresidual,
            program.gradient(f.gain()),
            program.gradient(f.bias()),
            program.batch(),
            f.shape().pixels(),
            f.shape().channels(),
            f.norm().groups(),
            program.threads());
  }
}
