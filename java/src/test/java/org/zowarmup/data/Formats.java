package org.zowarmup.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/** The files that formats/make.py made, and the pixels it says are in them. */
public final class Formats {
  private Formats() {}

  public static Path path(String name) {
    try {
      URL url = Formats.class.getResource("formats/" + name);
      return Path.of(Objects.requireNonNull(url, name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Images {@code first} on of the script's formula.
   *
   * @param step labels are (image * step) mod classes
   */
  public static void check(ImageSet set, int first, int count, int side, int channels, int step) {
    assertEquals(count, set.count());
    assertEquals(channels, set.channels());
    assertEquals(side, set.height());
    byte[] expected = new byte[count * side * set.width() * channels];
    int at = 0;
    for (int i = first; i < first + count; i++) {
      for (int y = 0; y < side; y++) {
        for (int x = 0; x < set.width(); x++) {
          for (int c = 0; c < channels; c++) {
            expected[at++] = (byte) (i * 31 + y * 7 + x * 3 + c * 85);
          }
        }
      }
      assertEquals(i * step % set.classes(), set.labels()[i - first], "label of image " + i);
    }
    assertArrayEquals(expected, TestImages.bytes(set));
  }
}
