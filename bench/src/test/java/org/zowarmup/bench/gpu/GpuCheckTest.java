package org.zowarmup.bench.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The check runs to its end on the cpu device, which agrees with itself. */
class GpuCheckTest {
  @TempDir Path folder;

  @Test
  void everyStepRuns() throws Exception {
    Path out = folder.resolve("findings.json");
    int code = new CommandLine(new GpuCheck()).execute("--device=cpu", "--tiny", "--out=" + out);
    String findings = Files.readString(out);
    assertEquals(0, code, findings);
    for (String part :
        new String[] {
          "loss, relative error", "correlation", "second run", "own seeds", "shared seeds", "epoch"
        }) {
      assertTrue(findings.contains(part), part + " in " + findings);
    }
    assertFalse(findings.contains("\"holds\":false"), findings);
  }

  @Test
  void aBrokenBoundIsCounted() {
    Findings findings =
        new Findings(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
    findings.atMost("parity", "error", Double.NaN, 1);
    findings.atMost("parity", "error", 2, 1);
    findings.atLeast("parity", "correlation", 0.5, 0.9);
    findings.atMost("parity", "error", 1, 1);
    assertEquals(3, findings.broken());
  }

  @Test
  void correlationOfALine() {
    assertEquals(1, Parity.correlation(new double[] {1, 2, 4}, new double[] {3, 5, 9}), 1e-12);
    assertEquals(-1, Parity.correlation(new double[] {1, 2, 4}, new double[] {3, 2, 0}), 1e-12);
  }
}
