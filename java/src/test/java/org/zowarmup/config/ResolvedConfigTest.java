package org.zowarmup.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.zowarmup.device.Estimate;
import org.zowarmup.device.Precision;
import org.zowarmup.random.Distribution;

class ResolvedConfigTest {
  /** A model's keys. */
  record Net(List<Integer> channels, int normGroups) {}

  /** A partition's keys. */
  record Dirichlet(double alpha) {}

  /** A loss without keys. */
  record Plain() {}

  private static final Net NET = new Net(List.of(8, 16), 2);
  private static final Dirichlet DIRICHLET = new Dirichlet(0.1);

  private static ResolvedConfig resolve(RunConfig run) {
    return new ResolvedConfig(
        run, run.model().bind(NET), new Plain(), run.data().partition().bind(DIRICHLET), Map.of());
  }

  private static ResolvedConfig reread(String yaml) throws IOException {
    Path file = Files.createTempFile("config", ".yaml");
    try {
      Files.writeString(file, yaml, StandardCharsets.UTF_8);
      return resolve(ConfigLoader.load(file, List.of()));
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void everyKeyIsWritten() throws IOException {
    ResolvedConfig config = reread("data: {source: fashion-mnist-mini}");
    String expected =
        """
        name: quickstart
        seed: 1
        repeats: 1
        device: auto
        threads: null
        output: null
        data:
          source: fashion-mnist-mini
          path: null
          cache: null
          partition:
            kind: dirichlet
            alpha: 0.1
          validation: 0.1
        clients:
          count: 50
          high: 0.1
          memory: null
        model:
          kind: cnn
          channels:
            - 8
            - 16
          normGroups: 2
          init: null
        loss:
          kind: cross-entropy
        warmup:
          rounds: 30
          cohort: 5
          localEpochs: 5
          batch: 64
          precision: fp32
          lr: 0.1
          momentum: 0.0
          weightDecay: 1.0E-5
          augment: false
          serverLr: 1.0
          schedule: constant
          proximal: 0.0
          server:
            optimizer: average
            lr: 0.01
            momentum: 0.9
            beta2: 0.99
            tau: 0.001
            aggregate: mean
            trim: 0.1
        zo:
          rounds: 250
          cohort: 50
          seeds: 12
          ownSeeds: true
          batch: 16
          freshBatchPerSeed: true
          epsilon: 0.001
          estimate: two-sided
          distribution: rademacher
          precision: fp32
          lr: auto
          schedule: cosine
          localSteps: 1
          augment: false
          epsilonSchedule: constant
          poolSeeds: 1024
          server:
            optimizer: average
            lr: 0.01
            momentum: 0.9
            beta2: 0.99
            tau: 0.001
            aggregate: mean
            trim: 0.1
        heterofl:
          width: 0.5
          scaler: true
        faults:
          dropout: 0.0
          latencySpread: 0.5
          deadline: 0.0
          corrupt: 0.0
          corruption: nan
          onBadAnswer: stop
          maxScalar: 0.0
          maxChange: 0.0
        privacy:
          clipChange: 0.0
          changeNoise: 1.0
          clipScalars: 0.0
          scalarNoise: 1.0
          delta: 1.0E-5
        methods:
          - zowarmup
          - high-res-only
        evaluate:
          everyRounds: 5
          batch: 256
          precision: fp32
          maxImages: null
          diagnostics: true
          clients: 1000
          clientsEveryRounds: null
          best: false
        checkpoint:
          everyRounds: 25
          everyMinutes: 10.0
          keep: 2
          signals:
            - TERM
            - INT
            - USR1
            - HUP
        """;
    assertEquals(expected, config.toYaml());
    assertEquals(config, reread(config.toYaml()));
  }

  @Provide
  Arbitrary<String> paths() {
    return Arbitraries.strings()
        .ofMinLength(1)
        .ofMaxLength(40)
        .ascii()
        .map(text -> "a" + text)
        .edgeCases(
            config ->
                config.add(
                    "1e-3", "1.0E10", "null", "~", "true", "no", "0x1F", "a: b", "a #b", " a ", "'",
                    "\"", "*x", "&x", "- a", "{a}", "[a]", "%", "@", "a\nb", "12", "é"));
  }

  @Property(tries = 100)
  void readAgainItIsTheSameConfig(
      @ForAll long seed,
      @ForAll("paths") String path,
      @ForAll @DoubleRange(min = -300, max = 2) double lrExponent,
      @ForAll @DoubleRange(min = -300, max = 300) double alphaExponent,
      @ForAll @IntRange(min = 1, max = 4098) int width,
      @ForAll boolean auto)
      throws IOException {
    double lr = Math.pow(10, lrExponent);
    double alpha = Math.pow(10, alphaExponent);
    RunConfig base = reread("data: {source: fashion-mnist-mini}").run();
    ZoConfig zo = base.zo();
    RunConfig run =
        new RunConfig(
            "run-" + width,
            seed,
            13,
            "reference",
            width > 2049 ? null : (Integer) width,
            path,
            new RunConfig.Data(
                path,
                path,
                path,
                base.data().partition(),
                0.25,
                auto ? null : (Integer) width % 1024 + 1,
                auto ? null : "white",
                auto ? null : (Double) 0.25,
                auto ? null : (Boolean) true,
                auto ? null : new Normalize("", List.of(lr), List.of(alpha))),
            base.clients(),
            base.model(),
            base.loss(),
            base.warmup(),
            new ZoConfig(
                zo.rounds(),
                zo.cohort(),
                zo.seeds(),
                auto,
                0,
                false,
                Math.min(1, Math.max(Float.MIN_NORMAL, lr)),
                auto ? Estimate.TWO_SIDED : Estimate.FZOO,
                Distribution.GAUSSIAN,
                Precision.FP32,
                auto ? LearningRate.AUTO : LearningRate.of(lr),
                Schedule.CONSTANT,
                3,
                false,
                Schedule.STEP,
                13,
                ServerConfig.PLAIN),
            new RunConfig.HeteroFl(width / 4098.0, auto),
            new FaultsConfig(
                0.25,
                1,
                3,
                0.5,
                FaultsConfig.Corruption.HUGE,
                FaultsConfig.BadAnswer.REFUSE,
                10,
                lr),
            new PrivacyConfig(lr, 2, 0.5, 0.25, 1e-6),
            List.of("zowarmup"),
            base.evaluate(),
            base.checkpoint(),
            base.own());
    ResolvedConfig config =
        new ResolvedConfig(
            run, new Net(List.of(width, 1), 1), new Plain(), new Dirichlet(alpha), Map.of());
    ResolvedConfig again = reread(config.toYaml());
    assertEquals(config, again);
    assertEquals(config.toYaml(), again.toYaml());
    assertTrue(again.toYaml().startsWith("name: run-" + width + "\n"));
  }
}
