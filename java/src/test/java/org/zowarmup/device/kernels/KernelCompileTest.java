package org.zowarmup.device.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The kernels through nvcc for every architecture, as a release takes them; counted as skipped
 * where there is no nvcc.
 */
class KernelCompileTest {
  @TempDir Path out;

  private static boolean hasNvcc() throws InterruptedException {
    try {
      return new ProcessBuilder("nvcc", "--version")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException missing) {
      return false;
    }
  }

  @Test
  void compilesForEveryArchitectureWithoutWarnings() throws Exception {
    assumeTrue(hasNvcc(), "no nvcc on the path: the kernels were not compiled for a GPU");
    String script = KernelHarness.KERNELS.resolve("check").resolve("compile").toString();
    String table = KernelHarness.run(List.of(script, "--out", out.toString()), Map.of());
    System.out.println("Kernels by nvcc: registers/shared bytes/spilled bytes\n" + table);
    Set<String> compiled = new TreeSet<>();
    for (String line : table.lines().toList()) {
      String[] cells = line.strip().split("\\s+", -1);
      if (cells.length == 8 && cells[1].matches("\\d+/\\d+/\\d+")) {
        compiled.add(cells[0]);
      }
    }
    assertEquals(KernelSourcesTest.kernelNames(), compiled, "in each of seven architectures");
    assertEquals(KernelSourcesTest.kernelNames(), entries("fp32"));
    assertEquals(KernelSourcesTest.typedKernelNames(), entries("bf16"));
    for (String architecture : List.of("75", "80", "86", "89", "90", "100", "120")) {
      for (String type : List.of("fp32", "bf16")) {
        byte[] code =
            Files.readAllBytes(out.resolve("kernels-" + type + ".sm_" + architecture + ".cubin"));
        assertEquals("ELF", new String(code, 1, 3, StandardCharsets.US_ASCII));
      }
    }
    String index = Files.readString(out.resolve("ready-made.properties"));
    assertTrue(index.contains("= sm_75 sm_80 sm_86 sm_89 sm_90 sm_100 sm_120 compute_120"), index);
  }

  /** Kernels of the PTX that a release ships for GPUs to come. */
  private Set<String> entries(String type) throws IOException {
    String ptx = Files.readString(out.resolve("kernels-" + type + ".compute_120.ptx"));
    Set<String> names = new TreeSet<>();
    Pattern.compile("\\.entry (\\w+)\\(")
        .matcher(ptx)
        .results()
        .forEach(m -> names.add(m.group(1)));
    return names;
  }
}
