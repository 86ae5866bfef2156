package org.zowarmup.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.federated.Traffic;
import org.zowarmup.federated.methods.Methods;
import org.zowarmup.record.MetricsHistory;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunFolder;
import org.zowarmup.run.RealRun;
import org.zowarmup.run.TinyImages;

/** The bytes of a plan are those of the run, for every method. */
class RunPlanTest {
  @TempDir static Path shared;
  @TempDir Path folder;
  private static Path config;

  @BeforeAll
  static void writeConfig() throws IOException {
    Path images = TinyImages.gray(shared.resolve("images"), 30, 5);
    config =
        Files.writeString(
            shared.resolve("tiny.yaml"),
            """
            name: tiny
            seed: 4
            device: cpu
            threads: 2
            data: {source: image-folder, path: "%s", partition: {kind: iid}}
            clients: {count: 10, high: 0.4}
            model: {kind: cnn, channels: [2], normGroups: 1}
            warmup: {rounds: 3, cohort: 3, localEpochs: 1, batch: 4}
            zo: {rounds: 5, cohort: 4, seeds: 2, batch: 2, lr: 0.002, poolSeeds: 20}
            evaluate: {everyRounds: 100, batch: 8, diagnostics: false}
            methods: [%s]
            """
                .formatted(images, String.join(", ", Methods.names())));
  }

  private Map<String, Traffic> recorded(String... words) {
    RealRun run = RealRun.train(() -> false, config, folder.resolve("run"), words);
    assertEquals("", run.err());
    Map<String, Traffic> recorded = new LinkedHashMap<>();
    for (String method : Methods.names()) {
      recorded.put(method, Traffic.ZERO);
    }
    for (RoundMetrics row : MetricsHistory.read(new RunFolder(run.folder())).rows()) {
      recorded.merge(row.method(), row.traffic(), Traffic::plus);
    }
    return recorded;
  }

  private static RunPlan plan(String... words) {
    return RunPlan.of(ConfigLoader.load(config, List.of(words)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "seed=4",
        "zo.ownSeeds=false zo.localSteps=2 seed=9",
        "faults.dropout=0.2 faults.deadline=2 faults.corrupt=0.15"
            + " faults.onBadAnswer=refuse zo.cohort=8 seed=4",
        "privacy.clipChange=1 privacy.clipScalars=1 faults.dropout=0.6 zo.ownSeeds=false",
        "data.validation=0 warmup.rounds=12 zo.rounds=2"
      })
  void bytesAreThoseOfTheRun(String words) {
    String[] overrides = words.split(" ", -1);
    RunPlan plan = plan(overrides);
    assertEquals(List.of(), plan.assumptions());
    assertEquals(new LinkedHashMap<>(recorded(overrides)), plan.traffic());
  }

  /** A pivot that losses decide, and answers that are refused for their size. */
  @Test
  void aPlanSaysWhatItTakesForGranted() {
    List<String> words =
        new ArrayList<>(
            List.of(
                "warmup.rounds=12",
                "zo.rounds=1",
                "faults.corrupt=0.2",
                "faults.corruption=huge",
                "faults.onBadAnswer=refuse",
                "faults.maxScalar=1000",
                "methods=[zowarmup, zowarmup-auto]"));
    assertEquals(
        List.of(
            "ZOWarmUp-Auto: the pivot comes at its latest, after round 12",
            "faults.maxScalar refuses what corrupted clients send, and nothing else"),
        plan(words.toArray(String[]::new)).assumptions());
  }
}
