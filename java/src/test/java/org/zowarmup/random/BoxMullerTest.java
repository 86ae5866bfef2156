package org.zowarmup.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BoxMullerTest {
  /** Every 37th of the 2^24 values of u, and those next to 0, 1/2, sqrt(1/2) and 1. */
  @Test
  void logIsWithinOneUlp() {
    double worst = 0;
    for (int k = 1; k < 1 << 24; k += k < 4096 || k > (1 << 24) - 4096 ? 1 : 37) {
      worst = Math.max(worst, logError(k));
    }
    for (int near : new int[] {1 << 23, (int) (Math.sqrt(0.5) * (1 << 24))}) {
      for (int k = near - 100; k <= near + 100; k++) {
        worst = Math.max(worst, logError(k));
      }
    }
    assertTrue(worst < 1, "found " + worst + " ulp");
    assertEquals(0f, BoxMuller.log(1f));
  }

  private static double logError(int k) {
    float u = k * 0x1p-24f;
    return ulps(Math.log(u), BoxMuller.log(u));
  }

  @Test
  void sineAndCosineAreWithinOneUlp() {
    double worst = 0;
    for (int j = -(1 << 21); j <= 1 << 21; j += Math.abs(j) < 4096 ? 1 : 5) {
      float x = j * 0x1p-22f;
      worst = Math.max(worst, ulps(Math.sin(Math.PI / 2 * x), BoxMuller.sinHalfPi(x)));
      worst = Math.max(worst, ulps(Math.cos(Math.PI / 2 * x), BoxMuller.cosHalfPi(x)));
    }
    assertTrue(worst < 1, "found " + worst + " ulp");
  }

  @Test
  void pairsAreBoxMullers() {
    int[] words = new int[4];
    float[] found = new float[2];
    for (int block = 0; block < 20_000; block++) {
      Philox.block(9, block, 0, 1, 0, words);
      BoxMuller.pair(words[0], words[1], found, 0);
      check(words[0], words[1], found);
    }
  }

  @Test
  void theExtremesAreFinite() {
    float[] found = new float[2];
    int[] extremes = {0, 0xFF, 0x100, -1, 0x7FFFFFFF, 0x80000000, 0x3FFFFFFF, 0x20000000};
    for (int radius : extremes) {
      for (int angle : extremes) {
        BoxMuller.pair(radius, angle, found, 0);
        check(radius, angle, found);
      }
    }
    BoxMuller.pair(0, 0, found, 0);
    assertEquals(Math.sqrt(48 * Math.log(2)), found[0], 1e-6, "the largest deviate there is");
    BoxMuller.pair(-1, 12345, found, 0);
    assertEquals(0, found[0], 0, "u = 1 is radius 0");
  }

  private static void check(int radiusWord, int angleWord, float[] found) {
    double u = ((radiusWord >>> 8) + 1) * 0x1p-24;
    double angle = 2 * Math.PI * ((angleWord >>> 8) * 0x1p-24);
    double radius = Math.sqrt(-2 * Math.log(u));
    String words = Integer.toHexString(radiusWord) + ", " + Integer.toHexString(angleWord);
    // One ulp of sine and radius each, and the product's half: 2^-24 relative each, at most.
    double bound = 3 * radius * 0x1p-23 + 1e-12;
    assertEquals(radius * Math.cos(angle), found[0], bound, words);
    assertEquals(radius * Math.sin(angle), found[1], bound, words);
  }

  private static double ulps(double expected, float found) {
    return expected == found ? 0 : Math.abs(expected - found) / Math.ulp((float) expected);
  }
}
