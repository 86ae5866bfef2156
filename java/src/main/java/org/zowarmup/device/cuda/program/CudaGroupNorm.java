package org.zowarmup.device.cuda.program;

import org.zowarmup.device.cuda.driver.DeviceMemory;
import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.device.cuda.kernel.Kernel;
import org.zowarmup.nn.op.GroupNorm;

/** Group norm by kernels/src/group_norm_forward.cu and group_norm_backward.cu. */
final class CudaGroupNorm {
  private CudaGroupNorm() {}

  /** Bytes of a sample's group in shared memory. */
  private static long slabBytes(CudaProgram program, GroupNorm.Forward op) {
    long elements = (long) op.shape().pixels() * (op.shape().channels() / op.norm().groups());
    return (elements * program.activationBytes() + 15) / 16 * 16;
  }

  /** A launch of a kernel, or of its form for slabs that do not fit into shared memory. */
  private static CudaStep step(
      CudaProgram program, String file, String name, long slabs, Object... arguments) {
    Kernel inShared = program.kernel(file, name);
    boolean fits = slabs <= inShared.maxShared();
    Kernel kernel = fits ? inShared : program.kernel(file, name + "Large");
    return kernel.bindPerSample(
        program.stream(), program.batch(), fits ? (int) slabs : 0, arguments);
  }

  static CudaStep forward(CudaProgram program, GroupNorm.Forward op) {
    return step(
        program,
        "group_norm_forward.cu",
        "groupNormForward",
        slabBytes(program, op),
        program.at(op.x()),
        program.atOrNull(op.residual()),
        program.weight(op.gain()),
        program.weight(op.bias()),
        program.at(op.y()),
        program.atOrNull(op.mean()),
        program.atOrNull(op.rstd()),
        op.shape().pixels(),
        op.shape().channels(),
        op.norm().groups(),
        op.norm().epsilon(),
        op.relu() ? 1 : 0);
  }

  static CudaStep backward(CudaProgram program, GroupNorm.Backward op) {
    GroupNorm.Forward f = op.forward();
    int channels = f.shape().channels();
    DeviceMemory partials =
        program.memory(
            "partial sums of " + f.node(), 2L * Float.BYTES * program.batch() * channels);
    CudaStep bySample =
        step(
            program,
            "group_norm_backward.cu",
            "groupNormBackward",
            2 * slabBytes(program, f),
            program.at(f.x()),
            f.relu() ? program.at(f.y()) : null,
            program.at(f.mean()),
            program.at(f.rstd()),
            program.weight(f.gain()),
            program.at(op.dy()),
            program.at(op.dx()),
            program.atOrNull(op.dresidual()),
            partials,
            f.shape().pixels(),
            channels,
            f.norm().groups());
    return bySample.then(
        CudaBias.sumPairs(program, partials, f.gain(), f.bias(), program.batch(), channels));
  }
}
