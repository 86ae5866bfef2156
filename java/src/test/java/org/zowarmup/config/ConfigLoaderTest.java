package org.zowarmup.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.device.Estimate;
import org.zowarmup.device.Precision;
import org.zowarmup.error.ConfigException;
import org.zowarmup.random.Distribution;

class ConfigLoaderTest {
  /** The keys and defaults as the specification lists them; only the data set has no default. */
  private static final String SPECIFIED =
      """
      name: quickstart
      seed: 1
      repeats: 1
      device: auto
      threads: null
      data: {source: fashion-mnist-mini, path: null, cache: null, partition: {kind: dirichlet, alpha: 0.1}, validation: 0.1}
      clients: {count: 50, high: 0.1}
      model: {kind: cnn, channels: [8, 16], normGroups: 2}
      warmup: {rounds: 30, cohort: 5, localEpochs: 5, batch: 64, precision: fp32, lr: 0.1, momentum: 0, weightDecay: 1.0e-5, augment: false, serverLr: 1.0, schedule: constant, proximal: 0, server: {optimizer: average, lr: 0.01, momentum: 0.9, beta2: 0.99, tau: 1.0e-3, aggregate: mean, trim: 0.1}}
      zo: {rounds: 250, cohort: 50, seeds: 12, ownSeeds: true, batch: 16, freshBatchPerSeed: true, epsilon: 1.0e-3, estimate: two-sided,
           distribution: rademacher, precision: fp32, lr: auto, schedule: cosine, localSteps: 1, augment: false, epsilonSchedule: constant, poolSeeds: 1024, server: {optimizer: average, lr: 0.01, momentum: 0.9, beta2: 0.99, tau: 1.0e-3, aggregate: mean, trim: 0.1}}
      heterofl: {width: 0.5, scaler: true}
      faults: {dropout: 0, latencySpread: 0.5, deadline: 0, corrupt: 0, corruption: nan, onBadAnswer: stop, maxScalar: 0, maxChange: 0}
      privacy: {clipChange: 0, changeNoise: 1, clipScalars: 0, scalarNoise: 1, delta: 1.0e-5}
      methods: [zowarmup, high-res-only]
      evaluate: {everyRounds: 5, batch: 256, maxImages: null}
      checkpoint: {everyRounds: 25, everyMinutes: 10, keep: 2, signals: [TERM, INT, USR1, HUP]}
      """;

  @TempDir Path folder;

  private RunConfig load(String yaml, String... overrides) throws IOException {
    Path file = folder.resolve("run.yaml");
    Files.writeString(file, yaml, StandardCharsets.UTF_8);
    return ConfigLoader.load(file, List.of(overrides));
  }

  private static final String LEAST = "data: {source: fashion-mnist-mini}\n";

  @Test
  void theDefaultsAreTheSpecifiedOnes() throws IOException {
    RunConfig specified = load(SPECIFIED);
    RunConfig least = load(LEAST);
    // Plug-in keys have their defaults in the plug-ins, so those sections are compared by kind.
    assertEquals("cnn", least.model().kind());
    assertEquals("dirichlet", least.data().partition().kind());
    assertEquals(
        specified,
        load(LEAST, "model.channels=[8, 16]", "model.normGroups=2", "data.partition.alpha=0.1"));
    assertEquals(new ClientsConfig(50, new HighResource.Share(0.1), null), least.clients());
    assertEquals(
        new WarmupConfig(
            30,
            5,
            5,
            64,
            Precision.FP32,
            0.1,
            0,
            1e-5,
            false,
            1.0,
            Schedule.CONSTANT,
            0,
            ServerConfig.PLAIN),
        least.warmup());
    assertEquals(
        new ZoConfig(
            250,
            50,
            12,
            true,
            16,
            true,
            1e-3,
            Estimate.TWO_SIDED,
            Distribution.RADEMACHER,
            Precision.FP32,
            LearningRate.AUTO,
            Schedule.COSINE,
            1,
            false,
            Schedule.CONSTANT,
            1024,
            ServerConfig.PLAIN),
        least.zo());
    assertEquals(List.of("zowarmup", "high-res-only"), least.methods());
    assertEquals(
        new RunConfig.Evaluate(5, 256, Precision.FP32, null, true, 1000, null, false, null),
        least.evaluate());
    assertNull(least.threads());
    assertNull(least.output());
    assertNull(least.data().path());
  }

  @Test
  void theQuickstartFileIsTheSpecifiedConfig() throws IOException {
    RunConfig quickstart = ConfigLoader.load(Path.of("../configs/quickstart.yaml"), List.of());
    assertEquals(load(SPECIFIED), quickstart);
  }

  @Test
  void everyDefaultHasAComment() {
    List<String> keys =
        ConfigLoader.defaultsText()
            .lines()
            .filter(line -> line.matches("\\s*[a-zA-Z]+:.*"))
            .filter(line -> !line.matches("(data|clients|model|evaluate):"))
            .toList();
    assertTrue(keys.size() > 40, keys.toString());
    assertEquals(List.of(), keys.stream().filter(line -> !line.matches(".+ # \\S.*")).toList());
  }

  @Test
  void overridesGoOverTheFileAndTheLastOneWins() throws IOException {
    RunConfig run =
        load(
            LEAST + "zo: {rounds: 7}\nname: file\n",
            "zo.rounds=8",
            "zo.rounds=9",
            "name=word",
            "zo.lr=0.25",
            "threads=3",
            "methods=[zowarmup]",
            "warmup={batch: 13}");
    assertEquals(9, run.zo().rounds());
    assertEquals("word", run.name());
    assertEquals(LearningRate.of(0.25), run.zo().lr());
    assertEquals(3, run.threads());
    assertEquals(List.of("zowarmup"), run.methods());
    assertEquals(13, run.warmup().batch());
    assertEquals(30, run.warmup().rounds(), "the rest of the section stays");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e-2", "1E-2", "1.0e-2", "0.01", ".1e-1", "10e-3", "+1e-2", "1.e-2"})
  void numbersWithAnExponentAreNumbers(String number) throws IOException {
    assertEquals(0.01, load(LEAST, "zo.epsilon=" + number).zo().epsilon());
    assertEquals(0.01, load(LEAST + "zo: {epsilon: " + number + "}").zo().epsilon());
    assertEquals(OptionalDouble.of(0.01), load(LEAST, "zo.lr=" + number).zo().lr().fixed());
  }

  @Test
  void anEmptyFileOrSectionLeavesTheDefaults() throws IOException {
    assertEquals(load(LEAST), load("# nothing\n", "data.source=fashion-mnist-mini"));
    assertEquals(load(LEAST), load("\uFEFF" + LEAST + "zo:\n  # rounds: 3\nwarmup:\n"));
  }

  @Test
  void anotherKindDropsTheKeysOfTheFormerOne() throws IOException {
    String cnn = LEAST + "model: {kind: cnn, channels: [4, 8]}\n";
    RunConfig other = load(cnn, "model.kind=resnet18");
    assertEquals("resnet18", other.model().kind());
    assertTrue(other.model().values().isEmpty(), other.model().toString());
    RunConfig own = load(cnn, "model.width=13", "model.kind=resnet18");
    assertEquals("{\"width\":13}", own.model().values().toString(), "the order does not matter");
    RunConfig same = load(cnn, "model.kind=cnn", "model.normGroups=4");
    assertEquals(
        "{\"init\":null,\"channels\":[4,8],\"normGroups\":4}", same.model().values().toString());
    assertEquals("data.partition", same.data().partition().path());
    assertEquals("model", same.model().path());
  }

  @Test
  void aSectionsValuesCannotBeChangedFromOutside() throws IOException {
    KindSection model = load(SPECIFIED).model();
    model.values().put("normGroups", 13);
    assertEquals(2, model.values().get("normGroups").intValue());
  }

  @Test
  void theHighResourcePoolIsRoundedAndNeverEmpty() {
    assertEquals(5, clients(50, 0.1).mostHigh());
    assertEquals(13, clients(129, 0.1).mostHigh());
    assertEquals(1, clients(1, 0.5).mostHigh());
    assertEquals(1, clients(13, 0.04).mostHigh());
    assertEquals(128, clients(128, 1).mostHigh());
    assertThrows(ConfigException.class, () -> clients(50, 0.009));
  }

  /** A word in short is stored in full. */
  @Test
  void shorthandsAreWrittenOut() throws IOException {
    assertEquals("cuda", load(LEAST, "device=cuda").device());
    assertEquals("auto", load(LEAST, "data.path=mine").data().source());
    assertEquals(
        "fashion-mnist-mini",
        load(LEAST, "data.path=mine", "data.source=fashion-mnist-mini").data().source());
    assertEquals(List.of("fedavg-all"), load(LEAST, "methods=fedavg-all").methods());
    assertEquals(100, load(LEAST, "zo.rounds=1e2").zo().rounds());
    assertEquals(3, load(LEAST, "clients.high=3", "warmup.cohort=2").clients().mostHigh());
    assertEquals(50, load(LEAST, "clients.high=1.0").clients().mostHigh());
    // the default is at most all; 5 is the default, and 0.04 of 50 clients are 2
    assertEquals(5, load(LEAST, "clients.high=20").warmup().cohort());
    assertEquals(2, load(LEAST, "clients.high=0.04").warmup().cohort());
    assertEquals(1, load(LEAST, "clients.high=[7]").warmup().cohort());
    assertEquals(20, load(LEAST, "clients.high=20", "warmup.cohort=all").warmup().cohort());
    assertEquals(5, load(LEAST, "clients.high=20", "warmup.cohort=0.25").warmup().cohort());
    assertThrows(ConfigException.class, () -> load(LEAST, "clients.high=3", "warmup.cohort=5"));
    assertThrows(
        ConfigException.class,
        () -> load(LEAST, "clients.high=memory", "clients.memory={8GB: 1}", "warmup.cohort=all"));
  }

  private static ClientsConfig clients(int count, double high) {
    return new ClientsConfig(count, new HighResource.Share(high), null);
  }

  @Test
  void highResourceClientsCanBeListedOrFollowFromMemory() throws IOException {
    assertEquals(
        new HighResource.Listed(List.of(3, 0, 7, 9, 11)),
        load(SPECIFIED, "clients.high=[3, 0, 7, 9, 11]").clients().high());
    ClientsConfig byMemory =
        load(SPECIFIED, "clients.high=memory", "clients.memory={8GB: 0.1, 1.5MiB: 0.9}").clients();
    assertEquals(new HighResource.ByMemory(), byMemory.high());
    assertEquals(
        List.of(new MemoryBudgets.Group(5, 8_000_000_000L), new MemoryBudgets.Group(45, 1_572_864)),
        byMemory.memory().groups(50));
    assertEquals(
        List.of(new MemoryBudgets.Group(1, 8_000_000_000L), new MemoryBudgets.Group(6, 1_572_864)),
        byMemory.memory().groups(7));
  }
}
