package org.zowarmup.data.batches;

import java.io.IOException;
import java.io.InputStream;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.bytes.Payload;
import org.zowarmup.error.BadDataException;

/** The binary version of CIFAR: records of one or two label bytes and 3072 bytes of planes. */
final class CifarBinary {
  private static final int SIDE = 32;
  private static final int CHANNELS = 3;
  private static final int IMAGE = SIDE * SIDE * CHANNELS;

  private CifarBinary() {}

  /**
   * @param labelBytes label bytes of a record; the last one counts (CIFAR-100: coarse, then fine)
   */
  static BatchFile read(ByteSource file, int labelBytes, int classes) {
    int stride = labelBytes + IMAGE;
    long count = file.size() / stride;
    if (file.size() % stride != 0 || count > Integer.MAX_VALUE) {
      throw new BadDataException(
          file.name(),
          file.where(count * stride),
          "whole records of %d bytes (%d of labels, %d of pixels)"
              .formatted(stride, labelBytes, IMAGE),
          "the end of the file after %d bytes of one: it is truncated, or another format"
              .formatted(file.size() % stride));
    }
    int[] labels = labels(file, (int) count, labelBytes, stride, classes);
    Payload payload = Payload.direct(file, 0, file.size());
    return new BatchFile(
        new PixelRun(payload, labelBytes, stride, true, (int) count), SIDE, CHANNELS, labels);
  }

  private static int[] labels(ByteSource file, int count, int labelBytes, int stride, int classes) {
    int[] labels = new int[count];
    try (InputStream in = Payload.direct(file, 0, file.size()).open()) {
      byte[] record = new byte[stride];
      for (int i = 0; i < count; i++) {
        in.readNBytes(record, 0, stride);
        labels[i] = Byte.toUnsignedInt(record[labelBytes - 1]);
        if (labels[i] >= classes) {
          throw new BadDataException(
              file.name(),
              file.where((long) i * stride + labelBytes - 1),
              "a label from 0 to " + (classes - 1),
              String.valueOf(labels[i]));
        }
      }
      return labels;
    } catch (IOException e) {
      throw file.unreadable(e);
    }
  }
}
