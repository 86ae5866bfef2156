package org.zowarmup.device.cuda.program;

import org.zowarmup.device.cuda.driver.DeviceMemory;
import org.zowarmup.device.cuda.driver.DevicePointer;
import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;

/**
 * Biases that convolutions and linear layers add, and the gradients of biases and gains as sums
 * over rows, by kernels/src/bias_add.cu, column_sums.cu and sum_rows.cu.
 */
final class CudaBias {
  private static final int ROWS_PER_CHUNK = 512;

  private CudaBias() {}

  /** y [rows, channels] += bias, in place. */
  static CudaStep add(CudaProgram program, Plan.Value y, int channels, ParameterTensor bias) {
    long rows = program.elements(y) / channels;
    return program
        .kernel("bias_add.cu", "biasAdd", program.isFloat(y))
        .bind(program.stream(), program.at(y), program.weight(bias), rows, channels, 0);
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
