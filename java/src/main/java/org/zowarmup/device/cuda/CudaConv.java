package org.zowarmup.device.cuda;

import static org.bytedeco.cuda.global.cudnn.*;

import org.bytedeco.cuda.cudnn.cudnnConvolutionBwdDataAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionBwdFilterAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionFwdAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionStruct;
import org.bytedeco.cuda.cudnn.cudnnFilterStruct;
import org.bytedeco.cuda.cudnn.cudnnTensorStruct;
import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.Precision;
import org.zowarmup.error.UnsupportedException;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;

/**
 * A convolution by cuDNN: activations packed NHWC, weights OHWI as they are stored, algorithms that
 * cuDNN calls deterministic. fp32 runs with FMA_MATH, since DEFAULT_MATH permits TF32, which is
 * what the precision of that name asks for.
 */
final class CudaConv {
  private static final int ALGORITHMS = 16;
  private static final long MAX_WORKSPACE_BYTES = 1L << 30;

  private final CudaProgram program;
  private final Conv.Forward op;
  private final cudnnTensorStruct x = new cudnnTensorStruct();
  private final cudnnTensorStruct y = new cudnnTensorStruct();
  private final cudnnFilterStruct w = new cudnnFilterStruct();
  private final cudnnConvolutionStruct convolution = new cudnnConvolutionStruct();
  private final FloatPointer one;
  private final FloatPointer zero;

  private CudaConv(CudaProgram program, Conv.Forward op) {
    this.program = program;
    this.op = op;
    this.one = program.own(new FloatPointer(1f));
    this.zero = program.own(new FloatPointer(0f));
    int type = program.isBf16() ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
    describe(x, op.in(), type);
    describe(y, op.out(), type);
    check(cudnnCreateFilterDescriptor(w), "cudnnCreateFilterDescriptor");
    program.own(() -> check(cudnnDestroyFilterDescriptor(w), "cudnnDestroyFilterDescriptor"));
    int kernel = op.conv().kernel();
    check(
        cudnnSetFilter4dDescriptor(
            w, type, CUDNN_TENSOR_NHWC, op.out().channels(), op.in().channels(), kernel, kernel),
        "cudnnSetFilter4dDescriptor");
    describeConvolution();
  }

  private void describe(cudnnTensorStruct tensor, Shape shape, int type) {
    check(cudnnCreateTensorDescriptor(tensor), "cudnnCreateTensorDescriptor");
    program.own(() -> check(cudnnDestroyTensorDescriptor(tensor), "cudnnDestroyTensorDescriptor"));
    int c = shape.channels();
    int row = Math.multiplyExact(shape.width(), c);
    check(
        cudnnSetTensor4dDescriptorEx(
            tensor,
            type,
            program.batch(),
            c,
            shape.height(),
            shape.width(),
            Math.multiplyExact(shape.height(), row),
            1,
            row,
            c),
        "cudnnSetTensor4dDescriptorEx");
  }

  private void describeConvolution() {
    check(cudnnCreateConvolutionDescriptor(convolution), "cudnnCreateConvolutionDescriptor");
    program.own(
        () ->
            check(
                cudnnDestroyConvolutionDescriptor(convolution),
                "cudnnDestroyConvolutionDescriptor"));
    int padding = op.conv().padding();
    int stride = op.conv().stride();
    check(
        cudnnSetConvolution2dDescriptor(
            convolution,
            padding,
            padding,
            stride,
            stride,
            1,
            1,
            CUDNN_CROSS_CORRELATION,
            CUDNN_DATA_FLOAT),
        "cudnnSetConvolution2dDescriptor");
    check(cudnnSetConvolutionMathType(convolution, mathType()), "cudnnSetConvolutionMathType");
  }

  private int mathType() {
    return switch (program.precision()) {
      case FP32 -> CUDNN_FMA_MATH;
      case TF32 -> CUDNN_DEFAULT_MATH;
      case BF16 -> CUDNN_TENSOR_OP_MATH;
    };
  }

  private static void check(int code, String call) {
    CudaStatus.cudnn(code, call);
  }

  private void checkStep(int code, String call) {
    CudaStatus.cudnn(
        code,
        "%s of layer %s, %s to %s, batch %d"
            .formatted(call, op.node(), op.in(), op.out(), program.batch()));
  }

  /** A candidate of cuDNN's heuristics. */
  private record Candidate(int algorithm, int status, long memory, int determinism, int math) {
    static Candidate of(cudnnConvolutionFwdAlgoPerf_t r) {
      return new Candidate(r.algo(), r.status(), r.memory(), r.determinism(), r.mathType());
    }

    boolean fits(Precision precision) {
      // for fp32 the library may answer with a candidate that would use TF32
      boolean exact = precision != Precision.FP32 || math == CUDNN_FMA_MATH;
      return status == CUDNN_STATUS_SUCCESS
          && determinism == CUDNN_DETERMINISTIC
          && exact
          && memory <= MAX_WORKSPACE_BYTES;
    }
  }

  /** Asks cuDNN for its candidates of one direction. */
  private interface Heuristics {
    /**
     * @param results of any direction: the structs of the three differ in one field's name for the
     *     same int
     */
    int find(int[] count, cudnnConvolutionFwdAlgoPerf_t results);
  }

  /** The first of cuDNN's candidates, best first, that is deterministic. */
  private int choose(String direction, Heuristics heuristics) {
    int[] count = new int[1];
    try (cudnnConvolutionFwdAlgoPerf_t results = new cudnnConvolutionFwdAlgoPerf_t(ALGORITHMS)) {
      checkStep(heuristics.find(count, results), direction + " algorithms");
      for (int i = 0; i < count[0]; i++) {
        Candidate candidate = Candidate.of(results.position(i));
        if (candidate.fits(program.precision())) {
          program.needDnnWorkspace(candidate.memory());
          return candidate.algorithm();
        }
      }
    }
    throw new UnsupportedException(
        "device %s: cuDNN has no deterministic %s algorithm in %s for layer %s, %s to %s"
            .formatted(
                program.device().name(),
                direction,
                program.precision().key(),
                op.node(),
                op.in(),
                op.out()));
  }

  /** A call of cuDNN with the workspace that all convolutions of the program share. */
  private interface Call {
    int run(Address workspace, long bytes);
  }

  private CudaStep step(String name, Call call) {
    return () -> {
      DeviceMemory workspace = program.dnnWorkspace();
      checkStep(call.run(Address.of(workspace), workspace.bytes()), name);
      program.stream().note(name + " of " + op.node());
    };
  }

  static CudaStep forward(CudaProgram program, Conv.Forward op) {
    CudaStep convolution = new CudaConv(program, op).forward();
    return op.bias() == null
        ? convolution
        : convolution.then(CudaBias.add(program, op.y(), op.out().channels(), op.bias()));
  }

  private CudaStep forward() {
    int algorithm =
        choose(
            "forward",
            (count, results) ->
                cudnnGetConvolutionForwardAlgorithm_v7(
                    program.dnn(), x, w, convolution, y, ALGORITHMS, count, results));
    Address in = program.at(op.x());
    DevicePointer weight = program.weight(op.weight());
    Address out = program.at(op.y());
    return step(
        "cudnnConvolutionForward",
        (workspace, bytes) ->
            cudnnConvolutionForward(
                program.dnn(),
                one,
                x,
                in,
                w,
                Address.of(weight),
                convolution,
                algorithm,
                workspace,
                bytes,
                zero,
                y,
                out));
  }

  static CudaStep backwardData(CudaProgram program, Conv.BackwardData back) {
    return new CudaConv(program, back.forward()).backward(back);
  }

  private CudaStep backward(Conv.BackwardData back) {
    int algorithm =
        choose(
            "backward-data",
            (count, results) ->
                cudnnGetConvolutionBackwardDataAlgorithm_v7(
                    program.dnn(),
                    w,
                    y,
                    convolution,
                    x,
                    ALGORITHMS,
                    count,
                    new cudnnConvolutionBwdDataAlgoPerf_t(results)));
    DevicePointer weight = program.weight(op.weight());
    Address dy = program.at(back.dy());
    Address dx = program.at(back.dx());
    return step(
        "cudnnConvolutionBackwardData",
        (workspace, bytes) ->
            cudnnConvolutionBackwardData(
                program.dnn(),
                one,
                w,
                Address.of(weight),
                y,
                dy,
                convolution,
                algorithm,
                workspace,
                bytes,
                zero,
                x,
                dx));
  }

  static CudaStep backwardParameters(CudaProgram program, Conv.BackwardParameters back) {
    Conv.Forward op = back.forward();
    CudaStep filter = new CudaConv(program, op).backward(back);
    return op.bias() == null
        ? filter
        : filter.then(CudaBias.gradient(program, back.dy(), op.out().channels(), op.bias(), false));
  }

  private CudaStep backward(Conv.BackwardParameters back) {
    int algorithm =
        choose(
            "backward-filter",
            (count, results) ->
                cudnnGetConvolutionBackwardFilterAlgorithm_v7(
                    program.dnn(),
                    x,
                    y,
                    convolution,
                    w,
                    ALGORITHMS,
                    count,
                    new cudnnConvolutionBwdFilterAlgoPerf_t(results)));
    Address in = program.at(op.x());
    Address dy = program.at(back.dy());
    DevicePointer dw = program.gradient(op.weight());
    return step(
        "cudnnConvolutionBackwardFilter",
        (workspace, bytes) ->
            cudnnConvolutionBackwardFilter(
                program.dnn(),
                one,
                x,
                in,
                y,
                dy,
                convolution,
                algorithm,
                workspace,
                bytes,
                zero,
                w,
                Address.of(dw)));
  }
}
