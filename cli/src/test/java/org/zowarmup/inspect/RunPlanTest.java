package org.zowarmup.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.zowarmup.federated.Client;
import org.zowarmup.federated.Traffic;
import org.zowarmup.federated.Work;
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

  private List<RoundMetrics> recorded(String... words) {
    RealRun run = RealRun.train(() -> false, config, folder.resolve("run"), words);
    assertEquals("", run.err());
    return MetricsHistory.read(new RunFolder(run.folder())).rows();
  }

  /** Of a named GPU, so that nothing is measured. */
  private static RunPlan plan(String... words) {
    return RunPlan.of(ConfigLoader.load(config, List.of(words)), "h100");
  }

  private static List<String> assumed(RunPlan plan) {
    List<String> assumptions = plan.assumptions();
    assertTrue(assumptions.get(0).startsWith("all images are 8x8x1 as "), assumptions.toString());
    return assumptions.subList(1, assumptions.size());
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
    assertEquals(List.of(), assumed(plan));
    List<RoundMetrics> rows = recorded(overrides);
    for (RunPlan.Cost cost : plan.costs()) {
      List<RoundMetrics> own =
          rows.stream().filter(row -> row.method().equals(cost.method())).toList();
      assertEquals(
          own.stream().map(RoundMetrics::traffic).reduce(Traffic.ZERO, Traffic::plus),
          cost.traffic(),
          cost.method());
      Work work = own.stream().map(RoundMetrics::work).reduce(Work.ZERO, Work::plus);
      assertEquals(work, cost.work(), cost.method());
      assertTrue(work.first(Client.Type.LOW) <= 6 && work.first(Client.Type.HIGH) <= 4);
      double flops = 0;
      for (RunPlan.Part part : cost.parts()) {
        flops += part.kind().equals("evaluation") ? 0 : part.flops();
      }
      assertEquals(work.trainFlops() + work.probeFlops(), flops, cost.method());
    }
  }

  /**
   * By hand: an image's forward pass is 2 * 9 * 64 * 2 operations of the convolution and 2 * 32 * 3
   * of the linear layer, and what norm, ReLU and pooling add. High-Res-Only never calls a
   * low-resource client, and its images go forward and back.
   */
  @Test
  void eachMethodHasItsOwnRows() {
    RunPlan plan = plan("methods=[fedavg-all, zo-only, high-res-only]", "data.validation=0");
    Map<String, RunPlan.Cost> costs = new LinkedHashMap<>();
    plan.costs().forEach(cost -> costs.put(cost.method(), cost));
    RunPlan.Cost first = costs.get("fedavg-all");
    assertEquals(
        List.of("warmup", "evaluation"), first.parts().stream().map(RunPlan.Part::kind).toList());
    assertEquals(24, first.work().clientsHigh() + first.work().clientsLow());
    // 9 images a client, 8 rounds, 3 clients, 3 passes; against 8 rounds, 4 clients, 2 seeds, 2
    // sides, 2 images
    double perPass = first.work().trainFlops() / (9 * 8 * 3 * 3);
    assertEquals(perPass, costs.get("zo-only").work().probeFlops() / (8 * 4 * 2 * 2 * 2));
    assertEquals(0, costs.get("high-res-only").work().clientsLow());
    assertEquals(0, costs.get("high-res-only").work().flops(Client.Type.LOW));
    assertTrue(plan.timeOrigin().contains("never measured"), plan.timeOrigin());
  }

  /** Labels and sizes are all that a plan needs; only the first image is decoded. */
  @Test
  void imagesAreNotDecodedForAPlan() throws IOException {
    Path images = TinyImages.gray(folder.resolve("images"), 30, 5);
    Files.writeString(images.resolve("train/class2/7.png"), "no image");
    String path = "data.path=" + images;
    RunPlan plan = plan(path);
    assertEquals(
        plan("methods=[zowarmup]").traffic().get("zowarmup"), plan.traffic().get("zowarmup"));
    RealRun run = RealRun.train(() -> false, config, folder.resolve("run"), path);
    assertTrue(run.err().contains("class2/7.png"), run.err());
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
        assumed(plan(words.toArray(String[]::new))));
  }
}
