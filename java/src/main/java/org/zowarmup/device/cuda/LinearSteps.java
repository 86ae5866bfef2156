package org.zowarmup.device.cuda;

import org.zowarmup.device.cuda.MatrixProduct.Extents;
import org.zowarmup.device.cuda.MatrixProduct.Operand;
import org.zowarmup.nn.op.Linear;

/**
 * A linear layer by cuBLAS. Row-major x [rows, in] is column-major [in, rows], so that y^T = W x^T
 * needs no transposed copy. In bf16 the classifier, whose parameters stay fp32, is computed in fp32
 * from activations that are widened first.
 */
final class LinearSteps {
  private static final int ROWS_PER_CHUNK = 512;

  private final CudaLane lane;
  private final Linear.Forward op;
  private final MatrixProduct product;
  private final int rows;
  private final boolean onFloats; // fp32 throughout
  private final boolean widened; // ... behind bf16 activations
  private final Kernel toFloat;
  private final Kernel toCompute;
  private final long wide; // fp32 copy of x and then of dx, where widened

  LinearSteps(CudaLane lane, Linear.Forward op) {
    this.lane = lane;
    this.op = op;
    this.product = new MatrixProduct(lane, op.node());
    this.rows = Math.multiplyExact(lane.batch(), op.tokens());
    this.widened = lane.isBf16() && !lane.copyLayout().isBf16(op.weight());
    this.onFloats = !lane.isBf16() || widened;
    this.toFloat = widened ? lane.kernel("convert.cu", "toFloat") : null;
    this.toCompute = widened ? lane.kernel("convert.cu", "toCompute") : null;
    this.wide =
        widened ? lane.shared("classifier in fp32", (long) Float.BYTES * rows * op.in()) : 0;
  }

  private Operand x() {
    return Operand.of(widened ? wide : lane.at(op.x()), op.in());
  }

  private void widen() {
    if (widened) {
      long n = (long) rows * op.in();
      toFloat.launch(lane.stream(), Kernel.elementwise(n), lane.at(op.x()), wide, n);
    }
  }

  private void multiply(int m, int n, int k, Operand a, Operand b, Operand c) {
    product.run(new Extents(m, n, k, 1), a, b, c, onFloats, onFloats);
  }

  CudaStep forward() {
    CudaStep bias = LayerSteps.addBias(lane, op.y(), op.out(), op.bias());
    return () -> {
      widen();
      multiply(
          op.out(),
          rows,
          op.in(),
          Operand.transposed(lane.weight(op.weight()), op.in()),
          x(),
          Operand.of(lane.at(op.y()), op.out()));
      bias.enqueue();
    };
  }

  CudaStep backwardData(Linear.BackwardData back) {
    return () -> {
      long dx = lane.at(back.dx());
      multiply(
          op.in(),
          rows,
          op.out(),
          Operand.of(lane.weight(op.weight()), op.in()),
          Operand.of(lane.at(back.dy()), op.out()),
          Operand.of(widened ? wide : dx, op.in()));
      if (widened) {
        long n = (long) rows * op.in();
        toCompute.launch(lane.stream(), Kernel.elementwise(n), wide, dx, n);
      }
    };
  }

  CudaStep backwardParameters(Linear.BackwardParameters back) {
    CudaStep bias =
        LayerSteps.biasGradient(
            lane, back.dy(), rows, op.out(), op.bias(), ROWS_PER_CHUNK, onFloats);
    return () -> {
      widen();
      multiply(
          op.in(),
          op.out(),
          rows,
          x(),
          Operand.transposed(lane.at(back.dy()), op.out()),
          Operand.of(lane.gradient(op.weight()), op.in()));
      bias.enqueue();
    };
  }
}
