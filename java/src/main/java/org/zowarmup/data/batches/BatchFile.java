package org.zowarmup.data.batches;

import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.error.BadDataException;

/**
 * One file of images and labels, its pixels not read yet.
 *
 * @param side height and width of an image
 * @param labels one an image, from 0
 */
public record BatchFile(PixelRun run, int side, int channels, int[] labels) {
  /**
   * @param what of the source they belong to, for messages
   * @param smallest what stands for class 0 in the file
   * @return the labels, counted from 0
   * @throws BadDataException naming the first label out of range
   */
  static int[] checkLabels(
      int[] labels, int smallest, int classes, ByteSource source, long offset, String what) {
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < smallest || labels[i] >= smallest + classes) {
        throw new BadDataException(
            source.name(),
            source.where(offset),
            "%s from %d to %d".formatted(what, smallest, smallest + classes - 1),
            "%d as label %d of %d".formatted(labels[i], i, labels.length));
      }
      labels[i] -= smallest;
    }
    return labels;
  }
}
