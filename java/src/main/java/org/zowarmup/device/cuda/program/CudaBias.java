package org.zowarmup.device.cuda.program;

import org.zowarmup.device.cuda.driver.DeviceMemory;
import org.zowarmup.device.cuda.driver.DevicePointer;
import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Op;
import org.zowarmup.nn.op.Relu;

/**
 * Biases that convolutions and linear layers add, and the gradients of biases and gains as sums
 * over rows, by kernels/src/bias_add.cu, column_sums.cu and sum_rows.cu.
 */
final class CudaBias {
  private static final int ROWS_PER_CHUNK = 512;

  private CudaBias() {}

  /** y [rows, channels] += bias, in place, and the ReLU after it where that is in place, too. */
  static CudaStep add(
      CudaProgram program, Op maker, Plan.Value y, int channels, ParameterTensor bias) {
    long rows = program.elements(y) / channels;
    int activates = relu(program, maker, y) == null ? 0 : 1;
    return program
        .kernel("bias_add.cu", "biasAdd", program.isFloat(y))
        .bind(program.stream(), program.at(y), program.weight(bias), rows, channels, activates);
  }

  private static Relu.Forward relu(CudaProgram program, Op maker, Plan.Value y) {
    Relu.Forward relu = program.soleReader(Relu.Forward.class, maker, y);
    boolean inPlace = relu != null && program.at(relu.y()).address() == program.at(y).address();
    return inPlace ? relu : null;
  }

  /** True if the bias before it does this step's work. */
  static boolean has(CudaProgram program, Relu.Forward op) {
    Conv.Forward conv = program.before(Conv.Forward.class, op);
    Linear.Forward linear = program.before(Linear.Forward.class, op);
    return (conv != null && conv.bias() != null && op.equals(relu(program, conv, conv.y())))
        || (linear != null && op.equals(relu(program, linear, linear.y())));
  }

  /** Sums of dy [rows, channels] over the rows, in two stages of a fixed order. */
  static CudaStep gradient(
      CudaProgram program, Plan.Value dy, int channels, ParameterTensor bias, boolean onFloats) {
    long rows = program.elements(dy) / channels;
    int chunks = Math.toIntExact((rows + ROWS_PER_CHUNK - 1) / ROWS_PER_CHUNK);
    DeviceMemory partials =
        program.memory("partial sums of " + bias.name(), (long) Float.BYTES * chunks * channels);
    return program
        .kernel("column_sums.cu", "columnSums", onFloats)
        .bind(program.stream(), program.at(dy), partials, rows, channels, ROWS_PER_CHUNK)
        .then(sumRows(program, partials, program.gradient(bias), null, chunks, channels));
  }

  /** Gradients of gain and bias from partials [rows, 2, channels]. */
  static CudaStep sumPairs(
      CudaProgram program,
      DevicePointer partials,
      ParameterTensor gain,
      ParameterTensor bias,
      int rows,
      int channels) {
    return sumRows(
        program, partials, program.gradient(gain), program.gradient(bias), rows, channels);
  }

  /**
   * out [columns] = sum over rows of in [rows, columns], in their order; of in [rows, 2, columns]
   * where there is a second output.
   */
  private static CudaStep sumRows(
      CudaProgram program,
      DevicePointer in,
      DevicePointer out,
      DevicePointer second,
      int rows,
      int columns) {
    return program
        .common()
        .kernels()
        .get("sum_rows.cu", "sumRows")
        .bind(program.stream(), in, out, second, rows, second == null ? 1 : 2, columns);
  }
}
