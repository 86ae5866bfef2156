package org.zowarmup.random;

/**
 * What a named key is for; the fourth counter word of the call that derives it. Part of the
 * semantics: never renumber, only append.
 */
public enum Purpose {
  /** Class proportions and sample assignment of the partition. */
  PARTITION(1),
  /** Which clients are high-resource. */
  POOLS(2),
  /** A client's train/validation split. */
  VALIDATION_SPLIT(3),
  /** Initial weights; index is the tensor's position in the layout. */
  INITIAL_WEIGHTS(4),
  /** The clients of a warm-up round. */
  WARMUP_COHORT(5),
  /** The clients of a zeroth-order round. */
  ZO_COHORT(6),
  /** The order of a client's samples in local training. */
  LOCAL_SHUFFLE(7),
  /** The batch of a zeroth-order client. */
  ZO_BATCH(8),
  /** The seed of a perturbation direction z. */
  ZO_DIRECTION(9),
  /** Crop and flip of the images of a job; the key of its {@code AUGMENT} stream. */
  AUGMENTATION(10),
  /** Which held-out images are evaluated where not all are; index 0 test, 1 validation. */
  EVALUATION_SUBSET(11),
  /** Which seed of the pool a probe takes. */
  ZO_POOL(12),
  /** Whether a client of a round falls silent, is late or sends nonsense. */
  CLIENT_FAULT(13),
  /** Noise for privacy; index 0 upwards. */
  PRIVACY_NOISE(14),
  /** The probes that compare precisions at the pivot. */
  PRECISION_CHECK(15),
  /** Images and directions that the estimator is measured on; index 0 images, above directions. */
  ESTIMATOR_SAMPLE(16),
  /** The test images of a data set that has none. */
  TEST_PART(17),
  /** All draws of a method of a user's own that have no purpose above; index distinguishes them. */
  OWN_METHOD(64);

  private final int counterWord;

  Purpose(int counterWord) {
    this.counterWord = counterWord;
  }

  int counterWord() {
    return counterWord;
  }

  /** The number by which files know it; never changes. */
  public int code() {
    return counterWord;
  }
}
