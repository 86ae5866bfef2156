package org.zowarmup.device.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The kernels through nvcc for every architecture; counted as skipped where there is no nvcc. */
class KernelCompileTest {
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
    String table = KernelHarness.run(List.of(script), Map.of());
    System.out.println("Kernels by nvcc: registers/shared bytes/spilled bytes\n" + table);
    Set<String> compiled = new TreeSet<>();
    for (String line : table.lines().toList()) {
      String[] cells = line.strip().split("\\s+", -1);
      if (cells.length == 8 && cells[1].matches("\\d+/\\d+/\\d+")) {
        compiled.add(cells[0]);
      }
    }
    assertEquals(KernelSourcesTest.kernelNames(), compiled, "in each of seven architectures");
  }
}
