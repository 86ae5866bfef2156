package org.zowarmup.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.JavaProcess;
import org.zowarmup.device.Devices;

/** The program as a process of its own on a machine where CUDA's libraries are not there. */
final class WithoutCudaTest {
  private static final String CONFIG =
      """
      name: without
      repeats: 1
      data: {source: fashion-mnist-mini, partition: {kind: iid}, validation: 0}
      clients: {count: 500, high: 0.004}
      model: {kind: cnn, channels: [4, 4], normGroups: 2}
      warmup: {rounds: 1, cohort: 2, localEpochs: 1, batch: 8}
      zo: {rounds: 1, cohort: 2, seeds: 1, batch: 4}
      methods: [zowarmup]
      evaluate: {everyRounds: 1, batch: 64, maxImages: 64, diagnostics: false}
      """;

  /** Advice that only a named device gives. */
  private static final String HOW = "install the NVIDIA driver, 580 or newer";

  @TempDir Path folder;

  @BeforeAll
  static void thereIsNoGpu() {
    assumeFalse(
        Devices.list(1).stream().anyMatch(d -> d.name().equals("cuda:0") && d.available()),
        "this machine has a GPU");
  }

  private record Ended(int code, String out, String err) {}

  private Ended start(String... words) throws Exception {
    List<String> command = JavaProcess.command(Main.class, List.of("-Xmx512m"), List.of(words));
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    assertTrue(process.waitFor(300, TimeUnit.SECONDS), "still running");
    return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private String config() throws Exception {
    return Files.writeString(folder.resolve("config.yaml"), CONFIG).toString();
  }

  @Test
  void aNamedGpuIsRefusedWithWhatTheListSays() throws Exception {
    Path run = folder.resolve("run");
    Ended refused = start("train", config(), "device=cuda:0", "output=" + run);
    assertEquals(2, refused.code(), refused.err());
    assertEquals(1, refused.err().strip().lines().count(), refused.err());
    String text = refused.err().strip().replaceFirst("^zowarmup: device cuda:0: ", "");
    assertFalse(text.startsWith("zowarmup"), text);
    assertFalse(Files.exists(run), "no folder is left");

    Ended listed = start("devices");
    assertEquals(0, listed.code(), listed.err());
    String list = listed.out().replaceAll("\\s+", " ");
    assertTrue(list.contains("cuda:0 no " + text.replaceAll("\\s+", " ")), list + " has " + text);
  }

  @Test
  void autoTakesTheProcessorAndSaysWhy() throws Exception {
    Path run = folder.resolve("run");
    Ended ended = start("train", config(), "device=auto", "output=" + run);
    assertEquals(0, ended.code(), ended.err());
    String said = (ended.out() + ended.err()).replaceAll("\\s+", " ");
    assertTrue(said.contains("no cuda:0: "), said);
    assertFalse(said.contains(HOW), "auto says it in a few words: " + said);
    assertTrue(Files.exists(run.resolve("summary.json")));
  }
}
