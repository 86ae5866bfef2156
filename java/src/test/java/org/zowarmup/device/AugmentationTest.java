package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AugmentationTest {
  /** From known_draws.py, which follows the definition alone. */
  @ParameterizedTest
  @CsvSource({
    "0, 0, -3, false",
    "1, -4, 2, false",
    "2, -1, 1, false",
    "3, 2, -2, true",
    "12345, -1, -1, true",
    "8589934592, -4, -2, false"
  })
  void windowsAreTheStreamsKnownAnswers(long position, int dx, int dy, boolean flip) {
    Augmentation augmentation = Augmentation.of((1L << 63) + 5);
    assertEquals(new Augmentation.Window(dx, dy, flip), augmentation.window(position));
  }

  @Test
  void everyOffsetAndBothSidesComeUpAboutEquallyOften() {
    int[] columns = new int[9];
    int[] rows = new int[9];
    int flips = 0;
    int positions = 90_000;
    Augmentation augmentation = Augmentation.of(7);
    for (int p = 0; p < positions; p++) {
      Augmentation.Window window = augmentation.window(p);
      columns[window.dx() + 4]++;
      rows[window.dy() + 4]++;
      flips += window.flip() ? 1 : 0;
    }
    // five standard deviations of a binomial count: sqrt(90,000 * 1/9 * 8/9) = 94, sqrt(n / 4) =
    // 150
    for (int offset = 0; offset < 9; offset++) {
      assertEquals(10_000, columns[offset], 470);
      assertEquals(10_000, rows[offset], 470);
    }
    assertEquals(45_000, flips, 750);
  }

  @Test
  void aWindowReachesThePaddingAndNoFurther() {
    Augmentation.Window left = new Augmentation.Window(-4, -4, false);
    assertEquals(-4, left.sourceColumn(0, 32));
    assertEquals(-4, left.sourceRow(0));
    Augmentation.Window mirrored = new Augmentation.Window(4, 4, true);
    assertEquals(35, mirrored.sourceColumn(0, 32));
    assertEquals(4, mirrored.sourceColumn(31, 32));
    assertTrue(mirrored.flip());
  }
}
