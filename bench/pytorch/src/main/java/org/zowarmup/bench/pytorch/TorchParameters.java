package org.zowarmup.bench.pytorch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.TorchOrder;

/**
 * The flat fp32 buffer of a {@link ParameterLayout} as PyTorch's parameters: every tensor is a view
 * of one flat tensor, with PyTorch's shape. A convolution's OHWI weights become an OIHW view, which
 * PyTorch knows as channels-last.
 */
public final class TorchParameters {
  private final ParameterLayout layout;
  private final boolean channelsLast;
  private final Tensor flat;
  private final List<Tensor> leaves = new ArrayList<>();
  private final Map<String, Tensor> byName = new HashMap<>();

  /**
   * @param values [layout.length()], copied
   * @param requiresGrad whether PyTorch records what is computed with them
   */
  public TorchParameters(ParameterLayout layout, float[] values, boolean requiresGrad) {
    this(layout, TorchTensors.of(checked(layout, values), values.length), requiresGrad, true);
  }

  /** The same values in fp64, with gradients. */
  static TorchParameters inDouble(ParameterLayout layout, float[] values) {
    Tensor flat = TorchTensors.of(checked(layout, values), values.length);
    return new TorchParameters(layout, flat.to(torch.ScalarType.Double), true, true);
  }

  /**
   * Every tensor in PyTorch's own order, OIHW for convolutions; for timing alone: nothing here
   * turns values or gradients back.
   */
  static TorchParameters channelsFirst(
      ParameterLayout layout, float[] values, boolean requiresGrad) {
    float[] turned = new float[values.length];
    for (ParameterTensor tensor : layout.tensors()) {
      int offset = Math.toIntExact(tensor.offset());
      for (int i = 0; i < tensor.size(); i++) {
        int stored = tensor.spec().torch().storedIndex(i, tensor.spec().shape());
        turned[offset + i] = values[offset + stored];
      }
    }
    Tensor flat = TorchTensors.of(turned, turned.length);
    return new TorchParameters(layout, flat, requiresGrad, false);
  }

  private TorchParameters(
      ParameterLayout layout, Tensor flat, boolean requiresGrad, boolean channelsLast) {
    this.layout = layout;
    this.channelsLast = channelsLast;
    this.flat = flat;
    for (ParameterTensor tensor : layout.tensors()) {
      // detached, so that every view is a leaf of its own over the shared storage
      Tensor leaf = view(flat, tensor).detach();
      leaf.set_requires_grad(requiresGrad);
      leaves.add(leaf);
      byName.put(tensor.name(), leaf);
    }
  }

  /** The part of a flat tensor that belongs to one parameter, in PyTorch's shape; no copy. */
  private Tensor view(Tensor flat, ParameterTensor tensor) {
    List<Integer> stored = tensor.spec().shape();
    List<Integer> shape = channelsLast ? stored : tensor.spec().torch().torchShape(stored);
    long[] sizes = shape.stream().mapToLong(Integer::longValue).toArray();
    Tensor view = flat.narrow(0, tensor.offset(), tensor.size()).view(sizes);
    return channelsLast && tensor.spec().torch() instanceof TorchOrder.Convolution
        ? view.permute(0, 3, 1, 2)
        : view;
  }

  boolean channelsLast() {
    return channelsLast;
  }

  /** Replaces the values, padding included. */
  public void write(float[] values) {
    flat.data_ptr_float().put(checked(layout, values), 0, values.length);
  }

  private static float[] checked(ParameterLayout layout, float[] values) {
    if (values.length != layout.length()) {
      throw new IllegalArgumentException(
          "expected " + layout.length() + " values, found " + values.length);
    }
    return values;
  }

  /** One parameter in our order. */
  double[] values(ParameterTensor tensor) {
    return stored(leaves.get(tensor.index()), tensor);
  }

  /** The gradient of one parameter in our order. */
  double[] gradient(ParameterTensor tensor) {
    return stored(leaves.get(tensor.index()).grad(), tensor);
  }

  private static double[] stored(Tensor torchs, ParameterTensor tensor) {
    boolean convolution = tensor.spec().torch() instanceof TorchOrder.Convolution;
    Tensor ours = convolution ? torchs.permute(0, 2, 3, 1) : torchs;
    double[] values = new double[tensor.size()];
    ours.detach().contiguous().to(torch.ScalarType.Double).data_ptr_double().get(values);
    return values;
  }

  /** A copy of the flat buffer. */
  public float[] read() {
    float[] values = new float[Math.toIntExact(layout.length())];
    flat.data_ptr_float().get(values, 0, values.length);
    return values;
  }

  public ParameterLayout layout() {
    return layout;
  }

  /** All of it, padding included. */
  public Tensor flat() {
    return flat;
  }

  /** In the order of the layout. */
  public List<Tensor> leaves() {
    return leaves;
  }

  /** Parameter t as it lies in the flat buffer, [size]. */
  public Tensor stored(int t) {
    ParameterTensor tensor = layout.tensors().get(t);
    return flat.narrow(0, tensor.offset(), tensor.size());
  }

  /** The parameter of a name of the layout. */
  public Tensor get(String name) {
    Tensor leaf = byName.get(name);
    if (leaf == null) {
      throw new IllegalArgumentException("no parameter " + name + " in " + byName.keySet());
    }
    return leaf;
  }

  /** Forgets the gradients, so that the next backward pass need not add to them. */
  public void clearGradients() {
    leaves.forEach(leaf -> leaf.mutable_grad().reset());
  }

  /** Gradients in the order of the flat buffer, 0 in the padding. */
  public float[] readGradients() {
    float[] all = new float[Math.toIntExact(layout.length())];
    for (int t = 0; t < leaves.size(); t++) {
      ParameterTensor tensor = layout.tensors().get(t);
      Tensor gradient = leaves.get(t).grad();
      if (tensor.spec().torch() instanceof TorchOrder.Convolution) {
        gradient = gradient.permute(0, 2, 3, 1);
      }
      gradient = gradient.contiguous();
      gradient.data_ptr_float().get(all, Math.toIntExact(tensor.offset()), tensor.size());
    }
    return all;
  }
}
