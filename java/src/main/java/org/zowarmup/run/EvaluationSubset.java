package org.zowarmup.run;

import java.util.Arrays;
import org.apache.commons.rng.sampling.ArraySampler;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/** The images that are evaluated where the config does not ask for all: the same in every round. */
final class EvaluationSubset {
  static final int TEST = 0;
  static final int VALIDATION = 1;
  static final int CLIENTS = 2;

  private EvaluationSubset() {}

  /**
   * @param samples not changed; returned as they are where {@code mostOrNull} asks for no fewer
   * @param index {@link #TEST}, {@link #VALIDATION} or {@link #CLIENTS}
   * @return a uniform draw without replacement, ascending
   */
  static int[] draw(int[] samples, Integer mostOrNull, long runSeed, int index) {
    if (mostOrNull == null || samples.length <= mostOrNull) {
      return samples;
    }
    int[] shuffled =
        ArraySampler.shuffle(
            NamedRandom.generator(
                runSeed, Purpose.EVALUATION_SUBSET, NamedRandom.NONE, NamedRandom.NONE, index),
            samples.clone());
    int[] drawn = Arrays.copyOf(shuffled, mostOrNull);
    Arrays.sort(drawn);
    return drawn;
  }
}
