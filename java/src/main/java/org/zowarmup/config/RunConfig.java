package org.zowarmup.config;

import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;
import org.zowarmup.error.Require;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/**
 * Everything a run is a function of. What a key means, its default and its range are said once, on
 * the component that it is; {@code defaults.yaml} beside this class is made from that.
 */
public record RunConfig(
    @Default("quickstart")
        @Key(
            "name of the run and of its folder runs/NAME/TIME; letters, digits, dot, dash and"
                + " underscore")
        String name,
    @Default("1")
        @Key(
            "run seed, from which every random stream is named; any whole number of 64 bits; repeat"
                + " r has seed + r")
        long seed,
    @Default("1")
        @Key("runs with seed, seed+1, ...; mean and spread are reported")
        @Range(min = 1, max = 1000)
        int repeats,
    @Default("auto")
        @Key("auto | cpu | cuda:0, cuda:1, ... | reference; `zowarmup devices` lists them")
        String device,
    @Default("null")
        @Key("CPU threads, {}; null: all cores that cgroups or SLURM_CPUS_PER_TASK allow")
        @Range(min = 1, max = 4096)
        Integer threads,
    @Default("null")
        @Key(
            "run folder, which must not exist yet; null: runs/NAME/TIME below the working"
                + " directory")
        String output,
    DataConfig data,
    ClientsConfig clients,
    @Default("cnn")
        @KindSection.Kinds(
            "cnn | cnn-pfl | resnet18 | vit | vit-tiny; its other keys belong to the kind:"
                + " docs/models.md lists them")
        KindSection model,
    @Key("phase 1: FedAvg on the high-resource clients") WarmupConfig warmup,
    @Key("phase 2: zeroth-order training on all clients") ZoConfig zo,
    @Key(
            "method heterofl: low-resource clients train a sub-network by back-propagation, under"
                + " the keys of warmup")
        HeteroFlConfig heterofl,
    @Key("what goes wrong with the clients of a round, in both phases") FaultsConfig faults,
    @Key("differential privacy of a client, by clipping and Gaussian noise") PrivacyConfig privacy,
    @Default("[zowarmup, high-res-only]")
        @Key(
            "trained one after the other under the same budget of rounds, differences are to the"
                + " first; and zowarmup-auto | zowarmup-mixed | fedavg-all | heterofl | fedavgm |"
                + " fedadam | fedyogi | fedprox | zo-only | fedkseed | decomfl | fedzo |"
                + " mezo-local; docs/methods.md says what each does")
        List<String> methods,
    EvaluateConfig evaluate,
    @Key("so that a run that is killed can be resumed; `zowarmup resume RUN`")
        CheckpointConfig checkpoint) {
  private static final long MAX_PROBES = 100_000_000;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  public RunConfig {
    // The name becomes a folder, so it is one plain path segment.
    Require.that(
        NAME.matcher(name).matches(),
        "name",
        "expected 1 to 100 letters, digits, dots, dashes or underscores, starting with a letter or"
            + " digit; found "
            + ConfigTree.show(name));
    Require.that(
        !device.isBlank(), "device", "expected a device such as auto, cpu or reference; found ''");
    Require.that(
        output == null || !output.isBlank(), "output", "expected a folder or null; found ''");
    methods = List.copyOf(methods);
    Require.that(
        !methods.isEmpty(),
        "methods",
        "expected at least one method, such as [zowarmup]; found []");
    Require.that(
        new HashSet<>(methods).size() == methods.size(),
        "methods",
        "expected every method once; found " + String.join(", ", methods));
    checkAcross(clients, warmup, zo);
    requireMean("warmup", privacy.ofChanges(), warmup.server());
    requireMean("zo", privacy.ofScalars(), zo.server());
  }

  /** Noise is measured against what one client can do to a mean. */
  private static void requireMean(String section, boolean isPrivate, ServerConfig server) {
    Require.that(
        !isPrivate || server.aggregate() == ServerConfig.Aggregate.MEAN,
        section + ".server.aggregate",
        "expected mean, because privacy is on; found " + server.aggregate());
  }

  /** The conditions that tie two sections together. */
  private static void checkAcross(ClientsConfig clients, WarmupConfig warmup, ZoConfig zo) {
    int high = clients.mostHigh();
    Require.that(
        warmup.cohort() <= high,
        "warmup.cohort",
        "expected at most the number of high-resource clients, %d (clients.count %d, clients.high %s); found %d"
            .formatted(high, clients.count(), clients.high().json(), warmup.cohort()));
    Require.that(
        zo.cohort() <= clients.count(),
        "zo.cohort",
        "expected at most clients.count, %d; found %d".formatted(clients.count(), zo.cohort()));
    long probes = (long) zo.cohort() * zo.seeds() * zo.localSteps();
    Require.that(
        probes <= MAX_PROBES,
        "zo.seeds",
        "expected at most %d probes a round (zo.cohort times zo.seeds times zo.localSteps), found %d"
            .formatted(MAX_PROBES, probes));
    Require.that(
        warmup.rounds() + zo.rounds() >= 1,
        "warmup.rounds",
        "expected warmup.rounds + zo.rounds of at least 1; found 0 and 0");
  }
}
