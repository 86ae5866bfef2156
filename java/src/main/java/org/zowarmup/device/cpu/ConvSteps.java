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
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;

/**
 * Convolutions by oneDNN: activations nhwc, weights in the layout that the library asks for,
 * reordered from OHWI whenever others are bound.
 */
final class ConvSteps {
  private static final int WIDEST_VECTOR = 16; // floats

  private final Lane lane;
  private final Dnnl dnnl;
  private final Conv.Forward op;
  private final memory.desc x;
  private final memory.desc y;
  private final memory.desc anyWeights;
  private final memory.desc bias; // null where there is none
  private final long[] strides;
  private final long[] padding;
  private final convolution_forward.primitive_desc forward;

  ConvSteps(Lane lane, Conv.Forward op) {
    this.lane = lane;
    this.dnnl = lane.dnnl();
    this.op = op;
    this.x = dnnl.activation(lane.batch(), op.in());
    this.y = dnnl.activation(lane.batch(), op.out());
    this.anyWeights = weights(memory.format_tag.any);
    this.bias = op.bias() == null ? null : dnnl.desc(memory.format_tag.x, op.out().channels());
    this.strides = new long[] {op.conv().stride(), op.conv().stride()};
    this.padding = new long[] {op.conv().padding(), op.conv().padding()};
    prop_kind kind = lane.isTraining() ? prop_kind.forward_training : prop_kind.forward_inference;
    this.forward =
        dnnl.keep(
            bias == null
                ? new convolution_forward.primitive_desc(
                    dnnl.engine(),
                    kind,
                    algorithm.convolution_direct,
                    x,
                    anyWeights,
                    y,
                    strides,
                    padding,
                    padding)
                : new convolution_forward.primitive_desc(
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

  Step forward() {
    IntMemoryMap arguments = new IntMemoryMap();
    arguments.put(DNNL_ARG_SRC, dnnl.memory(x, lane.at(op.x())));
    arguments.put(
        DNNL_ARG_WEIGHTS,
        BoundTensor.weights(
            lane, op.weight(), weights(memory.format_tag.ohwi), dnnl.keep(forward.weights_desc())));
    if (bias != null) {
      arguments.put(DNNL_ARG_BIAS, BoundTensor.weights(lane, op.bias(), bias, bias));
    }
    arguments.put(DNNL_ARG_DST, dnnl.memory(y, lane.at(op.y())));
    Runnable call = dnnl.call(new convolution_forward(forward), arguments);
    return count -> call.run();
  }

  Step backwardData(Conv.BackwardData back) {
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
    IntMemoryMap arguments = new IntMemoryMap();
    arguments.put(DNNL_ARG_DIFF_DST, dnnl.memory(y, lane.at(back.dy())));
    arguments.put(
        DNNL_ARG_WEIGHTS,
        BoundTensor.weights(
            lane, op.weight(), weights(memory.format_tag.ohwi), dnnl.keep(desc.weights_desc())));
    arguments.put(DNNL_ARG_DIFF_SRC, dnnl.memory(x, lane.at(back.dx())));
    Runnable call = dnnl.call(new convolution_backward_data(desc), arguments);
    return count -> call.run();
  }

  Step backwardParameters(Conv.BackwardParameters back) {
    var desc =
        dnnl.keep(
            bias == null
                ? new convolution_backward_weights.primitive_desc(
                    dnnl.engine(),
                    algorithm.convolution_direct,
                    x,
                    anyWeights,
                    y,
                    strides,
                    padding,
                    padding,
                    forward)
                : new convolution_backward_weights.primitive_desc(
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
    IntMemoryMap arguments = new IntMemoryMap();
    arguments.put(DNNL_ARG_SRC, dnnl.memory(x, lane.at(op.x())));
    arguments.put(DNNL_ARG_DIFF_DST, dnnl.memory(y, lane.at(back.dy())));
    BoundTensor.Gradient weight =
        BoundTensor.gradient(
            lane,
            op.weight(),
            weights(memory.format_tag.ohwi),
            dnnl.keep(desc.diff_weights_desc()));
    arguments.put(DNNL_ARG_DIFF_WEIGHTS, weight.computed());
    if (bias != null) {
      arguments.put(
          DNNL_ARG_DIFF_BIAS, BoundTensor.gradient(lane, op.bias(), bias, bias).computed());
    }
    Runnable call = dnnl.call(new convolution_backward_weights(desc), arguments);
    return count -> {
      call.run();
      weight.store().run();
    };
  }
}
