package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.record.weights.Safetensors;

/**
 * Run folders that the program of commit 22985b7 wrote, before its packages were laid out anew, are
 * read, resumed, replayed and reported to the bit. The archive holds its config, {@code whole} (a
 * run that ended), {@code stopped} (the same run, stopped by SIGTERM in the sixth round of ZOWarmUp
 * under the second seed) and {@code replayed} (weights that its replay command wrote). The device
 * is the reference, whose bits do not depend on the processor.
 */
class WrittenBeforeTest {
  private static final List<String> METHODS = List.of("zowarmup", "fedadam", "fedkseed");

  /** What the program of that time did not yet write. */
  private static final List<String> NEW_COLUMNS =
      List.of(
          "clientsHigh",
          "clientsLow",
          "firstHigh",
          "firstLow",
          "trainFlopsHigh",
          "trainFlopsLow",
          "probeFlopsHigh",
          "probeFlopsLow",
          "seconds");

  @TempDir Path folder;

  @BeforeEach
  void unpack() throws IOException {
    try (InputStream in = WrittenBeforeTest.class.getResourceAsStream("written-before.zip");
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path file = folder.resolve(entry.getName());
        Files.createDirectories(file.getParent());
        Files.copy(zip, file);
      }
    }
  }

  private RealRun run(String folderName, String... words) {
    return RealRun.main(() -> false, folder.resolve(folderName), words);
  }

  private static ObjectNode results(RealRun run) {
    ObjectNode summary = (ObjectNode) run.json("summary.json");
    summary.remove("peakMemoryBytes");
    summary.get("results").forEach(result -> ((ObjectNode) result).remove(NEW_COLUMNS));
    return summary;
  }

  /** All bits of the values, and what is said of them: the format is said since version 0.2.0. */
  private static void assertSameWeights(Path before, Path now, String what) {
    Safetensors.Content old = Safetensors.read(before);
    Safetensors.Content content = Safetensors.read(now);
    Map<String, String> about = new HashMap<>(content.metadata());
    about.remove("format");
    assertEquals(old.metadata(), about, what);
    assertEquals(old.tensors().size(), content.tensors().size(), what);
    for (int i = 0; i < old.tensors().size(); i++) {
      assertEquals(old.tensors().get(i).name(), content.tensors().get(i).name(), what);
      assertArrayEquals(old.tensors().get(i).shape(), content.tensors().get(i).shape(), what);
      assertArrayEquals(old.tensors().get(i).values(), content.tensors().get(i).values(), what);
    }
  }

  /** From the newest checkpoint, or from an older one and the seed log after it. */
  @ParameterizedTest
  @CsvSource({"false", "true"})
  void aStoppedRunIsResumed(boolean fromSeedLog) throws IOException {
    RealRun whole = new RealRun(0, "", "", folder.resolve("whole"));
    Path stopped = folder.resolve("stopped");
    if (fromSeedLog) {
      Files.delete(stopped.resolve("checkpoints/zowarmup-seed6-round6.safetensors"));
    }
    RealRun resumed = run("stopped", "resume", stopped.toString());
    assertEquals("", resumed.err());
    assertEquals(0, resumed.code());
    String[] changed = NEW_COLUMNS.toArray(String[]::new);
    assertEquals(whole.rowsWithout(changed), resumed.rowsWithout(changed));
    assertEquals(results(whole), results(resumed));
    for (String file : List.of("faults.csv", "probes.csv", "description.json", "identity.json")) {
      assertEquals(whole.text(file), resumed.text(file), file);
    }
    for (String method : METHODS) {
      assertEquals(
          whole.text("privacy-" + method + ".json"), resumed.text("privacy-" + method + ".json"));
      for (long seed = 5; seed < 7; seed++) {
        assertSameWeights(
            whole.weightsFile(method, seed), resumed.weightsFile(method, seed), method + seed);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"fedkseed, 6, 5", "fedkseed, 6, 8", "zowarmup, 5, 7"})
  void aRoundIsReplayed(String method, long seed, int round) throws IOException {
    String name = method + "-seed" + seed + "-round" + round + ".safetensors";
    Path out = folder.resolve("out.safetensors");
    RealRun replay =
        run(
            "whole",
            "replay",
            folder.resolve("whole").toString(),
            "--method=" + method,
            "--seed=" + seed,
            "--round=" + round,
            "--out=" + out);
    assertEquals("", replay.err());
    assertSameWeights(folder.resolve("replayed").resolve(name), out, name);
  }

  /** A run that has ended has nothing to resume: no file of results changes. */
  @Test
  void anEndedRunStaysAsItIs() throws IOException {
    RealRun before = new RealRun(0, "", "", folder.resolve("whole"));
    String rows = before.text("metrics.jsonl");
    RealRun again = run("whole", "resume", before.folder().toString());
    assertEquals("", again.err());
    assertEquals(rows, again.text("metrics.jsonl"));
    assertTrue(again.out().contains("22.50 %"), again.out());
  }

  @Test
  void itIsReported() throws IOException {
    Path out = folder.resolve("report");
    RealRun report = run("whole", "report", folder.resolve("whole").toString(), "--output=" + out);
    assertEquals("", report.err());
    String html = Files.readString(out.resolve("report.html"));
    assertTrue(html.contains("25.00 (3.54)") && html.contains("-13.75"), "mean, sd, difference");
  }
}
