package org.zowarmup.data.partition;

import java.util.Arrays;
import org.apache.commons.rng.sampling.ArraySampler;
import org.zowarmup.error.ConfigException;
import org.zowarmup.error.Require;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/** Sets part of a client's samples aside for validation. */
public final class ClientSplit {
  private ClientSplit() {}

  /** The two parts, in shuffled order; together the samples of the client. */
  public record Split(int[] train, int[] validation) {}

  /**
   * Shuffles a copy of {@code indices} by {@link Purpose#VALIDATION_SPLIT} and cuts it: floor(n *
   * validation + 0.5) samples are for validation, but one at least stays for training.
   *
   * @param indices at least one
   * @param validation share from 0 to 1
   * @throws ConfigException if the share is out of range; its path is {@code validation}
   */
  public static Split split(int[] indices, double validation, long runSeed, int client) {
    Require.that(
        validation >= 0 && validation <= 1,
        "validation",
        "expected a number from 0.0 to 1.0, found " + validation);
    if (indices.length == 0) {
      throw new IllegalArgumentException(
          "indices of client %d: expected at least one sample, found none".formatted(client));
    }
    int[] shuffled =
        ArraySampler.shuffle(
            NamedRandom.generator(runSeed, Purpose.VALIDATION_SPLIT, NamedRandom.NONE, client, 0),
            indices.clone());
    int held = (int) (indices.length * validation + 0.5);
    int cut = held < indices.length ? indices.length - held : 1;
    return new Split(
        Arrays.copyOf(shuffled, cut), Arrays.copyOfRange(shuffled, cut, shuffled.length));
  }
}
