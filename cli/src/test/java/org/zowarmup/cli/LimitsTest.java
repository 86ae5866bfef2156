package org.zowarmup.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.run.RealRun;
import org.zowarmup.run.TinyImages;

/** Numbers, names and paths at their limits: refused in one line, before a folder is made. */
class LimitsTest {
  @TempDir static Path shared;
  private static Path images;
  private static Path config;

  @BeforeAll
  static void write() throws IOException {
    images = TinyImages.gray(shared.resolve("images"), 6, 2);
    config =
        TinyImages.config(shared.resolve("limits.yaml"), images, "evaluate: {diagnostics: false}");
  }

  private static String refused(String... words) {
    Path output = shared.resolve("refused");
    List<String> all = new ArrayList<>(List.of("train", config.toString(), "output=" + output));
    all.addAll(List.of(words));
    RealRun run = RealRun.main(() -> false, output, all.toArray(String[]::new));
    assertEquals(2, run.code(), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().length() < 2100, run.err());
    assertFalse(Files.exists(output));
    return run.err();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "999999999m",
        "999999999h",
        "99999d",
        "99999-00:00:00",
        "999999999:00:00",
        "99999999999999999999h",
        "-1m",
        "1e9h"
      })
  void timesOfCenturies(String time) {
    assertTrue(refused("--max-time", time).contains("expected "));
    RealRun slurm = RealRun.main(() -> false, shared, "slurm", config.toString(), "--time", time);
    assertEquals(2, slurm.code(), slurm.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          zo.epsilon=1e-300 | zo.epsilon: expected a number that 32-bit floats hold
          zo.epsilon=1e-45 | zo.epsilon: expected a number that 32-bit floats hold
          seed=9223372036854775808 | seed: expected a whole number of 64 bits
          model.init=/none/w.safetensors | model.init: expected a file that can be read
          evaluate.batch=99999999999999999999 | evaluate.batch: expected a whole number
          warmup.lr=1e999 | warmup.lr: expected
          output=1 | output: expected text, found the number 1; put it in quotes
          """)
  void numbers(String word, String said) {
    assertTrue(refused(word).contains(said), refused(word));
  }

  @Test
  void keysOfAnyLength() {
    assertTrue(refused("a.".repeat(50_000) + "b=1").contains("at most 64 names"));
    assertTrue(refused("a".repeat(100_000) + "=1").contains("unknown key"));
    assertTrue(refused("zo.epsilon=" + "[".repeat(20_000)).contains("nesting depth"));
  }

  @Test
  void oneClassIsNothingToTellApart() throws IOException {
    Path one = shared.resolve("one");
    for (String set : List.of("train", "test")) {
      Path to = Files.createDirectories(one.resolve(set)).resolve("only");
      Files.createSymbolicLink(to, images.resolve(set).resolve("class0"));
    }
    assertTrue(refused("data.path=" + one).contains("at least 2 classes, found 1"));
    RealRun inspect = RealRun.main(() -> false, shared, "data", "inspect", one.toString());
    assertEquals(0, inspect.code(), inspect.err());
  }

  /** Runs whose folders have one name are two runs; one that is named twice is one. */
  @Test
  void reportsOfRunsOfOneName() throws IOException {
    Path first = shared.resolve("a/run");
    Path second = shared.resolve("b/run");
    for (Path folder : List.of(first, second)) {
      assertEquals(
          0, RealRun.train(() -> false, config, folder, "methods=[zowarmup]").code(), "train");
    }
    Path page = shared.resolve("page");
    for (List<Path> runs : List.of(List.of(first, first), List.of(first, second))) {
      RealRun report =
          RealRun.main(
              () -> false,
              shared,
              "report",
              runs.get(0).toString(),
              runs.get(1).toString(),
              "--output=" + page);
      assertEquals(0, report.code(), report.err());
    }
    RealRun other =
        RealRun.main(
            () -> false, first, "export", first.toString(), "--to=npz", "--method=../../x");
    assertEquals(2, other.code());
    assertTrue(other.err().contains("--method: expected one of zowarmup"), other.err());
  }
}
