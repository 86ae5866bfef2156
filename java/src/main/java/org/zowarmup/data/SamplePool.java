package org.zowarmup.data;

import org.apache.commons.rng.UniformRandomProvider;

/** Sample indices that nobody has drawn yet. */
final class SamplePool {
  private final int[] samples;
  private int left;

  private SamplePool(int size) {
    samples = new int[size];
  }

  static SamplePool all(int n) {
    SamplePool pool = new SamplePool(n);
    for (int i = 0; i < n; i++) {
      pool.add(i);
    }
    return pool;
  }

  /** One pool a class. */
  static SamplePool[] byClass(int[] labels, int classes) {
    int[] sizes = new int[classes];
    for (int label : labels) {
      if (label < 0 || label >= classes) {
        throw new IllegalArgumentException(
            "labels: expected 0 to %d, found %d".formatted(classes - 1, label));
      }
      sizes[label]++;
    }
    SamplePool[] pools = new SamplePool[classes];
    for (int c = 0; c < classes; c++) {
      pools[c] = new SamplePool(sizes[c]);
    }
    for (int i = 0; i < labels.length; i++) {
      pools[labels[i]].add(i);
    }
    return pools;
  }

  private void add(int sample) {
    samples[left++] = sample;
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
}
