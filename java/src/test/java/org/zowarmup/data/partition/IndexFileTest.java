package org.zowarmup.data.partition;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.error.ConfigException;
import org.zowarmup.error.UserErrorException;

class IndexFileTest {
  @TempDir Path folder;

  private static int[][] partition(Path file, int samples, int clients) {
    return new IndexFile(file.toString()).partition(new int[samples], 1, clients, 1);
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("parts.json"), text);
  }

  @Test
  void listsComeAsTheyStand() throws IOException {
    int[][] parts = partition(file("[[4, 0],\n [2], [1]]\n"), 5, 3);
    assertArrayEquals(new int[][] {{4, 0}, {2}, {1}}, parts);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          [[0, 5], [1]]    | line 1, column 6: expected an index from 0 to 4 (the training set has 5 samples), found 5
          [[-1], [1]]      | line 1, column 3: expected an index from 0 to 4 (the training set has 5 samples), found -1
          [[0, 1], [1]]    | line 1, column 11: expected every sample once, found sample 1 for client 0 and again for client 1
          [[0], []]        | line 1, column 8: expected at least one sample for every client, found none for client 1
          [[0], [1.5]]     | line 1, column 8: expected a sample's whole number, found 1.5
          {'a': [0]}       | line 1, column 1: expected a list of lists of indices, found {
          [0, 1]           | line 1, column 2: expected a client's list, found 0
          [[0], [1]] 7     | line 1, column 12: expected nothing after the lists, found 7
          """)
  void whatDoesNotFitIsNamedWithItsPlace(String text, String problem) throws IOException {
    Path file = file(text.replace('\'', '"'));
    UserErrorException error = assertThrows(UserErrorException.class, () -> partition(file, 5, 2));
    assertEquals("bad data in " + file + ", " + problem, error.getMessage());
  }

  @Test
  void brokenJsonAndMissingFilesAreOneLine() throws IOException {
    Path broken = file("[[0], [1");
    UserErrorException error =
        assertThrows(UserErrorException.class, () -> partition(broken, 5, 2));
    assertEquals(1, error.getMessage().lines().count(), error.getMessage());
    Path missing = folder.resolve("none.json");
    error = assertThrows(UserErrorException.class, () -> partition(missing, 5, 2));
    assertEquals(
        "bad data in " + missing + ": expected a readable file, found no such file",
        error.getMessage());
    ConfigException count =
        assertThrows(ConfigException.class, () -> partition(file("[[0]]"), 5, 2));
    assertEquals("clients.count", count.path());
    ConfigException unnamed =
        assertThrows(ConfigException.class, () -> new IndexFile().partition(new int[5], 1, 2, 1));
    assertEquals("data.partition.path", unnamed.path());
  }
}
