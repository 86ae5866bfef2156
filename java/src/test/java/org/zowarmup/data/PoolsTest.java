package org.zowarmup.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.zowarmup.error.ConfigException;

class PoolsTest {
  private static int[] numbers(boolean[] high) {
    return IntStream.range(0, high.length).filter(i -> high[i]).toArray();
  }

  /** From known_draws.py. */
  @Test
  void choosesAsPythonDoes() {
    assertArrayEquals(new int[] {19, 24, 27, 29, 35}, numbers(Pools.highResource(50, 0.1, 42)));
  }

  @Test
  void sizesRoundHalfUp() {
    assertEquals(1, numbers(Pools.highResource(1, 0.5, 1)).length);
    assertEquals(1, numbers(Pools.highResource(13, 0.04, 1)).length);
    assertEquals(21, numbers(Pools.highResource(207, 0.1, 1)).length);
    assertEquals(128, numbers(Pools.highResource(128, 1, 1)).length);
  }

  /**
   * Over 4,098 seeds each of 13 clients is chosen 3/13 of the time: 945.7 times, standard deviation
   * 27; held within five.
   */
  @Test
  void everyClientIsAsLikely() {
    int[] chosen = new int[13];
    for (int seed = 0; seed < 4098; seed++) {
      for (int client : numbers(Pools.highResource(13, 0.23, seed))) {
        chosen[client]++;
      }
    }
    for (int client = 0; client < 13; client++) {
      assertEquals(4098 * 3 / 13.0, chosen[client], 5 * 27, "client " + client);
    }
  }

  @Test
  void refusesPoolsThatCannotBe() {
    assertRefused(13, 0.03, "0");
    assertRefused(13, 0, "0");
    assertRefused(13, 1.1, "14");
    assertRefused(13, -1, "-13");
    assertRefused(13, Double.NaN, "NaN");
  }

  private static void assertRefused(int clients, double high, String makes) {
    ConfigException error =
        assertThrows(ConfigException.class, () -> Pools.highResource(clients, high, 1));
    assertEquals(
        "clients.high: expected a share that makes 1 to 13 of 13 clients high-resource, found %s,"
                .formatted(high)
            + " which makes "
            + makes,
        error.getMessage());
  }
}
