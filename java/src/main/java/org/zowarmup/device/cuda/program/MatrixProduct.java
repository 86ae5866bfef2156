package org.zowarmup.device.cuda.program;

import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.Precision;
import org.zowarmup.device.cuda.driver.CudaStatus;
import org.zowarmup.device.cuda.driver.DevicePointer;
import org.zowarmup.device.cuda.driver.DevicePointer.Address;
import org.zowarmup.device.cuda.kernel.CudaStep;

/**
 * C = op(A) op(B) by cuBLAS, column-major as BLAS has it, many times over where there are strides.
 * A row-major [rows, columns] is a column-major [columns, rows].
 */
final class MatrixProduct {
  private final CudaProgram program;
  private final String name;
  private final FloatPointer one;
  private final FloatPointer zero;

  /**
   * @param name of the layer, for messages
   */
  MatrixProduct(CudaProgram program, String name) {
    this.program = program;
    this.name = name;
    this.one = program.own(new FloatPointer(1f));
    this.zero = program.own(new FloatPointer(0f));
  }

  /**
   * A matrix, or one of each repetition.
   *
   * @param ld elements from column to column
   * @param stride elements from one repetition to the next
   */
  record Operand(DevicePointer address, int ld, long stride, boolean transposed) {
    static Operand of(DevicePointer address, int ld) {
      return new Operand(address, ld, 0, false);
    }

    static Operand transposed(DevicePointer address, int ld) {
      return new Operand(address, ld, 0, true);
    }

    int operation() {
      return transposed ? cublas.CUBLAS_OP_T : cublas.CUBLAS_OP_N;
    }
  }

  /** Extents: C is m x n, k is summed over; all of it {@code count} times. */
  record Extents(int m, int n, int k, int count) {
    @Override
    public String toString() {
      return "%d x %d x %d, %d times".formatted(m, n, k, count);
    }
  }

  /**
   * @param onFloats whether A and B are fp32; else bf16
   * @param toFloats whether C is fp32
   */
  CudaStep step(Extents e, Operand a, Operand b, Operand c, boolean onFloats, boolean toFloats) {
    int in = onFloats ? cudart.CUDA_R_32F : cudart.CUDA_R_16BF;
    int out = toFloats ? cudart.CUDA_R_32F : cudart.CUDA_R_16BF;
    return () -> multiply(e, a, b, c, in, out);
  }

  private void multiply(Extents e, Operand a, Operand b, Operand c, int in, int out) {
    CudaStatus.cublas(
        cublas.cublasGemmStridedBatchedEx(
            program.blas(),
            a.operation(),
            b.operation(),
            e.m(),
            e.n(),
            e.k(),
            one,
            Address.of(a.address()),
            in,
            a.ld(),
            a.stride(),
            Address.of(b.address()),
            in,
            b.ld(),
            b.stride(),
            zero,
            Address.of(c.address()),
            out,
            c.ld(),
            c.stride(),
            e.count(),
            computeType(),
            cublas.CUBLAS_GEMM_DEFAULT),
        "cublasGemmStridedBatchedEx of layer " + name + ", " + e);
    program.stream().note("product of " + name + ", " + e);
  }

  private int computeType() {
    return program.precision() == Precision.TF32
        ? cublas.CUBLAS_COMPUTE_32F_FAST_TF32
        : cublas.CUBLAS_COMPUTE_32F;
  }
}
