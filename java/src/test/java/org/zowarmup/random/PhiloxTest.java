package org.zowarmup.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class PhiloxTest {
  @Test
  void agreesWithRandom123() throws IOException {
    List<KnownAnswers> answers = KnownAnswers.read();
    assertEquals(3, answers.size());
    for (KnownAnswers answer : answers) {
      int[] c = answer.counter;
      int[] out = new int[4];
      Philox.block(answer.key, c[0], c[1], c[2], c[3], out);
      assertArrayEquals(answer.expected, out);
    }
  }

  @Test
  void drawsAreTheBlocksOfTheStreamInOrder() {
    long key = 0xFEDCBA9876543210L;
    PhiloxRandom ints = new PhiloxRandom(key);
    PhiloxRandom longs = new PhiloxRandom(key);
    int[] words = new int[4];
    for (int block = 0; block < 33; block++) {
      Philox.block(key, block, 0, RandomStream.DRAWS.counterWord(), 0, words);
      for (int word = 0; word < 4; word++) {
        assertEquals(words[word], ints.nextInt(), "block " + block + ", word " + word);
      }
      for (int half = 0; half < 4; half += 2) {
        long expected = (words[half] & 0xFFFFFFFFL) | ((long) words[half + 1] << 32);
        assertEquals(expected, longs.nextLong(), "block " + block + ", words from " + half);
      }
    }
  }

  @Test
  void aLongThatStraddlesTwoBlocksLosesNothing() {
    PhiloxRandom mixed = new PhiloxRandom(5);
    PhiloxRandom plain = new PhiloxRandom(5);
    mixed.nextInt();
    plain.nextInt();
    for (int i = 0; i < 9; i++) {
      long low = plain.nextInt() & 0xFFFFFFFFL;
      assertEquals(low | ((long) plain.nextInt() << 32), mixed.nextLong());
    }
  }
}
