package org.zowarmup.device.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Tensors of a flat buffer and their places in a compute copy, as kernels/src/segment.h has them.
 */
final class TestSegments {
  static final int BF16 = 1;
  static final int PADDED = 2;
  private static final int BLOCK = 128;
  private static final int BYTES = 48;

  /**
   * @param size elements
   * @param kind bits of segment.h
   * @param channels last dimension, where padded
   * @param paddedChannels last dimension in the copy
   */
  record Tensor(int size, int kind, int channels, int paddedChannels) {
    static Tensor of(int size, int kind) {
      return new Tensor(size, kind, 1, 1);
    }

    int copyBytes() {
      int stored = (kind & PADDED) == 0 ? size : size / channels * paddedChannels;
      return stored * ((kind & BF16) == 0 ? 4 : 2);
    }
  }

  final Tensor[] tensors;
  final int[] offsets;
  final int[] targets;
  final int length;
  final int copyBytes;

  TestSegments(Tensor... tensors) {
    this.tensors = tensors;
    this.offsets = new int[tensors.length];
    this.targets = new int[tensors.length];
    int end = 0;
    int target = 0;
    for (int s = 0; s < tensors.length; s++) {
      offsets[s] = end;
      targets[s] = target;
      end += (tensors[s].size() + BLOCK - 1) / BLOCK * BLOCK;
      target += (tensors[s].copyBytes() + 15) / 16 * 16;
    }
    this.length = end;
    this.copyBytes = target;
  }

  boolean isParameter(int i) {
    for (int s = 0; s < tensors.length; s++) {
      if (i >= offsets[s] && i < offsets[s] + tensors[s].size()) {
        return true;
      }
    }
    return false;
  }

  int blocks() {
    return length / BLOCK;
  }

  byte[] table() {
    ByteBuffer out = ByteBuffer.allocate(BYTES * tensors.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int s = 0; s < tensors.length; s++) {
      Tensor t = tensors[s];
      out.putLong(offsets[s]).putLong(t.size()).putLong(targets[s]).putInt(t.kind());
      out.putInt(t.channels()).putInt(t.paddedChannels()).putInt(0).putInt(0).putInt(0);
    }
    return KernelCase.content(out);
  }

  int[] blockSegment() {
    int[] out = new int[blocks()];
    for (int s = 0; s < tensors.length; s++) {
      int next = s + 1 < tensors.length ? offsets[s + 1] : length;
      java.util.Arrays.fill(out, offsets[s] / BLOCK, next / BLOCK, s);
    }
    return out;
  }

  /** Bytes of the copy when the tensors hold {@code flat}; elsewhere it keeps {@code before}. */
  byte[] copyOf(float[] flat, byte before) {
    byte[] bytes = new byte[copyBytes];
    java.util.Arrays.fill(bytes, before);
    ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int s = 0; s < tensors.length; s++) {
      Tensor t = tensors[s];
      for (int i = 0; i < t.size(); i++) {
        int at = i;
        if ((t.kind() & PADDED) != 0) {
          at = i / t.channels() * t.paddedChannels() + i % t.channels();
        }
        float v = flat[offsets[s] + i];
        if ((t.kind() & BF16) != 0) {
          out.putShort(targets[s] + 2 * at, Bf16.bits(v));
        } else {
          out.putFloat(targets[s] + 4 * at, v);
        }
      }
    }
    return bytes;
  }
}
