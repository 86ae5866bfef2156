package org.zowarmup.device.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Promises of the sources: no toolkit header, and every entry point in the harness. */
class KernelSourcesTest {
  private static final Pattern ENTRY =
      Pattern.compile(
          "__global__\\s+void\\s+(?:__launch_bounds__\\(\\s*\\w+\\s*\\)\\s+)?(\\w+)\\s*\\(");
  private static final Pattern INCLUDE = Pattern.compile("#include\\s+(\\S+)");

  private static List<Path> sources(String ending) throws IOException {
    try (Stream<Path> files = Files.list(KernelHarness.KERNELS.resolve("src"))) {
      return files.filter(f -> f.toString().endsWith(ending)).sorted().toList();
    }
  }

  static Set<String> kernelNames() throws IOException {
    return kernelNames("");
  }

  /** Of those that have another form for bf16 activations. */
  static Set<String> typedKernelNames() throws IOException {
    return kernelNames("act_t");
  }

  private static Set<String> kernelNames(String containing) throws IOException {
    Set<String> names = new TreeSet<>();
    for (Path source : sources(".cu")) {
      String text = Files.readString(source);
      if (text.contains(containing)) {
        ENTRY.matcher(text).results().forEach(m -> names.add(m.group(1)));
      }
    }
    return names;
  }

  @Test
  void includeOnlyTheirOwnHeaders() throws IOException {
    Set<String> own = new TreeSet<>();
    for (Path header : sources(".h")) {
      own.add('"' + header.getFileName().toString() + '"');
    }
    for (String ending : List.of(".cu", ".h")) {
      for (Path source : sources(ending)) {
        INCLUDE
            .matcher(Files.readString(source))
            .results()
            .forEach(m -> assertTrue(own.contains(m.group(1)), source + " includes " + m.group(1)));
      }
    }
  }

  @Test
  void theHarnessKnowsAllOfThem() throws IOException {
    String list = Files.readString(KernelHarness.KERNELS.resolve("check").resolve("all_kernels.h"));
    Set<String> known = new TreeSet<>();
    Pattern.compile("X\\((\\w+)\\) *\\\\?\\n")
        .matcher(list)
        .results()
        .forEach(m -> known.add(m.group(1)));
    assertEquals(kernelNames(), known);
  }
}
