package org.zowarmup.data.partition;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.zowarmup.error.ConfigException;

class ClientSplitTest {
  /** From known_draws.py: the shuffle of 0..12, cut 3 = floor(13 * 0.2 + 0.5) before its end. */
  @Example
  void splitsAsPythonDoes() {
    ClientSplit.Split split = ClientSplit.split(IntStream.range(0, 13).toArray(), 0.2, 42, 7);
    assertArrayEquals(new int[] {5, 11, 10, 0, 4, 6, 3, 1, 2, 7}, split.train());
    assertArrayEquals(new int[] {12, 8, 9}, split.validation());
  }

  @Example
  void sizesRoundHalfUpAndOneStays() {
    assertSizes(1, 1.0, 1, 0);
    assertSizes(2, 0.25, 1, 1);
    assertSizes(10, 0, 10, 0);
    assertSizes(10, 0.04, 10, 0);
    assertSizes(10, 0.05, 9, 1);
    assertSizes(10, 1.0, 1, 9);
    assertSizes(207, 0.1, 186, 21);
  }

  private static void assertSizes(int n, double share, int train, int validation) {
    ClientSplit.Split split = ClientSplit.split(new int[n], share, 1, 0);
    assertEquals(train, split.train().length, "train of " + n + " at " + share);
    assertEquals(validation, split.validation().length, "validation of " + n + " at " + share);
  }

  @Property(tries = 100)
  void partsAreTheWhole(
      @ForAll @IntRange(min = 1, max = 207) int n,
      @ForAll @DoubleRange(min = 0, max = 1) double share,
      @ForAll long seed,
      @ForAll @IntRange(max = 4098) int client) {
    int[] indices = IntStream.range(0, n).map(i -> 3 * i + 5).toArray();
    ClientSplit.Split split = ClientSplit.split(indices, share, seed, client);
    int[] all =
        IntStream.concat(Arrays.stream(split.train()), Arrays.stream(split.validation()))
            .sorted()
            .toArray();
    assertArrayEquals(indices, all);
  }

  @Example
  void seedAndClientDecide() {
    int[] indices = IntStream.range(0, 129).toArray();
    int[] train = ClientSplit.split(indices, 0.3, 1, 1).train();
    assertArrayEquals(train, ClientSplit.split(indices, 0.3, 1, 1).train());
    assertFalse(Arrays.equals(train, ClientSplit.split(indices, 0.3, 2, 1).train()));
    assertFalse(Arrays.equals(train, ClientSplit.split(indices, 0.3, 1, 2).train()));
  }

  @Example
  void refusesWhatIsNoShare() {
    for (double share : new double[] {-0.1, 1.1, Double.NaN}) {
      ConfigException error =
          assertThrows(ConfigException.class, () -> ClientSplit.split(new int[3], share, 1, 0));
      assertEquals(
          "validation: expected a number from 0.0 to 1.0, found " + share, error.getMessage());
    }
    assertThrows(IllegalArgumentException.class, () -> ClientSplit.split(new int[0], 0.5, 1, 0));
  }
}
