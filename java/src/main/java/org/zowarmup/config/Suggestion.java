package org.zowarmup.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the key that a mistyped one was probably meant to be. */
final class Suggestion {
  private Suggestion() {}

  /** The closest known key, if at most a third of the typed letters would have to change. */
  static Optional<String> closest(String typed, Collection<String> known) {
    return known.stream()
        .filter(key -> distance(typed, key) <= Math.max(1, typed.length() / 3))
        .min(Comparator.comparingInt(key -> distance(typed, key)));
  }

  /** Levenshtein's edit distance, upper and lower case being the same. */
  static int distance(String first, String second) {
    String a = first.toLowerCase(Locale.ROOT);
    String b = second.toLowerCase(Locale.ROOT);
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
