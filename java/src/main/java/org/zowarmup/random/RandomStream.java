package org.zowarmup.random;

/**
 * The third counter word of every Philox call, so that one key never serves two uses with the same
 * numbers. The values are part of the semantics: never renumber them ({@code kernels/src/philox.h}
 * holds the same list).
 */
public enum RandomStream {
  /** Signs of a Rademacher perturbation. */
  RADEMACHER(0),
  /** Normal deviates of a Gaussian perturbation. */
  GAUSSIAN(1),
  /** Draws on the host: partitions, cohorts, shuffles, initial weights. */
  DRAWS(2),
  /** Crop offsets and flips of augmented images, one block a position in a job. */
  AUGMENT(3);

  private final int counterWord;

  RandomStream(int counterWord) {
    this.counterWord = counterWord;
  }

  public int counterWord() {
    return counterWord;
  }
}
