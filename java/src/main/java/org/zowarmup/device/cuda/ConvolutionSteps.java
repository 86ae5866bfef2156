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
final class ConvolutionSteps {
  private static final int ALGORITHMS = 16;
  private static final long MAX_WORKSPACE_BYTES = 1L << 30;
  private static final int ROWS_PER_CHUNK = 512;

  private final CudaLane lane;
  private final Conv.Forward op;
  private final cudnnTensorStruct x = new cudnnTensorStruct();
  private final cudnnTensorStruct y = new cudnnTensorStruct();
  private final cudnnFilterStruct w = new cudnnFilterStruct();
  private final cudnnConvolutionStruct convolution = new cudnnConvolutionStruct();
  private final FloatPointer one;
  private final FloatPointer zero;

  ConvolutionSteps(CudaLane lane, Conv.Forward op) {
    this.lane = lane;
    this.op = op;
    this.one = lane.own(new FloatPointer(1f));
    this.zero = lane.own(new FloatPointer(0f));
    int type = lane.isBf16() ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
    describe(x, op.in(), type);
    describe(y, op.out(), type);
    check(cudnnCreateFilterDescriptor(w), "cudnnCreateFilterDescriptor");
    lane.own(() -> check(cudnnDestroyFilterDescriptor(w), "cudnnDestroyFilterDescriptor"));
    int kernel = op.conv().kernel();
    check(
        cudnnSetFilter4dDescriptor(
            w, type, CUDNN_TENSOR_NHWC, op.out().channels(), op.in().channels(), kernel, kernel),
        "cudnnSetFilter4dDescriptor");
    describeConvolution();
  }

  private void describe(cudnnTensorStruct tensor, Shape shape, int type) {
    check(cudnnCreateTensorDescriptor(tensor), "cudnnCreateTensorDescriptor");
    lane.own(() -> check(cudnnDestroyTensorDescriptor(tensor), "cudnnDestroyTensorDescriptor"));
    int c = shape.channels();
    int row = Math.multiplyExact(shape.width(), c);
    check(
        cudnnSetTensor4dDescriptorEx(
            tensor,
            type,
            lane.batch(),
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
    lane.own(
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
    return switch (lane.precision()) {
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
            .formatted(call, op.node(), op.in(), op.out(), lane.batch()));
  }

  /** A candidate of cuDNN's heuristics. */
  private record Candidate(int algorithm, int status, long memory, int determinism, int math) {
    boolean fits(Precision precision) {
      // for fp32 the library may answer with a candidate that would use TF32
      boolean exact = precision != Precision.FP32 || math == CUDNN_FMA_MATH;
      return status == CUDNN_STATUS_SUCCESS
          && determinism == CUDNN_DETERMINISTIC
          && exact
          && memory <= MAX_WORKSPACE_BYTES;
    }
  }

  /** Gives candidate i. */
  private interface Candidates {
    Candidate get(int i);
  }

  /** The first of cuDNN's candidates, best first, that is deterministic. */
  private int choose(String direction, int count, Candidates candidates) {
    for (int i = 0; i < count; i++) {
      Candidate candidate = candidates.get(i);
      if (candidate.fits(lane.precision())) {
        lane.needDnnWorkspace(candidate.memory());
        return candidate.algorithm();
      }
    }
    throw new UnsupportedException(
        "device %s: cuDNN has no deterministic %s algorithm in %s for layer %s, %s to %s"
            .formatted(
                lane.device().name(),
                direction,
                lane.precision().key(),
                op.node(),
                op.in(),
                op.out()));
  }

  CudaStep forward() {
    int algorithm = chooseForward();
    CudaStep convolve =
        () -> {
          DeviceMemory workspace = lane.dnnWorkspace();
          checkStep(
              cudnnConvolutionForward(
                  lane.dnn(),
                  one,
                  x,
                  new Address(lane.at(op.x())),
                  w,
                  new Address(lane.weight(op.weight())),
                  convolution,
                  algorithm,
                  new Address(workspace.address()),
                  workspace.bytes(),
                  zero,
                  y,
                  new Address(lane.at(op.y()))),
              "cudnnConvolutionForward");
          lane.stream().note("convolution " + op.node());
        };
    if (op.bias() == null) {
      return convolve;
    }
    CudaStep bias = LayerSteps.addBias(lane, op.y(), op.out().channels(), op.bias());
    return () -> {
      convolve.enqueue();
      bias.enqueue();
    };
  }

  private int chooseForward() {
    int[] count = new int[1];
    try (cudnnConvolutionFwdAlgoPerf_t results = new cudnnConvolutionFwdAlgoPerf_t(ALGORITHMS)) {
      checkStep(
          cudnnGetConvolutionForwardAlgorithm_v7(
              lane.dnn(), x, w, convolution, y, ALGORITHMS, count, results),
          "cudnnGetConvolutionForwardAlgorithm_v7");
      return choose(
          "forward",
          count[0],
          i -> {
            var r = results.position(i);
            return new Candidate(r.algo(), r.status(), r.memory(), r.determinism(), r.mathType());
          });
    }
  }

  CudaStep backwardData(Conv.BackwardData back) {
    int[] count = new int[1];
    int algorithm;
    try (cudnnConvolutionBwdDataAlgoPerf_t results =
        new cudnnConvolutionBwdDataAlgoPerf_t(ALGORITHMS)) {
      checkStep(
          cudnnGetConvolutionBackwardDataAlgorithm_v7(
              lane.dnn(), w, y, convolution, x, ALGORITHMS, count, results),
          "cudnnGetConvolutionBackwardDataAlgorithm_v7");
      algorithm =
          choose(
              "backward-data",
              count[0],
              i -> {
                var r = results.position(i);
                return new Candidate(
                    r.algo(), r.status(), r.memory(), r.determinism(), r.mathType());
              });
    }
    return () -> {
      DeviceMemory workspace = lane.dnnWorkspace();
      checkStep(
          cudnnConvolutionBackwardData(
              lane.dnn(),
              one,
              w,
              new Address(lane.weight(op.weight())),
              y,
              new Address(lane.at(back.dy())),
              convolution,
              algorithm,
              new Address(workspace.address()),
              workspace.bytes(),
              zero,
              x,
              new Address(lane.at(back.dx()))),
          "cudnnConvolutionBackwardData");
      lane.stream().note("backward-data convolution " + op.node());
    };
  }

  CudaStep backwardParameters(Conv.BackwardParameters back) {
    int[] count = new int[1];
    int algorithm;
    try (cudnnConvolutionBwdFilterAlgoPerf_t results =
        new cudnnConvolutionBwdFilterAlgoPerf_t(ALGORITHMS)) {
      checkStep(
          cudnnGetConvolutionBackwardFilterAlgorithm_v7(
              lane.dnn(), x, y, convolution, w, ALGORITHMS, count, results),
          "cudnnGetConvolutionBackwardFilterAlgorithm_v7");
      algorithm =
          choose(
              "backward-filter",
              count[0],
              i -> {
                var r = results.position(i);
                return new Candidate(
                    r.algo(), r.status(), r.memory(), r.determinism(), r.mathType());
              });
    }
    CudaStep filter =
        () -> {
          DeviceMemory workspace = lane.dnnWorkspace();
          checkStep(
              cudnnConvolutionBackwardFilter(
                  lane.dnn(),
                  one,
                  x,
                  new Address(lane.at(op.x())),
                  y,
                  new Address(lane.at(back.dy())),
                  convolution,
                  algorithm,
                  new Address(workspace.address()),
                  workspace.bytes(),
                  zero,
                  w,
                  new Address(lane.gradient(op.weight()))),
              "cudnnConvolutionBackwardFilter");
          lane.stream().note("backward-filter convolution " + op.node());
        };
    if (op.bias() == null) {
      return filter;
    }
    long rows = (long) lane.batch() * op.out().pixels();
    CudaStep bias =
        LayerSteps.biasGradient(
            lane, back.dy(), rows, op.out().channels(), op.bias(), ROWS_PER_CHUNK);
    return () -> {
      filter.enqueue();
      bias.enqueue();
    };
  }
}
