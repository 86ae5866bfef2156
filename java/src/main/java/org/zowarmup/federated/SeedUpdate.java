package org.zowarmup.federated;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.Vector;
import org.zowarmup.device.VectorOps;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * The change of the weights by a zeroth-order round: terms (seed, coefficient) in their order. A
 * seed that follows from a name is kept as its name, so that a log of updates needs four bytes a
 * probe and a few a client.
 *
 * @param distribution of the directions
 * @param blocks in the order of the sum
 */
public record SeedUpdate(Distribution distribution, List<Block> blocks) {
  public SeedUpdate {
    blocks = List.copyOf(blocks);
  }

  /**
   * Terms whose seeds are the keys (run seed; purpose, round, owner, firstIndex + k).
   *
   * @param owner a client's id, or {@link NamedRandom#NONE} for seeds that clients share
   * @param coefficients as they are added: w += coefficient * z(seed)
   */
  public record Block(
      Purpose purpose, int round, int owner, int firstIndex, float[] coefficients) {}

  /** Number of terms. */
  public int size() {
    return blocks.stream().mapToInt(block -> block.coefficients().length).sum();
  }

  /** Does to the weights what the round did, bit for bit on every device. */
  public void applyTo(Vector weights, VectorOps vectors, long runSeed) {
    if (size() > 0) {
      vectors.accumulateSeeds(weights, 1, terms(runSeed), distribution);
    }
  }

  /** The terms with their seeds. */
  public SeedTerms terms(long runSeed) {
    long[] seeds = new long[size()];
    float[] coefficients = new float[size()];
    int k = 0;
    for (Block block : blocks) {
      int index = block.firstIndex();
      for (float coefficient : block.coefficients()) {
        seeds[k] = NamedRandom.key(runSeed, block.purpose(), block.round(), block.owner(), index);
        coefficients[k] = coefficient;
        index++;
        k++;
      }
    }
    return new SeedTerms(seeds, coefficients);
  }

  /** Collects terms in the order of the sum; neighbours by name share a block. */
  public static final class Builder {
    private final Distribution distribution;
    private final List<Block> blocks = new ArrayList<>();
    private Purpose purpose;
    private int round;
    private int owner;
    private int firstIndex;
    private float[] open = new float[16];
    private int count;

    public Builder(Distribution distribution) {
      this.distribution = distribution;
    }

    /** One more term: coefficient * z(key(run seed; purpose, round, owner, index)). */
    public Builder add(Purpose purpose, int round, int owner, int index, float coefficient) {
      boolean next =
          purpose == this.purpose
              && round == this.round
              && owner == this.owner
              && index == firstIndex + count;
      if (!next) {
        closeBlock();
        this.purpose = purpose;
        this.round = round;
        this.owner = owner;
        this.firstIndex = index;
      }
      if (count == open.length) {
        open = Arrays.copyOf(open, 2 * count);
      }
      open[count++] = coefficient;
      return this;
    }

    private void closeBlock() {
      if (count > 0) {
        blocks.add(new Block(purpose, round, owner, firstIndex, Arrays.copyOf(open, count)));
        count = 0;
      }
    }

    public SeedUpdate build() {
      closeBlock();
      return new SeedUpdate(distribution, blocks);
    }
  }
}
