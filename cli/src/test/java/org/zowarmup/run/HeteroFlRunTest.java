package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HeteroFL in whole runs, from the command line to the report. */
class HeteroFlRunTest {
  /** 3x3x1x4 of the convolution, 4 + 4 of its norm, 4x4x4x3 + 3 of the linear layer. */
  private static final long D = 36 + 8 + 195;

  /** The same with two channels. */
  private static final long D_SUB = 18 + 4 + 99;

  @TempDir static Path shared;
  private static Path config;
  private static RealRun half;

  @BeforeAll
  static void runOnce() throws IOException {
    Path images = TinyImages.gray(shared.resolve("images"), 20, 5);
    config =
        Files.writeString(
            shared.resolve("heterofl.yaml"),
            """
            name: heterofl
            seed: 4
            device: cpu
            threads: 2
            data: {source: image-folder, path: "%s", partition: {kind: iid}}
            clients: {count: 4, high: 0.5}
            model: {kind: cnn, channels: [4]}
            warmup: {rounds: 2, cohort: 2, localEpochs: 1, batch: 4}
            zo: {rounds: 4, cohort: 4, seeds: 2, batch: 4}
            methods: [fedavg-all, heterofl]
            evaluate: {everyRounds: 2, batch: 4}
            """
                .formatted(images));
    half = RealRun.good(config, shared.resolve("half"));
  }

  private static List<String> rows(RealRun run, String method) {
    return run.rows(method, 4).stream()
        .map(row -> RealRun.without(row, "seconds", "method"))
        .toList();
  }

  @Test
  void atWidthOneItIsFedAvgOnAllClients() {
    RealRun whole = RealRun.good(config, shared.resolve("whole"), "heterofl.width=1");
    assertEquals(rows(whole, "fedavg-all"), rows(whole, "heterofl"));
    assertEquals(whole.weights("fedavg-all", 4), whole.weights("heterofl", 4));
    assertEquals(rows(whole, "fedavg-all"), rows(half, "fedavg-all"));
    assertNotEquals(half.weights("fedavg-all", 4), half.weights("heterofl", 4));
  }

  /** In every round two of two high-resource and two low-resource clients: by hand. */
  @Test
  void aLowClientSendsItsSubNetwork() {
    int[] lowInRound = new int[7];
    for (JsonNode row : half.rows("heterofl", 4)) {
      long low = row.get("bytesUpLow").longValue() / (4 * D_SUB);
      assertTrue(low >= 0 && low <= 2, row.toString());
      assertEquals(4 * D_SUB * low, row.get("bytesUpLow").longValue());
      assertEquals(4 * D * (2 - low), row.get("bytesUpHigh").longValue());
      assertEquals(row.get("bytesUpLow"), row.get("bytesDownLow"));
      assertEquals(row.get("bytesUpHigh"), row.get("bytesDownHigh"));
      lowInRound[(int) low]++;
    }
    assertEquals(6, lowInRound[0] + lowInRound[1] + lowInRound[2]);
    assertTrue(lowInRound[1] > 0, "no round with a client of each class");
  }

  @Test
  void withoutScalerItIsAnotherRun() {
    RealRun without =
        RealRun.good(
            config, shared.resolve("unscaled"), "heterofl.scaler=false", "methods=[heterofl]");
    assertNotEquals(half.weights("heterofl", 4), without.weights("heterofl", 4));
  }

  @Test
  void planAndReportSayWhatALowClientNeeds() throws IOException {
    RealRun plan = RealRun.main(() -> false, shared, "plan", config.toString(), "--gpu=h100");
    assertEquals(0, plan.code(), plan.err());
    String text = plan.out().replaceAll("\\s+", " ");
    assertTrue(text.contains("239 parameters (d), 121 in HeteroFL's sub-network"), plan.out());
    JsonNode result = half.json("summary.json").get("results").get(1);
    assertEquals("heterofl", result.get("method").asText());
    long high = half.json("description.json").get("trainBytes").longValue();
    long low = half.json("description.json").get("subTrainBytes").longValue();
    assertTrue(0 < low && low < high, low + " and " + high);
    String memory = "low-resource, HeteroFL 2 " + kilobytes(low);
    assertTrue(text.contains(memory), memory + " in " + plan.out());
    StringBuilder bytes = new StringBuilder("HeteroFL ");
    for (String type : List.of("High", "Low")) {
      long clients = result.get("first" + type).longValue(); // all of them take part
      assertEquals(
          half.json("description.json").get(type.toLowerCase(Locale.ROOT) + "Clients").longValue(),
          clients);
      bytes.append("%d %s ".formatted(clients, type.toLowerCase(Locale.ROOT)));
      for (String way : List.of("Up", "Down")) {
        long sent = result.get("bytes" + way + type).longValue();
        long often = result.get("clients" + type).longValue();
        bytes.append(kilobytes(sent / clients)).append(' ');
        bytes.append(kilobytes(sent / often)).append(' ');
      }
    }
    assertTrue(text.contains(bytes.toString().strip()), bytes + " in " + plan.out());
    RealRun report = RealRun.main(() -> false, shared, "report", half.folder().toString());
    assertEquals(0, report.code(), report.err());
    String page = Files.readString(Path.of(report.out().strip().replaceFirst("Report: ", "")));
    assertTrue(page.contains("HeteroFL, 2 low"));
    assertTrue(page.contains(kilobytes(low)), kilobytes(low));
    RealRun other =
        RealRun.main(
            () -> false, shared, "plan", config.toString(), "--gpu=h100", "methods=[fedavg-all]");
    assertTrue(!other.out().contains("HeteroFL"), other.out());
  }

  /** Three digits, as the program writes them. */
  private static String kilobytes(long bytes) {
    double value = bytes / 1000.0;
    int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    return bytes < 1000
        ? bytes + " B"
        : String.format(java.util.Locale.ROOT, "%." + decimals + "f kB", value);
  }
}
