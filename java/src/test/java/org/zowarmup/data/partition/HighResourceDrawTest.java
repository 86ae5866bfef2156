package org.zowarmup.data.partition;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HighResourceDrawTest {
  private static int[] members(int[] groupOf, int group) {
    return IntStream.range(0, groupOf.length).filter(i -> groupOf[i] == group).toArray();
  }

  /** From known_draws.py. */
  @Test
  void choosesAsPythonDoes() {
    int[] groups = HighResourceDraw.groups(50, List.of(5), 42);
    assertArrayEquals(new int[] {19, 24, 27, 29, 35}, members(groups, 0));
    assertEquals(45, members(groups, 1).length);
  }

  @Test
  void theFirstGroupIsTheSameWhateverFollows() {
    int[] groups = HighResourceDraw.groups(50, List.of(5, 20, 25), 42);
    assertArrayEquals(new int[] {19, 24, 27, 29, 35}, members(groups, 0));
    assertEquals(20, members(groups, 1).length);
    assertEquals(25, members(groups, 2).length);
  }

  /**
   * Over 4,098 seeds each of 13 clients is chosen 3/13 of the time: 945.7 times, standard deviation
   * 27; held within five.
   */
  @Test
  void everyClientIsAsLikely() {
    int[] chosen = new int[13];
    for (int seed = 0; seed < 4098; seed++) {
      for (int client : members(HighResourceDraw.groups(13, List.of(3), seed), 0)) {
        chosen[client]++;
      }
    }
    for (int client = 0; client < 13; client++) {
      assertEquals(4098 * 3 / 13.0, chosen[client], 5 * 27, "client " + client);
    }
  }
}
