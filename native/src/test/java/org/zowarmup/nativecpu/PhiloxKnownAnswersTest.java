package org.zowarmup.nativecpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.bytedeco.javacpp.IntPointer;
import org.junit.jupiter.api.Test;

class PhiloxKnownAnswersTest {
  @Test
  void agreesWithRandom123() throws IOException {
    int cases = 0;
    for (String line : read("/known-answers/philox4x32-10.txt").split("\n", -1)) {
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      String[] parts = line.split("\\|", -1);
      int[] key = words(parts[1]);
      try (IntPointer counter = new IntPointer(words(parts[0]));
          IntPointer out = new IntPointer(4)) {
        NativeCpu.philox((key[0] & 0xFFFFFFFFL) | ((long) key[1] << 32), counter, out);
        int[] found = new int[4];
        out.get(found);
        assertArrayEquals(words(parts[2]), found, line);
      }
      cases++;
    }
    assertEquals(3, cases);
  }

  private static int[] words(String hex) {
    String[] parts = hex.trim().split(" ", -1);
    int[] words = new int[parts.length];
    for (int i = 0; i < parts.length; i++) {
      words[i] = Integer.parseUnsignedInt(parts[i], 16);
    }
    return words;
  }

  private static String read(String resource) throws IOException {
    try (InputStream in = PhiloxKnownAnswersTest.class.getResourceAsStream(resource)) {
      return new String(
          Objects.requireNonNull(in, resource).readAllBytes(), StandardCharsets.US_ASCII);
    }
  }
}
