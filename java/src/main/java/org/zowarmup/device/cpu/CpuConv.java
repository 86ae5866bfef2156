package org.zowarmup.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_desc;
import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;

/**
 * {@link Conv} by oneDNN: activations nhwc, weights in the layout that the library asks for,
 * reordered from OHWI whenever others are bound. 3x3 convolutions of stride 1 run the program's own
 * kernels, Winograd's minimal filtering (Lavin and Gray 2016, arXiv 1509.09308): a half to a
 * quarter of the products that oneDNN's direct sum needs, with filters transformed just before each
 * pass.
 */
final class CpuConv {
  private static final int WIDEST_VECTOR = 16; // floats
  private static final int WINOGRAD_KERNEL = 3;
  private static final int SMALL_TILE = 2;
  private static final int LARGE_TILE = 4;
  private static final int MOST_PADDING = 2;

  /**
   * Tiles from which the fewer products of large ones outweigh their filters, which are 36 numbers
   * for every 9 instead of 16.
   */
  private static final long TILES_FOR_LARGE = 24;

  private final CpuProgram program;
  private final Dnnl dnnl;
  private final Conv.Forward op;
  private final memory.desc x;
  private final memory.desc y;
  private final memory.desc anyWeights;
  private final memory.desc bias; // empty, which oneDNN takes for none, where there is none
  private final long[] strides;
  private final long[] padding;
  private final convolution_forward.primitive_desc forward;

  static Step forward(CpuProgram program, Conv.Forward op) {
    return fitsWinograd(op) ? winogradForward(program, op) : new CpuConv(program, op).forward();
  }

  static Step backwardData(CpuProgram program, Conv.BackwardData op) {
    return fitsWinograd(op.forward())
        ? winogradData(program, op)
        : new CpuConv(program, op.forward()).backward(op);
  }

  static Step backwardParameters(CpuProgram program, Conv.BackwardParameters op) {
    return fitsWinograd(op.forward())
        ? winogradParameters(program, op)
        : new CpuConv(program, op.forward()).backward(op);
  }

  private static boolean fitsWinograd(Conv.Forward op) {
    int padding = op.conv().padding();
    return op.conv().kernel() == WINOGRAD_KERNEL
        && op.conv().stride() == 1
        && padding <= MOST_PADDING
        && (padding == 1 || Math.min(op.out().height(), op.out().width()) >= LARGE_TILE)
        && op.in().channels() % NativeCpu.WINOGRAD_CHANNELS == 0
        && op.out().channels() % NativeCpu.WINOGRAD_CHANNELS == 0
        && NativeCpu.isa() >= NativeCpu.ISA_AVX2;
  }

  private static int tile(CpuProgram program, Shape shape) {
    long rows = ((long) shape.height() + LARGE_TILE - 1) / LARGE_TILE;
    long columns = ((long) shape.width() + LARGE_TILE - 1) / LARGE_TILE;
    return program.batch() * rows * columns >= TILES_FOR_LARGE ? LARGE_TILE : SMALL_TILE;
  }

  private static Step winogradParameters(CpuProgram program, Conv.BackwardParameters back) {
    Conv.Forward op = back.forward();
    Shape shape = op.in();
    int size = tile(program, op.out());
    long in = op.in().channels();
    long out = op.out().channels();
    long rows = (long) program.batch() * op.out().pixels();
    FloatPointer x = program.at(op.x());
    FloatPointer dy = program.at(back.dy());
    program.reserveFilters(NativeCpu.winogradFilterElements(in, out, size));
    return count -> {
      NativeCpu.winogradGradient(
          x,
          dy,
          program.filters(),
          program.gradient(op.weight()),
          program.batch(),
          shape.height(),
          shape.width(),
          in,
          out,
          op.conv().padding(),
          size,
          program.threads());
      if (op.bias() != null) {
        NativeCpu.sumRows(dy, rows, out, program.gradient(op.bias()), program.threads());
      }
    };
  }

  private static Step winogradForward(CpuProgram program, Conv.Forward op) {
    FloatPointer x = program.at(op.x());
    FloatPointer y = program.at(op.y());
    int padding = op.conv().padding();
    return winograd(program, op, x, op.in(), y, op.out(), padding, false);
  }

  /** The convolution with turned filters that leads back: what it lacks in padding it gets here. */
  private static Step winogradData(CpuProgram program, Conv.BackwardData back) {
    Conv.Forward op = back.forward();
    FloatPointer dy = program.at(back.dy());
    FloatPointer dx = program.at(back.dx());
    int padding = MOST_PADDING - op.conv().padding();
    return winograd(program, op, dy, op.out(), dx, op.in(), padding, true);
  }

  private static Step winograd(
      CpuProgram program,
      Conv.Forward op,
      FloatPointer from,
      Shape shape,
      FloatPointer to,
      Shape result,
      int padding,
      boolean backward) {
    int size = tile(program, result);
    long in = shape.channels();
    long out = result.channels();
    program.reserveFilters(NativeCpu.winogradFilterElements(in, out, size));
    return count -> {
      FloatPointer filters = program.filters();
      NativeCpu.winogradFilter(
          program.weight(op.weight()), filters, in, out, size, backward, program.threads());
      NativeCpu.winogradConvolution(
          from,
          filters,
          backward || op.bias() == null ? null : program.weight(op.bias()),
          to,
          program.batch(),
          shape.height(),
          shape.width(),
          in,
          out,
          padding,
          size,
          program.threads());
    };
  }

  private CpuConv(CpuProgram program, Conv.Forward op) {
    this.program = program;
    this.dnnl = program.dnnl();
    this.op = op;
    this.x = dnnl.activation(program.batch(), op.in());
    this.y = dnnl.activation(program.batch(), op.out());
    this.anyWeights = weights(memory.format_tag.any);
    this.bias =
        op.bias() == null
            ? dnnl.keep(new memory.desc())
            : dnnl.desc(memory.format_tag.x, op.out().channels());
    this.strides = new long[] {op.conv().stride(), op.conv().stride()};
    this.padding = new long[] {op.conv().padding(), op.conv().padding()};
    prop_kind kind =
        program.isTraining() ? prop_kind.forward_training : prop_kind.forward_inference;
    this.forward =
        dnnl.keep(
            new convolution_forward.primitive_desc(
                dnnl.engine(),
                kind,
                algorithm.convolution_direct,
                x,
                anyWeights,
                bias,
                y,
                strides,
                padding,
                padding));
    passOver1x1OfOddChannels(forward);
  }

  /**
   * For strided 1x1 kernels oneDNN 3.11 copies pixels into memory of its own, and writes whole
   * vectors past its end where the channels do not fill the last one. Its next implementation does
   * not.
   */
  private void passOver1x1OfOddChannels(primitive_desc desc) {
    boolean strided = op.conv().kernel() == 1 && op.conv().stride() > 1;
    if (!strided || op.in().channels() % WIDEST_VECTOR == 0) {
      return;
    }
    while (desc.impl_info_str().getString().startsWith("jit_1x1")) {
      if (!desc.next_impl()) {
        throw new IllegalStateException(
            "layer " + op.node() + ": oneDNN has no other kernel for a strided 1x1 convolution");
      }
    }
  }

  private memory.desc weights(memory.format_tag tag) {
    Shape in = op.in();
    int kernel = op.conv().kernel();
    return dnnl.desc(tag, op.out().channels(), in.channels(), kernel, kernel);
  }

  private Step forward() {
    IntMemoryMap arguments =
        new IntMemoryMap()
            .put(DNNL_ARG_SRC, dnnl.memory(x, program.at(op.x())))
            .put(
                DNNL_ARG_WEIGHTS,
                program.weight(
                    op.weight(),
                    weights(memory.format_tag.ohwi),
                    dnnl.keep(forward.weights_desc())));
    if (op.bias() != null) {
      arguments.put(DNNL_ARG_BIAS, program.weight(op.bias(), bias, bias));
    }
    arguments.put(DNNL_ARG_DST, dnnl.memory(y, program.at(op.y())));
    return dnnl.call(new convolution_forward(forward), arguments);
  }

  private Step backward(Conv.BackwardData back) {
    var desc =
        dnnl.keep(
            new convolution_backward_data.primitive_desc(
                dnnl.engine(),
                algorithm.convolution_direct,
                x,
                anyWeights,
                y,
                strides,
                padding,
                padding,
                forward));
    passOver1x1OfOddChannels(desc);
    IntMemoryMap arguments =
        new IntMemoryMap()
            .put(DNNL_ARG_DIFF_DST, dnnl.memory(y, program.at(back.dy())))
            .put(
                DNNL_ARG_WEIGHTS,
                program.weight(
                    op.weight(), weights(memory.format_tag.ohwi), dnnl.keep(desc.weights_desc())))
            .put(DNNL_ARG_DIFF_SRC, dnnl.memory(x, program.at(back.dx())));
    return dnnl.call(new convolution_backward_data(desc), arguments);
  }

  private Step backward(Conv.BackwardParameters back) {
    var desc =
        dnnl.keep(
            new convolution_backward_weights.primitive_desc(
                dnnl.engine(),
                algorithm.convolution_direct,
                x,
                anyWeights,
                bias,
                y,
                strides,
                padding,
                padding,
                forward));
    passOver1x1OfOddChannels(desc);
    IntMemoryMap arguments =
        new IntMemoryMap()
            .put(DNNL_ARG_SRC, dnnl.memory(x, program.at(op.x())))
            .put(DNNL_ARG_DIFF_DST, dnnl.memory(y, program.at(back.dy())));
    CpuProgram.Gradient weight =
        program.gradient(
            op.weight(), weights(memory.format_tag.ohwi), dnnl.keep(desc.diff_weights_desc()));
    arguments.put(DNNL_ARG_DIFF_WEIGHTS, weight.computed());
    if (op.bias() != null) {
      arguments.put(DNNL_ARG_DIFF_BIAS, program.gradient(op.bias(), bias, bias).computed());
    }
    Step call = dnnl.call(new convolution_backward_weights(desc), arguments);
    return count -> {
      call.run(count);
      weight.store().run(count);
    };
  }
}
