package org.zowarmup.device.cuda;

import org.bytedeco.cuda.global.cudart;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Value;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;

/** Steps that run the program's own kernels. */
final class LayerSteps {
  private static final int NORM_BLOCK = 512;
  private static final int NORM_STATIC_SHARED = 1024;
  private static final int SUM_COLUMNS = 32;

  private LayerSteps() {}

  /** y [rows, channels] += bias, in place. */
  static CudaStep addBias(CudaLane lane, Value y, int channels, ParameterTensor bias) {
    Kernel kernel = lane.kernel("bias_add.cu", "biasAdd", lane.isFloat(y));
    long rows = lane.elements(y) / channels;
    return () ->
        kernel.launch(
            lane.stream(),
            Kernel.elementwise(rows * channels),
            lane.at(y),
            lane.weight(bias),
            rows,
            channels,
            0);
  }

  static CudaStep biasGradient(
      CudaLane lane, Value dy, long rows, int channels, ParameterTensor bias, int rowsPerChunk) {
    return biasGradient(lane, dy, rows, channels, bias, rowsPerChunk, false);
  }

  /** Sums of dy [rows, channels] over the rows, in two stages of a fixed order. */
  static CudaStep biasGradient(
      CudaLane lane,
      Value dy,
      long rows,
      int channels,
      ParameterTensor bias,
      int rowsPerChunk,
      boolean onFloats) {
    Kernel kernel = lane.kernel("column_sums.cu", "columnSums", onFloats);
    Kernel sum = sumRows(lane);
    int chunks = Math.toIntExact((rows + rowsPerChunk - 1) / rowsPerChunk);
    long partials =
        lane.scratch("partial sums of " + bias.name(), (long) Float.BYTES * chunks * channels);
    return () -> {
      kernel.launch(
          lane.stream(),
          new Kernel.Grid((channels + SUM_COLUMNS - 1) / SUM_COLUMNS, chunks, Kernel.BLOCK, 0),
          lane.at(dy),
          partials,
          rows,
          channels,
          rowsPerChunk);
      sumRows(lane, sum, partials, lane.gradient(bias), chunks, channels, channels);
    };
  }

  /** out [columns] = sum over rows of in, rows {@code stride} elements apart; in their order. */
  static void sumRows(
      CudaLane lane, Kernel kernel, long in, long out, int rows, int columns, long stride) {
    kernel.launch(
        lane.stream(), (columns + SUM_COLUMNS - 1) / SUM_COLUMNS, in, out, rows, columns, stride);
  }

  static Kernel sumRows(CudaLane lane) {
    return lane.device().kernels().get("sum_rows.cu", "sumRows");
  }

  /** Bytes of a sample's group in shared memory. */
  private static long slabBytes(CudaLane lane, GroupNorm.Forward op) {
    long elements = (long) op.shape().pixels() * (op.shape().channels() / op.norm().groups());
    long bytes = elements * (lane.isBf16() ? Short.BYTES : Float.BYTES);
    return (bytes + 15) / 16 * 16;
  }

  private static boolean fitsShared(CudaLane lane, long bytes) {
    int limit =
        Gpu.attribute(
            lane.device().context().gpu().index(), cudart.cudaDevAttrMaxSharedMemoryPerBlockOptin);
    return bytes + NORM_STATIC_SHARED <= limit;
  }

  static CudaStep groupNorm(CudaLane lane, GroupNorm.Forward op) {
    long slab = slabBytes(lane, op);
    boolean fits = fitsShared(lane, slab);
    Kernel kernel =
        lane.kernel("group_norm_forward.cu", fits ? "groupNormForward" : "groupNormForwardLarge");
    int shared = fits ? (int) slab : 0;
    return () ->
        kernel.launch(
            lane.stream(),
            new Kernel.Grid(op.norm().groups(), lane.batch(), NORM_BLOCK, shared),
            lane.at(op.x()),
            lane.atOrNull(op.residual()),
            lane.weight(op.gain()),
            lane.weight(op.bias()),
            lane.at(op.y()),
            lane.atOrNull(op.mean()),
            lane.atOrNull(op.rstd()),
            op.shape().pixels(),
            op.shape().channels(),
            op.norm().groups(),
            op.norm().epsilon(),
            op.relu() ? 1 : 0);
  }

  static CudaStep groupNormBackward(CudaLane lane, GroupNorm.Backward op) {
    GroupNorm.Forward f = op.forward();
    long slabs = 2 * slabBytes(lane, f);
    boolean fits = fitsShared(lane, slabs);
    Kernel kernel =
        lane.kernel(
            "group_norm_backward.cu", fits ? "groupNormBackward" : "groupNormBackwardLarge");
    Kernel sum = sumRows(lane);
    int shared = fits ? (int) slabs : 0;
    int channels = f.shape().channels();
    long partials =
        lane.scratch("partial sums of " + f.node(), 2L * Float.BYTES * lane.batch() * channels);
    return () -> {
      kernel.launch(
          lane.stream(),
          new Kernel.Grid(f.norm().groups(), lane.batch(), NORM_BLOCK, shared),
          lane.at(f.x()),
          f.relu() ? (Long) lane.at(f.y()) : null,
          lane.at(f.mean()),
          lane.at(f.rstd()),
          lane.weight(f.gain()),
          lane.at(op.dy()),
          lane.at(op.dx()),
          lane.atOrNull(op.dresidual()),
          partials,
          f.shape().pixels(),
          channels,
          f.norm().groups());
      long second = partials + (long) Float.BYTES * channels;
      sumRows(lane, sum, partials, lane.gradient(f.gain()), lane.batch(), channels, 2L * channels);
      sumRows(lane, sum, second, lane.gradient(f.bias()), lane.batch(), channels, 2L * channels);
    };
  }

  static CudaStep relu(CudaLane lane, Relu.Forward op) {
    Kernel kernel = lane.kernel("relu.cu", "reluForward");
    long n = lane.elements(op.y());
    return () ->
        kernel.launch(lane.stream(), Kernel.elementwise(n), lane.at(op.x()), lane.at(op.y()), n);
  }

  static CudaStep reluBackward(CudaLane lane, Relu.Backward op) {
    Kernel kernel = lane.kernel("relu.cu", "reluBackward");
    long n = lane.elements(op.y());
    return () ->
        kernel.launch(
            lane.stream(),
            Kernel.elementwise(n),
            lane.at(op.y()),
            lane.at(op.dy()),
            lane.at(op.dx()),
            n);
  }

  static CudaStep add(CudaLane lane, Add.Forward op) {
    Kernel kernel = lane.kernel("add.cu", "addForward");
    long n = lane.elements(op.y());
    return () ->
        kernel.launch(
            lane.stream(),
            Kernel.elementwise(n),
            lane.at(op.a()),
            lane.at(op.b()),
            lane.at(op.y()),
            n,
            op.relu() ? 1 : 0);
  }

  static CudaStep pool(CudaLane lane, Pool.Forward op) {
    boolean max = op.pool().kind() == Pool.Kind.MAX;
    Kernel kernel = lane.kernel("pool.cu", max ? "maxPoolForward" : "averagePoolForward");
    return () ->
        kernel.launch(
            lane.stream(),
            Kernel.blocks(lane.elements(op.y()), Kernel.BLOCK),
            poolArguments(lane, op, lane.at(op.x()), lane.at(op.y())));
  }

  static CudaStep poolBackward(CudaLane lane, Pool.Backward op) {
    Pool.Forward f = op.forward();
    boolean max = f.pool().kind() == Pool.Kind.MAX;
    Kernel kernel = lane.kernel("pool.cu", max ? "maxPoolBackward" : "averagePoolBackward");
    return () ->
        kernel.launch(
            lane.stream(),
            Kernel.blocks(lane.elements(op.dx()), Kernel.BLOCK),
            max
                ? poolArguments(lane, f, lane.at(f.x()), lane.at(op.dy()), lane.at(op.dx()))
                : poolArguments(lane, f, lane.at(op.dy()), lane.at(op.dx())));
  }

  private static Object[] poolArguments(CudaLane lane, Pool.Forward op, Long... buffers) {
    int[] geometry = {
      lane.batch(),
      op.in().height(),
      op.in().width(),
      op.in().channels(),
      op.out().height(),
      op.out().width(),
      op.pool().windowHeight(op.in()),
      op.pool().windowWidth(op.in()),
      op.pool().stride()
    };
    Object[] all = new Object[buffers.length + geometry.length];
    System.arraycopy(buffers, 0, all, 0, buffers.length);
    for (int i = 0; i < geometry.length; i++) {
      all[buffers.length + i] = geometry[i];
    }
    return all;
  }
}
