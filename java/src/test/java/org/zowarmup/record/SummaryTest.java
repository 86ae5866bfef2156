package org.zowarmup.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.Traffic;
import org.zowarmup.federated.Work;

class SummaryTest {
  @TempDir Path folder;

  private static MethodResult result(String method, long seed, double accuracy, int done) {
    return new MethodResult(
        method,
        seed,
        0.5,
        accuracy,
        Double.NaN,
        null,
        new Traffic(1, 2, 3, 4),
        Work.ZERO,
        1.5,
        done,
        280,
        false);
  }

  @Test
  void pairsMeansAndDeviations() throws IOException {
    RunResult run =
        new RunResult(
            folder,
            List.of(
                result("zowarmup", 1, 0.80, 280),
                result("high-res-only", 1, 0.70, 280),
                result("zowarmup", 2, 0.78, 280),
                result("high-res-only", 2, 0.76, 280),
                result("zowarmup", 3, 0.85, 280),
                result("high-res-only", 3, 0.64, 280),
                result("zowarmup", 4, 0.1, 12)),
            true,
            5,
            45);
    Path file = folder.resolve("summary.json");
    Summary.write(file, run, null, List.of());
    JsonNode summary = new ObjectMapper().readTree(Files.readString(file));
    assertTrue(summary.get("interrupted").booleanValue());
    assertEquals(7, summary.get("results").size());
    assertEquals(12, summary.at("/results/6/roundsDone").intValue());
    assertTrue(summary.at("/results/0/testLoss").isNull());
    assertEquals(2, summary.at("/results/0/bytesUpLow").longValue());
    // numpy: d = [.1, .02, .21]; d.mean() = 0.11, d.std(ddof=1) = 0.0953939201
    JsonNode paired = summary.at("/paired/0");
    assertEquals("high-res-only", paired.get("against").textValue());
    assertEquals(3, paired.get("count").intValue(), "seed 4 was stopped and has no partner");
    assertEquals(0.11, paired.get("mean").doubleValue(), 1e-12);
    assertEquals(0.0953939201, paired.get("standardDeviation").doubleValue(), 1e-9);
    assertEquals(0.02, paired.at("/differences/1/difference").doubleValue(), 1e-12);
    // numpy: [.8, .78, .85] mean 0.81, std(ddof=1) 0.0360555128; [.7, .76, .64] mean .7, std 0.06
    assertEquals(0.81, summary.at("/methods/0/mean").doubleValue(), 1e-12);
    assertEquals(0.0360555128, summary.at("/methods/0/standardDeviation").doubleValue(), 1e-9);
    assertEquals(0.06, summary.at("/methods/1/standardDeviation").doubleValue(), 1e-12);
  }

  @Test
  void oneSeedHasNoDeviation() throws IOException {
    Path file = folder.resolve("summary.json");
    Summary.write(
        file,
        new RunResult(folder, List.of(result("zowarmup", 1, 0.8, 280)), false, 5, 45),
        "a reason",
        List.of("a warning"));
    JsonNode summary = new ObjectMapper().readTree(Files.readString(file));
    assertTrue(summary.at("/methods/0/standardDeviation").isNull());
    assertEquals(0, summary.get("paired").size());
    assertEquals("a reason", summary.get("failure").textValue());
    assertEquals("a warning", summary.at("/warnings/0").textValue());
  }

  /** On Linux what the kernel counts: at least the heap in use, at most the machine's memory. */
  @Test
  void peakMemoryIsThatOfTheProcessesThatWroteTheFile() throws IOException {
    assumeTrue(Files.exists(Path.of("/proc/self/status")));
    Path file = folder.resolve("summary.json");
    RunResult run = new RunResult(folder, List.of(result("zowarmup", 1, 0.8, 280)), false, 5, 45);
    Summary.write(file, run, null, List.of());
    long peak = new ObjectMapper().readTree(file.toFile()).get("peakMemoryBytes").longValue();
    Runtime java = Runtime.getRuntime();
    assertTrue(peak > java.totalMemory() - java.freeMemory(), peak + " bytes");
    String total = Files.readAllLines(Path.of("/proc/meminfo")).get(0);
    assertTrue(peak < 1024 * Long.parseLong(total.replaceAll("\\D", "")), peak + ", " + total);
    // a process before this one needed more
    Files.writeString(file, "{\"peakMemoryBytes\": 9000000000000}");
    Summary.write(file, run, null, List.of());
    assertEquals(
        9000000000000L,
        new ObjectMapper().readTree(file.toFile()).get("peakMemoryBytes").longValue());
    assertEquals(9000000000000L, Summary.find(folder).get().peakMemoryBytes());
  }

  @Test
  void trafficAddsUp() {
    assertEquals(
        new Traffic(11, 22, 33, 44), new Traffic(1, 2, 3, 4).plus(new Traffic(10, 20, 30, 40)));
    assertEquals(new Traffic(1, 2, 3, 4), Traffic.ZERO.plus(new Traffic(1, 2, 3, 4)));
    Traffic traffic = new Traffic(1, 2, 3, 4);
    assertEquals(1, traffic.up(Client.Type.HIGH));
    assertEquals(2, traffic.up(Client.Type.LOW));
    assertEquals(3, traffic.down(Client.Type.HIGH));
    assertEquals(4, traffic.down(Client.Type.LOW));
  }
}
