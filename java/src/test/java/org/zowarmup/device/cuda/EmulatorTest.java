package org.zowarmup.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That the emulator refuses what the real libraries forbid, each case in a process of its own. */
@Tag(EmulatedCuda.TAG)
final class EmulatorTest {
  private static final int LEAKED = 99;

  @TempDir static Path folder;
  private static Path program;

  @BeforeAll
  static void build() throws Exception {
    Path libraries = EmulatedCuda.build();
    program = folder.resolve("strict");
    Ended built =
        run(
            List.of(
                "g++",
                "-std=c++17",
                "-Wall",
                "-Wextra",
                "-Werror",
                "src/test/cuda/check/strict.cpp",
                "-o",
                program.toString(),
                // an old-style path, which holds for the libraries of the libraries too
                "-Wl,--no-as-needed,--disable-new-dtags,-rpath," + libraries,
                libraries.resolve("libcudart.so.13").toString(),
                libraries.resolve("libcublas.so.13").toString(),
                libraries.resolve("libcudnn_graph.so.9").toString(),
                libraries.resolve("libcudnn_ops.so.9").toString(),
                libraries.resolve("libcudnn_cnn.so.9").toString(),
                libraries.resolve("libcuda.so.1").toString()),
            false);
    assertEquals(0, built.code(), built.text());
  }

  private record Ended(int code, String text) {}

  private static Ended run(List<String> words, boolean leaksAllowed)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile(folder, "output", "");
    ProcessBuilder process =
        new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(output.toFile());
    if (leaksAllowed) {
      process.environment().put("ZOWARMUP_EMULATOR_LEAKS_ALLOWED", "1");
    }
    int code = process.start().waitFor();
    return new Ended(code, Files.readString(output));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "doubleFree",
        "useAfterFree",
        "useAfterFreeInAGraph",
        "copyOutOfRange",
        "wrongDirection",
        "overrun",
        "freshMemoryIsPoisoned",
        "workRunsLate",
        "freeWhileQueued",
        "pinnedFreeWhileQueued",
        "allocationInACapture",
        "synchronizationInACapture",
        "hostCopyInACapture",
        "nullStream",
        "productWithoutWorkspace",
        "stridesOfAnotherLayout",
        "workspaceOfAnotherMathType",
        "firstCallInACapture",
        "branchThatIsNotAwaited",
        "branchesThatRace",
        "algorithmThatDoesNotRun",
        "noDevice"
      })
  void isStrict(String name) throws Exception {
    Ended ended = run(List.of(program.toString(), name), true);
    assertEquals(0, ended.code(), ended.text());
  }

  @Test
  void aLeakEndsTheProcess() throws Exception {
    Ended ended = run(List.of(program.toString(), "leak"), false);
    assertEquals(LEAKED, ended.code(), ended.text());
    assertTrue(ended.text().contains("leak: device memory of 1000 bytes"), ended.text());
    assertTrue(ended.text().contains("leak: 1 of kind stream"), ended.text());
  }
}
