package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.federated.methods.Methods;

/** Every method, faults and privacy in whole runs on a few images. */
class MethodsRunTest {
  @TempDir static Path shared;
  @TempDir Path folder;
  private static Path config;

  @BeforeAll
  static void writeConfig() throws IOException {
    Path images = TinyImages.gray(shared.resolve("images"), 20, 5);
    config =
        Files.writeString(
            shared.resolve("tiny.yaml"),
            """
            name: tiny
            seed: 11
            device: cpu
            threads: 2
            data: {source: image-folder, path: "%s", partition: {kind: dirichlet, alpha: 0.5}}
            clients: {count: 6, high: 0.34}
            model: {kind: cnn, channels: [4, 8]}
            warmup: {rounds: 2, cohort: 2, localEpochs: 1, batch: 4}
            zo: {rounds: 2, cohort: 5, seeds: 2, batch: 3, lr: 0.02}
            evaluate: {everyRounds: 4, batch: 4}
            """
                .formatted(images));
  }

  @Test
  void everyMethodRunsToItsEnd() {
    List<String> names = Methods.names();
    assertTrue(names.size() >= 15, names.toString());
    String list = names.stream().collect(Collectors.joining(", ", "methods=[", "]"));
    RealRun run = RealRun.good(config, folder.resolve("all"), list);
    for (String name : names) {
      assertEquals(4, run.rows(name, 11).size(), name);
      assertTrue(run.rows(name, 11).get(3).get("testAccuracy").isNumber(), name);
    }
    assertFalse(Files.exists(run.folder().resolve("faults.csv")));
    assertFalse(Files.exists(run.folder().resolve("privacy-zowarmup.json")));
  }

  /** Of 2 rounds of 2 and 2 of 5 clients every one corrupts or drops with these chances. */
  @Test
  void whatTheServerDidWithoutIsCounted() throws IOException {
    RealRun run =
        RealRun.good(
            config,
            folder.resolve("faults"),
            "methods=[zowarmup]",
            "seed=3",
            "faults.dropout=0.5",
            "faults.onBadAnswer=refuse");
    List<String> lines = Files.readAllLines(run.folder().resolve("faults.csv"));
    assertEquals("method,seed,round,dropped,late,refused", lines.get(0));
    assertTrue(lines.size() > 1);
    for (String line : lines.subList(1, lines.size())) {
      assertTrue(line.matches("zowarmup,3,[1-4],[1-5],0,0"), line);
    }
    assertEquals(4, run.rows().size());
  }

  @Test
  void privacyIsAccountedFor() {
    RealRun run =
        RealRun.good(
            config,
            folder.resolve("private"),
            "methods=[zowarmup, high-res-only]",
            "privacy.clipChange=1",
            "privacy.changeNoise=0.5",
            "privacy.clipScalars=1",
            "privacy.scalarNoise=2",
            "zo.ownSeeds=false");
    double both = run.json("privacy-zowarmup.json").get("epsilon").doubleValue();
    assertTrue(both > 0.1 && both < 1000, both + "");
    assertEquals(1e-5, run.json("privacy-zowarmup.json").get("delta").doubleValue());
    RealRun half =
        RealRun.good(
            config,
            folder.resolve("half"),
            "methods=[zowarmup]",
            "privacy.clipChange=1",
            "privacy.changeNoise=0.5");
    assertTrue(half.json("privacy-zowarmup.json").get("epsilon").isNull());
  }
}
