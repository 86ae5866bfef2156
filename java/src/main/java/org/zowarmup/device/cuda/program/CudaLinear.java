package org.zowarmup.device.cuda.program;

import org.zowarmup.device.cuda.driver.DeviceMemory;
import org.zowarmup.device.cuda.driver.DevicePointer.Address;
import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.device.cuda.program.MatrixProduct.Extents;
import org.zowarmup.device.cuda.program.MatrixProduct.Operand;
import org.zowarmup.nn.op.Linear;

/**
 * A linear layer by cuBLAS. Row-major x [rows, in] is column-major [in, rows], so that y^T = W x^T
 * needs no transposed copy. In bf16 the classifier, whose parameters stay fp32, is computed in fp32
 * from activations that are widened first.
 */
final class CudaLinear {
  private final CudaProgram program;
  private final Linear.Forward op;
  private final MatrixProduct product;
  private final int rows;
  private final boolean onFloats; // fp32 throughout
  private final boolean widened; // ... after bf16 activations
  private final DeviceMemory wide; // fp32 copy of x and then of dx; null where not widened

  private CudaLinear(CudaProgram program, Linear.Forward op) {
    this.program = program;
    this.op = op;
    this.product = new MatrixProduct(program, op.node());
    this.rows = Math.multiplyExact(program.batch(), op.tokens());
    this.widened = program.isBf16() && !program.copyLayout().isBf16(op.weight());
    this.onFloats = !program.isBf16() || widened;
    this.wide =
        widened ? program.shared("classifier in fp32", (long) Float.BYTES * rows * op.in()) : null;
  }

  private CudaStep multiply(int m, int n, int k, Operand a, Operand b, Operand c) {
    return product.step(new Extents(m, n, k, 1), a, b, c, onFloats, onFloats);
  }

  /** {@code step} on x, which is widened before where it must be. */
  private CudaStep onX(Unary step) {
    if (!widened) {
      return step.on(Operand.of(program.at(op.x()), op.in()));
    }
    return program
        .widen(program.at(op.x()), wide, (long) rows * op.in())
        .then(step.on(Operand.of(wide, op.in())));
  }

  private interface Unary {
    CudaStep on(Operand x);
  }

  static CudaStep forward(CudaProgram program, Linear.Forward op) {
    CudaLinear layer = new CudaLinear(program, op);
    Operand weight = Operand.transposed(program.weight(op.weight()), op.in());
    Operand y = Operand.of(program.at(op.y()), op.out());
    return layer
        .onX(x -> layer.multiply(op.out(), layer.rows, op.in(), weight, x, y))
        .then(CudaTail.of(program, op));
  }

  static CudaStep backwardData(CudaProgram program, Linear.BackwardData back) {
    Linear.Forward op = back.forward();
    CudaLinear layer = new CudaLinear(program, op);
    Address dx = program.at(back.dx());
    CudaStep multiply =
        layer.multiply(
            op.in(),
            layer.rows,
            op.out(),
            Operand.of(program.weight(op.weight()), op.in()),
            Operand.of(program.at(back.dy()), op.out()),
            Operand.of(layer.widened ? layer.wide : dx, op.in()));
    if (!layer.widened) {
      return multiply;
    }
    return multiply.then(program.narrow(layer.wide, dx, (long) layer.rows * op.in()));
  }

  static CudaStep backwardParameters(CudaProgram program, Linear.BackwardParameters back) {
    Linear.Forward op = back.forward();
    CudaLinear layer = new CudaLinear(program, op);
    Operand dy = Operand.transposed(program.at(back.dy()), op.out());
    Operand dw = Operand.of(program.gradient(op.weight()), op.in());
    return layer
        .onX(x -> layer.multiply(op.in(), op.out(), layer.rows, x, dy, dw))
        .then(CudaBias.gradient(program, back.dy(), op.out(), op.bias(), layer.onFloats));
  }
}
