package org.zowarmup.data.partition;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.commons.rng.UniformRandomProvider;

/** Sample indices that are not drawn yet. */
final class SamplePool {
  private final int[] samples;
  private int left;

  private SamplePool(int[] samples) {
    this.samples = samples;
    this.left = samples.length;
  }

  static SamplePool all(int n) {
    return new SamplePool(IntStream.range(0, n).toArray());
  }

  /** One pool a class. */
  static SamplePool[] byClass(int[] labels, int classes) {
    return Arrays.stream(indicesByClass(labels, classes))
        .map(SamplePool::new)
        .toArray(SamplePool[]::new);
  }

  /** The samples of each class, in the order of the data set. */
  static int[][] indicesByClass(int[] labels, int classes) {
    int[] sizes = new int[classes];
    for (int label : labels) {
      if (label < 0 || label >= classes) {
        throw new IllegalArgumentException(
            "labels: expected 0 to %d, found %d".formatted(classes - 1, label));
      }
      sizes[label]++;
    }
    int[][] indices = new int[classes][];
    for (int c = 0; c < classes; c++) {
      indices[c] = new int[sizes[c]];
    }
    int[] next = new int[classes];
    for (int i = 0; i < labels.length; i++) {
      indices[labels[i]][next[labels[i]]++] = i;
    }
    return indices;
  }

  boolean isEmpty() {
    return left == 0;
  }

  /** Removes one of the samples, each as likely as the others. */
  int take(UniformRandomProvider random) {
    int at = random.nextInt(left);
    int sample = samples[at];
    samples[at] = samples[--left];
    return sample;
  }

  /** Removes this many samples, in the order drawn. */
  int[] take(UniformRandomProvider random, int count) {
    int[] taken = new int[count];
    for (int i = 0; i < count; i++) {
      taken[i] = take(random);
    }
    return taken;
  }
}
