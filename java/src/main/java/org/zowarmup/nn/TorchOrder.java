package org.zowarmup.nn;

import java.util.List;

/**
 * Maps a stored tensor to PyTorch's order: activations here are NHWC, so convolution weights are
 * OHWI, and a linear layer after a flatten sees its features as height, width, channel where
 * PyTorch sees channel, height, width.
 */
public sealed interface TorchOrder {
  /** Shape and order are PyTorch's own. */
  TorchOrder SAME = new Same();

  /** PyTorch's shape of a tensor that is stored with the given shape. */
  List<Integer> torchShape(List<Integer> stored);

  /**
   * Position in the stored tensor of the element at {@code torchIndex} of PyTorch's row-major
   * tensor.
   */
  int storedIndex(int torchIndex, List<Integer> stored);

  /** The identity. */
  record Same() implements TorchOrder {
    @Override
    public List<Integer> torchShape(List<Integer> stored) {
      return stored;
    }

    @Override
    public int storedIndex(int torchIndex, List<Integer> stored) {
      return torchIndex;
    }
  }

  /** Stored [O,H,W,I], PyTorch's [O,I,H,W]. */
  record Convolution() implements TorchOrder {
    @Override
    public List<Integer> torchShape(List<Integer> s) {
      return List.of(s.get(0), s.get(3), s.get(1), s.get(2));
    }

    @Override
    public int storedIndex(int torchIndex, List<Integer> s) {
      return channelsFirstToLast(torchIndex, s.get(1), s.get(2), s.get(3));
    }
  }

  /** Stored [out, H*W*C], PyTorch's [out, C*H*W]. */
  record LinearAfterFlatten(Shape flattened) implements TorchOrder {
    @Override
    public List<Integer> torchShape(List<Integer> stored) {
      return stored;
    }

    @Override
    public int storedIndex(int torchIndex, List<Integer> stored) {
      return channelsFirstToLast(
          torchIndex, flattened.height(), flattened.width(), flattened.channels());
    }
  }

  private static int channelsFirstToLast(int index, int height, int width, int channels) {
    int perOutput = height * width * channels;
    int output = index / perOutput;
    int rest = index % perOutput;
    int channel = rest / (height * width);
    int pixel = rest % (height * width);
    return output * perOutput + pixel * channels + channel;
  }
}
