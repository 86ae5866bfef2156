package org.zowarmup.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.run.Experiment;

/** Results that cannot be written. */
class StandardOutputTest {
  private static final Path FULL = Path.of("/dev/full");

  @TempDir Path folder;

  private record Ended(int code, String err) {}

  private static Ended run(Path output, Path descriptor, String... words) throws IOException {
    StringWriter said = new StringWriter();
    PrintWriter err = new PrintWriter(said);
    try (FileOutputStream file = new FileOutputStream(output.toFile())) {
      StandardOutput out = new StandardOutput(file, descriptor);
      PrintWriter writer = new PrintWriter(out, true, StandardCharsets.UTF_8);
      Main main = new Main(Experiment::new, List::of, signals -> () -> false, writer, err);
      int code = main.run(words);
      writer.flush();
      return new Ended(out.exitCode(code, err), said.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "config --schema",
        "--help",
        "--version",
        "data inspect --source fashion-mnist-mini",
        "plan ../configs/quickstart.yaml --gpu h100"
      })
  void aFullDiskIsNoSuccess(String words) throws IOException {
    Assumptions.assumeTrue(Files.exists(FULL), "this system has no /dev/full");
    Ended full = run(FULL, folder, words.split(" ", -1));
    assertEquals(2, full.code());
    assertTrue(
        full.err()
            .matches(
                "zowarmup: cannot write the output: .+; free some space, or write elsewhere\\R"),
        full.err());
    Ended fine = run(folder.resolve("out"), folder, words.split(" ", -1));
    assertEquals(new Ended(0, ""), fine);
    assertTrue(Files.size(folder.resolve("out")) > 0);
  }

  /** {@code zowarmup config x.yaml | head -1}. */
  @Test
  void aReaderThatLeftIsNoError() throws IOException {
    Assumptions.assumeTrue(Files.exists(FULL), "this system has no /dev/full");
    Path pipe = Files.createSymbolicLink(folder.resolve("1"), Path.of("pipe:[7]"));
    assertEquals(new Ended(0, ""), run(FULL, pipe, "--version"));
  }
}
