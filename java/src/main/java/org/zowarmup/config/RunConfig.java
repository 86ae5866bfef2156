package org.zowarmup.config;

import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;
import org.zowarmup.error.Require;

/**
 * Everything a run is a function of. Keys, defaults and ranges stand in {@code defaults.yaml}
 * beside this class; {@link ConfigLoader} reads it.
 *
 * @param seed run seed; repeat r uses seed + r
 * @param threads CPU threads, null for all that are allowed
 * @param output run folder, null for runs/NAME/TIME
 * @param methods names of the methods, in the order in which they are trained
 */
public record RunConfig(
    String name,
    long seed,
    int repeats,
    String device,
    Integer threads,
    String output,
    DataConfig data,
    ClientsConfig clients,
    KindSection model,
    WarmupConfig warmup,
    ZoConfig zo,
    HeteroFlConfig heterofl,
    FaultsConfig faults,
    PrivacyConfig privacy,
    List<String> methods,
    EvaluateConfig evaluate,
    CheckpointConfig checkpoint) {
  private static final long MAX_PROBES = 100_000_000;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  public RunConfig {
    // The name becomes a folder, so it is one plain path segment.
    Require.that(
        NAME.matcher(name).matches(),
        "name",
        "expected 1 to 100 letters, digits, dots, dashes or underscores, beginning with a letter or"
            + " digit; found "
            + ConfigTree.show(name));
    Require.range("repeats", repeats, 1, 1000);
    Require.that(
        !device.isBlank(), "device", "expected a device such as auto, cpu or reference; found ''");
    if (threads != null) {
      Require.range("threads", threads, 1, 4096);
    }
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
        !isPrivate || server.aggregate().equals(ServerConfig.MEAN),
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
