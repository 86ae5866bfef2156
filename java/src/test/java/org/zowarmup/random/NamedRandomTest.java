package org.zowarmup.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class NamedRandomTest {
  @Property(tries = 300)
  void everyFieldOfANameChangesTheKey(
      @ForAll long runSeed,
      @ForAll Purpose purpose,
      @ForAll @IntRange(min = -1) int round,
      @ForAll @IntRange(min = -1) int client,
      @ForAll @IntRange(min = -1) int index,
      @ForAll @IntRange(min = 1, max = 31) int shift) {
    int flip = 1 << shift;
    Set<Long> keys = new HashSet<>();
    keys.add(NamedRandom.key(runSeed, purpose, round, client, index));
    keys.add(NamedRandom.key(runSeed ^ flip, purpose, round, client, index));
    keys.add(NamedRandom.key(runSeed ^ ((long) flip << 32), purpose, round, client, index));
    keys.add(NamedRandom.key(runSeed, purpose, round ^ flip, client, index));
    keys.add(NamedRandom.key(runSeed, purpose, round, client ^ flip, index));
    keys.add(NamedRandom.key(runSeed, purpose, round, client, index ^ flip));
    for (Purpose other : Purpose.values()) {
      keys.add(NamedRandom.key(runSeed, other, round, client, index));
    }
    assertEquals(6 + Purpose.values().length - 1, keys.size());
  }

  /** Names differ in small numbers; added or xored they would meet. */
  @Test
  void aRunsNamesDoNotCollide() {
    Set<Long> keys = new HashSet<>();
    int names = 0;
    for (Purpose purpose : Purpose.values()) {
      for (int round = NamedRandom.NONE; round < 20; round++) {
        for (int client = NamedRandom.NONE; client < 20; client++) {
          for (int index = 0; index < 12; index++) {
            keys.add(NamedRandom.key(42, purpose, round, client, index));
            names++;
          }
        }
      }
    }
    assertEquals(names, keys.size());
  }

  @Test
  void aNameIsAFunction() {
    long key = NamedRandom.key(1, Purpose.ZO_BATCH, 2, 3, 4);
    assertEquals(key, NamedRandom.key(1, Purpose.ZO_BATCH, 2, 3, 4));
    long[] draws = NamedRandom.generator(1, Purpose.ZO_BATCH, 2, 3, 4).longs(9).toArray();
    PhiloxRandom same = new PhiloxRandom(key);
    assertTrue(Arrays.stream(draws).allMatch(draw -> draw == same.nextLong()));
  }

  /** Numbers in the counter are part of every recorded run. */
  @Test
  void countersNeverMove() {
    assertEquals(0, RandomStream.RADEMACHER.counterWord());
    assertEquals(1, RandomStream.GAUSSIAN.counterWord());
    assertEquals(2, RandomStream.DRAWS.counterWord());
    assertEquals(0, Distribution.RADEMACHER.code());
    assertEquals(1, Distribution.GAUSSIAN.code());
    int expected = 1;
    for (Purpose purpose : Purpose.values()) {
      int word = purpose == Purpose.OWN_METHOD ? 64 : expected++;
      assertEquals(word, purpose.counterWord(), purpose.name());
    }
  }
}
