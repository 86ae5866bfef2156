package org.zowarmup.device.nd4j;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Floats in a row, all zero at first, and INDArrays over pieces of them: on the CPU over memory of
 * ours, without a copy; on a GPU over one array of ND4J's.
 */
final class Nd4jFloats implements AutoCloseable {
  private final FloatPointer hostOrNull;
  private final INDArray arrayOrNull;
  private final long length;

  /**
   * @param length at least 1, since ND4J knows no empty buffers
   */
  Nd4jFloats(boolean onHost, long length) {
    this.length = length;
    this.hostOrNull = onHost ? new FloatPointer(length) : null;
    this.arrayOrNull = onHost ? null : Nd4j.create(DataType.FLOAT, length);
    if (onHost) {
      Pointer.memset(hostOrNull, 0, length * Float.BYTES);
    }
  }

  /** The floats from an offset on, as an array of that shape; what is written to it is here. */
  INDArray view(long offset, long... shape) {
    long elements = 1;
    for (long extent : shape) {
      elements *= extent;
    }
    return hostOrNull == null
        ? arrayOrNull.get(NDArrayIndex.interval(offset, offset + elements)).reshape(shape)
        : Nd4j.create(
            Nd4j.createBuffer(hostOrNull.getPointer(offset), elements, DataType.FLOAT), shape);
  }

  void write(long offset, float[] values, int count) {
    if (hostOrNull != null) {
      hostOrNull.getPointer(offset).put(values, 0, count);
    } else if (count > 0) {
      view(offset, count).assign(Nd4j.createFromArray(Arrays.copyOf(values, count)));
    }
  }

  float[] read(long offset, int count) {
    float[] values = new float[count];
    if (hostOrNull != null) {
      hostOrNull.getPointer(offset).get(values);
    } else if (count > 0) {
      values = view(offset, count).dup().data().asFloat();
    }
    return values;
  }

  long length() {
    return length;
  }

  /** The same memory for a user's own layer; on the CPU alone. */
  FloatBuffer buffer(long offset, long elements) {
    return hostOrNull
        .getPointer(offset)
        .capacity(elements)
        .asByteBuffer()
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  @Override
  public void close() {
    if (hostOrNull != null) {
      hostOrNull.close();
    } else {
      arrayOrNull.close();
    }
  }
}
