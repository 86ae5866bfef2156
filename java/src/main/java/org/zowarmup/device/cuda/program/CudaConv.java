package org.zowarmup.device.cuda.program;

import static java.util.stream.Collectors.joining;
import static org.bytedeco.cuda.global.cudnn.*;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntSupplier;
import org.bytedeco.cuda.cudnn.cudnnConvolutionBwdDataAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionBwdFilterAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionFwdAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionStruct;
import org.bytedeco.cuda.cudnn.cudnnFilterStruct;
import org.bytedeco.cuda.cudnn.cudnnTensorStruct;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.zowarmup.device.Precision;
import org.zowarmup.device.cuda.driver.CudaStatus;
import org.zowarmup.device.cuda.driver.DeviceMemory;
import org.zowarmup.device.cuda.driver.DevicePointer;
import org.zowarmup.device.cuda.driver.DevicePointer.Address;
import org.zowarmup.device.cuda.driver.Gpu;
import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.error.UnsupportedException;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;

/**
 * A convolution by cuDNN: activations packed NHWC, images with as many channels as matrix units
 * want, weights OHWI as they are stored, algorithms that cuDNN calls deterministic and that have
 * run once when the plan is compiled. fp32 runs with FMA_MATH, since DEFAULT_MATH permits TF32,
 * which is what the precision of that name asks for. A layer that cuDNN does not run in tf32 or
 * bf16, because it has few or odd channels, runs in fp32 instead, between conversions where
 * activations are bf16: products of bf16 are exact in fp32.
 */
final class CudaConv {
  private static final int ALGORITHMS = 16;

  private static final int TIMINGS = 3;
  private static final int MOST_RUNS = 10;
  private static final double LONG_ENOUGH = 5e-4; // seconds of a measurement

  private final CudaProgram program;
  private final Conv.Forward op;
  private final Precision precision; // of the program, or fp32 in its place
  private final cudnnTensorStruct x = new cudnnTensorStruct();
  private final cudnnTensorStruct y = new cudnnTensorStruct();
  private final cudnnFilterStruct w = new cudnnFilterStruct();
  private final cudnnConvolutionStruct convolution = new cudnnConvolutionStruct();
  private final Shape in; // as it lies in memory
  private final FloatPointer one;
  private final FloatPointer zero;
  private final Widened images; // in fp32; null where they are as they lie
  private final Widened filters;
  private final Widened results;

  /** A copy in fp32 of bf16 values. */
  private record Widened(DeviceMemory memory, long elements) {}

  private CudaConv(CudaProgram program, Conv.Forward op, Precision precision) {
    this.program = program;
    this.op = op;
    this.precision = precision;
    this.one = program.own(new FloatPointer(1f));
    this.zero = program.own(new FloatPointer(0f));
    boolean widens = program.isBf16() && precision == Precision.FP32;
    int type = precision == Precision.BF16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
    this.in = program.stored(op.x(), op.in());
    describe(x, in, type);
    describe(y, op.out(), type);
    check(cudnnCreateFilterDescriptor(w), "cudnnCreateFilterDescriptor");
    program.own(() -> check(cudnnDestroyFilterDescriptor(w), "cudnnDestroyFilterDescriptor"));
    int kernel = op.conv().kernel();
    check(
        cudnnSetFilter4dDescriptor(
            w, type, CUDNN_TENSOR_NHWC, op.out().channels(), in.channels(), kernel, kernel),
        "cudnnSetFilter4dDescriptor");
    describeConvolution();
    this.images = widened(widens, "images", (long) program.batch() * in.elements());
    this.filters = widened(widens && !isClassifier(program, op), "filters", filterElements());
    this.results =
        widened(
            widens && !program.isFloat(op.y()),
            "results",
            (long) program.batch() * op.out().elements());
  }

  private Widened widened(boolean widens, String what, long elements) {
    return widens
        ? new Widened(
            program.shared(what + " of a convolution in fp32", Float.BYTES * elements), elements)
        : null;
  }

  /** True if its filters stay fp32 in bf16, too. */
  private static boolean isClassifier(CudaProgram program, Conv.Forward op) {
    return program.isBf16() && !program.copyLayout().isBf16(op.weight());
  }

  private long filterElements() {
    int kernel = op.conv().kernel();
    return (long) op.out().channels() * kernel * kernel * in.channels();
  }

  /** In the precision of the program, or where cuDNN has nothing for that, in fp32. */
  private static CudaStep compile(
      CudaProgram program, Conv.Forward op, Function<CudaConv, CudaStep> step) {
    if (isClassifier(program, op)) {
      return step.apply(new CudaConv(program, op, Precision.FP32));
    }
    try {
      return step.apply(new CudaConv(program, op, program.precision()));
    } catch (UnsupportedException e) {
      if (program.precision() == Precision.FP32) {
        throw e;
      }
      try {
        return step.apply(new CudaConv(program, op, Precision.FP32));
      } catch (UnsupportedException inFp32) {
        inFp32.addSuppressed(e);
        throw inFp32;
      }
    }
  }

  /** What cuDNN reads or writes in the place of {@code at}. */
  private static DevicePointer in(Widened copyOrNull, DevicePointer at) {
    return copyOrNull == null ? at : copyOrNull.memory();
  }

  private CudaStep widen(DevicePointer from, Widened toOrNull) {
    return toOrNull == null
        ? CudaStep.NOTHING
        : program.widen(from, toOrNull.memory(), toOrNull.elements());
  }

  private CudaStep narrow(Widened fromOrNull, DevicePointer to) {
    return fromOrNull == null
        ? CudaStep.NOTHING
        : program.narrow(fromOrNull.memory(), to, fromOrNull.elements());
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
    setMath(mathType());
  }

  private void setMath(int math) {
    check(cudnnSetConvolutionMathType(convolution, math), "cudnnSetConvolutionMathType");
  }

  private int mathType() {
    return switch (precision) {
      case FP32 -> CUDNN_FMA_MATH;
      case TF32 -> CUDNN_DEFAULT_MATH;
      case BF16 -> CUDNN_TENSOR_OP_MATH;
    };
  }

  private static void check(int code, String call) {
    CudaStatus.cudnn(code, call);
  }

  private void checkStep(int code, String call) {
    CudaStatus.cudnn(code, call + " of layer " + op.node() + ", " + shape());
  }

  private String shape() {
    return "%s to %s, batch %d".formatted(in, op.out(), program.batch());
  }

  /**
   * One direction of a layer as cuDNN computes it.
   *
   * @param name of cuDNN's function
   */
  private record Direction(String name, Find find, Workspace workspace, Run run) {
    /** Asks for the algorithms of a direction, best first. */
    private interface Find {
      /**
       * @param results of any direction: the structs of the three differ in one field's type alone,
       *     which is an int in each
       */
      int of(int[] count, cudnnConvolutionFwdAlgoPerf_t results);
    }

    /** Asks for the workspace of an algorithm with the math type that is set. */
    private interface Workspace {
      int of(int algorithm, SizeTPointer bytes);
    }

    /** Queues the work. */
    private interface Run {
      int with(int algorithm, Address weights, Address workspace, long bytes);
    }
  }

  /** All programs of a device take the same. */
  private ConvAlgorithms.Candidate choose(Direction direction) {
    String layer = "%s, %s, %s, %s".formatted(direction.name(), op.conv(), shape(), precision);
    ConvAlgorithms.Found found = program.common().algorithms().of(layer, () -> survey(direction));
    if (found.taken() != null) {
      return found.taken();
    }
    throw refused(
        direction, found.candidates().stream().map(Object::toString).collect(joining("; ")));
  }

  private UnsupportedException refused(Direction direction, String why) {
    return new UnsupportedException(
        "device %s: cuDNN has no deterministic algorithm in %s for layer %s, %s (%s): %s"
            .formatted(
                program.common().gpu().name(),
                precision,
                op.node(),
                shape(),
                direction.name(),
                why));
  }

  /**
   * Tries what cuDNN's heuristics offer, with the math type and the workspace of each, in its
   * order, because they also offer what then does not run.
   */
  private List<ConvAlgorithms.Candidate> survey(Direction direction) {
    int[] count = new int[1];
    List<ConvAlgorithms.Candidate> candidates = new ArrayList<>();
    try (cudnnConvolutionFwdAlgoPerf_t results = new cudnnConvolutionFwdAlgoPerf_t(ALGORITHMS)) {
      setMath(mathType());
      int code = direction.find().of(count, results);
      if (code == CUDNN_STATUS_NOT_SUPPORTED) {
        throw refused(direction, "it has none, " + CudaStatus.cudnnText(code));
      }
      checkStep(code, "algorithms for " + direction.name());
      for (int i = 0; i < count[0]; i++) {
        cudnnConvolutionFwdAlgoPerf_t offer = results.position(i);
        // for fp32 the library may offer what would use TF32, also under the name of FMA
        int math = precision == Precision.FP32 ? CUDNN_FMA_MATH : offer.mathType();
        if (offer.status() != CUDNN_STATUS_SUCCESS) {
          String status = cudnnGetErrorString(offer.status()).getString();
          candidates.add(candidate(offer.algo(), math, status));
        } else if (offer.determinism() != CUDNN_DETERMINISTIC) {
          candidates.add(candidate(offer.algo(), math, "not deterministic"));
        } else if (candidates.stream()
            .noneMatch(c -> c.algorithm() == offer.algo() && c.math() == math)) {
          candidates.add(tried(direction, offer.algo(), math));
        }
      }
    }
    return candidates;
  }

  private static ConvAlgorithms.Candidate candidate(int algorithm, int math, String status) {
    return new ConvAlgorithms.Candidate(algorithm, math, status, 0, 0, false);
  }

  /**
   * Runs an algorithm on what is in memory, and times it. Too little memory is no answer: which
   * algorithm a layer has must not depend on what else is there.
   */
  private ConvAlgorithms.Candidate tried(Direction direction, int algorithm, int math) {
    setMath(math);
    try (SizeTPointer size = new SizeTPointer(1)) {
      int code = direction.workspace().of(algorithm, size);
      if (code != CUDNN_STATUS_SUCCESS) {
        return candidate(algorithm, math, CudaStatus.cudnnText(code));
      }
      long bytes = size.get();
      Gpu gpu = program.common().gpu();
      long most = CudaProgram.dnnWorkspaceLimit(gpu);
      if (bytes > most) {
        String wants = "wants a workspace of %d bytes, allowed are %d".formatted(bytes, most);
        return candidate(algorithm, math, wants);
      }
      try (DeviceMemory workspace = new DeviceMemory(gpu, "workspace of cuDNN", bytes);
          DeviceMemory weights = new DeviceMemory(gpu, "filters", filterBytes())) {
        IntSupplier run =
            () ->
                direction.run().with(algorithm, Address.of(weights), Address.of(workspace), bytes);
        code = run.getAsInt();
        String answer = code == CUDNN_STATUS_SUCCESS ? null : CudaStatus.cudnnText(code);
        program.stream().synchronize();
        return answer == null
            ? new ConvAlgorithms.Candidate(
                algorithm, math, ConvAlgorithms.RAN, bytes, 1e6 * seconds(direction, run), false)
            : candidate(algorithm, math, answer);
      }
    }
  }

  /** The least of a few measurements, each of several runs where one is short. */
  private double seconds(Direction direction, IntSupplier run) {
    int times = 1;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < TIMINGS; i++) {
      int runs = times;
      double each =
          program.stream()
                  .seconds(
                      () -> {
                        for (int k = 0; k < runs; k++) {
                          checkStep(run.getAsInt(), direction.name());
                        }
                      })
              / runs;
      least = Math.min(least, each);
      times = (int) Math.max(1, Math.min(MOST_RUNS, LONG_ENOUGH / Math.max(each, 1e-9)));
    }
    return least;
  }

  private long filterBytes() {
    return filterElements() * (precision == Precision.BF16 ? Short.BYTES : Float.BYTES);
  }

  /**
   * @param weights filters that are read, or their gradient
   */
  private CudaStep step(Direction direction, DevicePointer weights) {
    ConvAlgorithms.Candidate chosen = choose(direction);
    setMath(chosen.math());
    program.needDnnWorkspace(chosen.workspace());
    return () -> {
      DeviceMemory workspace = program.dnnWorkspace();
      checkStep(
          direction
              .run()
              .with(
                  chosen.algorithm(),
                  Address.of(weights),
                  Address.of(workspace),
                  workspace.bytes()),
          direction.name());
      program.stream().note(direction.name() + " of " + op.node());
    };
  }

  static CudaStep forward(CudaProgram program, Conv.Forward op) {
    CudaStep convolution = compile(program, op, CudaConv::forward);
    return op.bias() == null || CudaEmbedding.takesBias(program, op)
        ? convolution
        : convolution.then(CudaBias.add(program, op, op.y(), op.out().channels(), op.bias()));
  }

  private CudaStep forward() {
    DevicePointer weight = program.weight(op.weight());
    Address in = Address.of(in(images, program.at(op.x())));
    Address out = Address.of(in(results, program.at(op.y())));
    return widen(program.at(op.x()), images)
        .then(widen(weight, filters))
        .then(forward(in, out, in(filters, weight)))
        .then(narrow(results, program.at(op.y())));
  }

  private CudaStep forward(Address in, Address out, DevicePointer weight) {
    return step(
        new Direction(
            "cudnnConvolutionForward",
            (count, results) ->
                cudnnGetConvolutionForwardAlgorithm_v7(
                    program.dnn(), x, w, convolution, y, ALGORITHMS, count, results),
            (algorithm, bytes) ->
                cudnnGetConvolutionForwardWorkspaceSize(
                    program.dnn(), x, w, convolution, y, algorithm, bytes),
            (algorithm, weights, workspace, bytes) ->
                cudnnConvolutionForward(
                    program.dnn(),
                    one,
                    x,
                    in,
                    w,
                    weights,
                    convolution,
                    algorithm,
                    workspace,
                    bytes,
                    zero,
                    y,
                    out)),
        weight);
  }

  static CudaStep backwardData(CudaProgram program, Conv.BackwardData back) {
    return compile(program, back.forward(), layer -> layer.backward(back));
  }

  private CudaStep backward(Conv.BackwardData back) {
    DevicePointer weight = program.weight(op.weight());
    Address dy = Address.of(in(results, program.at(back.dy())));
    Address dx = Address.of(in(images, program.at(back.dx())));
    return widen(program.at(back.dy()), results)
        .then(widen(weight, filters))
        .then(backwardData(dy, dx, in(filters, weight)))
        .then(narrow(images, program.at(back.dx())));
  }

  private CudaStep backwardData(Address dy, Address dx, DevicePointer weight) {
    return step(
        new Direction(
            "cudnnConvolutionBackwardData",
            (count, results) ->
                cudnnGetConvolutionBackwardDataAlgorithm_v7(
                    program.dnn(),
                    w,
                    y,
                    convolution,
                    x,
                    ALGORITHMS,
                    count,
                    new cudnnConvolutionBwdDataAlgoPerf_t(results)),
            (algorithm, bytes) ->
                cudnnGetConvolutionBackwardDataWorkspaceSize(
                    program.dnn(), w, y, convolution, x, algorithm, bytes),
            (algorithm, weights, workspace, bytes) ->
                cudnnConvolutionBackwardData(
                    program.dnn(),
                    one,
                    w,
                    weights,
                    y,
                    dy,
                    convolution,
                    algorithm,
                    workspace,
                    bytes,
                    zero,
                    x,
                    dx)),
        weight);
  }

  static CudaStep backwardParameters(CudaProgram program, Conv.BackwardParameters back) {
    Conv.Forward op = back.forward();
    CudaStep filter = compile(program, op, layer -> layer.backward(back));
    return op.bias() == null
        ? filter
        : filter.then(
            CudaBias.gradient(
                program, back.dy(), op.out().channels(), op.bias(), program.isFloat(op.y())));
  }

  private CudaStep backward(Conv.BackwardParameters back) {
    DevicePointer gradient = program.gradient(op.weight());
    Address in = Address.of(in(images, program.at(op.x())));
    Address dy = Address.of(in(results, program.at(back.dy())));
    return widen(program.at(op.x()), images)
        .then(widen(program.at(back.dy()), results))
        .then(backwardFilter(in, dy, in(filters, gradient)))
        .then(narrow(filters, gradient));
  }

  private CudaStep backwardFilter(Address in, Address dy, DevicePointer gradient) {
    return step(
        new Direction(
            "cudnnConvolutionBackwardFilter",
            (count, results) ->
                cudnnGetConvolutionBackwardFilterAlgorithm_v7(
                    program.dnn(),
                    x,
                    y,
                    convolution,
                    w,
                    ALGORITHMS,
                    count,
                    new cudnnConvolutionBwdFilterAlgoPerf_t(results)),
            (algorithm, bytes) ->
                cudnnGetConvolutionBackwardFilterWorkspaceSize(
                    program.dnn(), x, y, convolution, w, algorithm, bytes),
            (algorithm, weights, workspace, bytes) ->
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
                    weights)),
        gradient);
  }
}
