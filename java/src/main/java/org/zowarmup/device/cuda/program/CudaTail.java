package org.zowarmup.device.cuda.program;

import java.util.Objects;
import java.util.stream.Stream;
import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Attention;
import org.zowarmup.nn.op.Gelu;
import org.zowarmup.nn.op.LayerNorm;
import org.zowarmup.nn.op.Linear;

/**
 * What follows the product of a linear layer, by one kernel of kernels/src/linear_tail.cu where the
 * steps after it are the only readers: bias and GELU, or bias, sum and layer norm. Those steps then
 * do nothing. Where attention comes next and nothing else reads its input, it adds the bias.
 */
final class CudaTail {
  private static final String FILE = "linear_tail.cu";

  private CudaTail() {}

  static CudaStep of(CudaProgram program, Linear.Forward op) {
    Attention.Forward attention = program.soleReader(Attention.Forward.class, op, op.y());
    if (attention != null && CudaAttention.isOneKernel(program, attention)) {
      return CudaStep.NOTHING;
    }
    Gelu.Forward gelu = gelu(program, op);
    if (gelu != null) {
      return program.step(
          FILE,
          "biasGelu",
          program.at(op.y()),
          program.weight(op.bias()),
          program.at(gelu.y()),
          rows(program, op),
          op.out(),
          program.isTraining() ? 1 : 0);
    }
    Add.Forward add = sum(program, op);
    return add == null
        ? CudaBias.add(program, op, op.y(), op.out(), op.bias())
        : withSum(program, op, add);
  }

  private static long rows(CudaProgram program, Linear.Forward op) {
    return (long) program.batch() * op.tokens();
  }

  /** Its gradient reads what it reads, so in training it need not be the only reader. */
  private static Gelu.Forward gelu(CudaProgram program, Linear.Forward op) {
    return program.isTraining()
        ? program.follower(Gelu.Forward.class, op, op.y())
        : program.soleReader(Gelu.Forward.class, op, op.y());
  }

  private static Add.Forward sum(CudaProgram program, Linear.Forward op) {
    Add.Forward add = program.soleReader(Add.Forward.class, op, op.y());
    return add == null || add.relu() || add.a().equals(add.b()) ? null : add;
  }

  private static Plan.Value other(Linear.Forward op, Add.Forward add) {
    return add.a().equals(op.y()) ? add.b() : add.a();
  }

  /** The norm of a sum; null where its output would overwrite what other rows still read. */
  private static LayerNorm.Forward norm(CudaProgram program, Linear.Forward op, Add.Forward add) {
    LayerNorm.Forward norm = program.follower(LayerNorm.Forward.class, add, add.y());
    boolean safe =
        norm != null
            && Stream.of(norm.y(), norm.mean(), norm.rstd())
                .filter(Objects::nonNull)
                .allMatch(
                    written ->
                        program.isApartOrSame(written, op.y())
                            && program.isApartOrSame(written, other(op, add)));
    return safe ? norm : null;
  }

  private static CudaStep withSum(CudaProgram program, Linear.Forward op, Add.Forward add) {
    LayerNorm.Forward norm = norm(program, op, add);
    return program.step(
        FILE,
        "biasAddNorm",
        program.at(op.y()),
        program.weight(op.bias()),
        program.at(other(op, add)),
        program.at(add.y()),
        norm == null ? null : program.weight(norm.gain()),
        norm == null ? null : program.weight(norm.bias()),
        norm == null ? null : program.at(norm.y()),
        norm == null ? null : program.atOrNull(norm.mean()),
        norm == null ? null : program.atOrNull(norm.rstd()),
        rows(program, op),
        op.out(),
        norm == null ? 0f : norm.norm().epsilon());
  }

  /** True if the linear layer before it does this step's work. */
  static boolean has(CudaProgram program, Gelu.Forward op) {
    Linear.Forward linear = program.before(Linear.Forward.class, op);
    return linear != null && op.equals(gelu(program, linear));
  }

  /** True if the linear layer before it does this step's work. */
  static boolean has(CudaProgram program, Add.Forward op) {
    Linear.Forward linear = program.before(Linear.Forward.class, op);
    return linear != null && op.equals(sum(program, linear));
  }

  /** True if the linear layer before the sum before it does this step's work. */
  static boolean has(CudaProgram program, LayerNorm.Forward op) {
    Add.Forward add = program.before(Add.Forward.class, op);
    return add != null
        && has(program, add)
        && op.equals(norm(program, program.before(Linear.Forward.class, add), add));
  }
}
