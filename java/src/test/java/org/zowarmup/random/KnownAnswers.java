package org.zowarmup.random;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The lines of kernels/known-answers/philox4x32-10.txt. */
final class KnownAnswers {
  final int[] counter;
  final long key;
  final int[] expected;

  private KnownAnswers(int[] counter, long key, int[] expected) {
    this.counter = counter;
    this.key = key;
    this.expected = expected;
  }

  static List<KnownAnswers> read() throws IOException {
    String text;
    String resource = "/known-answers/philox4x32-10.txt";
    try (InputStream in = KnownAnswers.class.getResourceAsStream(resource)) {
      text =
          new String(
              Objects.requireNonNull(in, resource).readAllBytes(), StandardCharsets.US_ASCII);
    }
    List<KnownAnswers> answers = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      if (!line.isEmpty() && !line.startsWith("#")) {
        String[] parts = line.split("\\|", -1);
        int[] key = words(parts[1]);
        long wholeKey = (key[0] & 0xFFFFFFFFL) | ((long) key[1] << 32);
        answers.add(new KnownAnswers(words(parts[0]), wholeKey, words(parts[2])));
      }
    }
    return answers;
  }

  private static int[] words(String hex) {
    String[] parts = hex.trim().split(" ", -1);
    int[] words = new int[parts.length];
    for (int i = 0; i < parts.length; i++) {
      words[i] = Integer.parseUnsignedInt(parts[i], 16);
    }
    return words;
  }
}
