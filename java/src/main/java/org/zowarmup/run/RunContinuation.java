package org.zowarmup.run;

import java.nio.file.Files;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.config.ConfigDifference;
import org.zowarmup.config.ConfigIdentity;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.ResolvedConfig;
import org.zowarmup.config.RunConfig;
import org.zowarmup.config.Schedule;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.MetricsHistory;
import org.zowarmup.record.MetricsWriter;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunIdentity;

/**
 * The earlier rounds of a run that is resumed; refuses what may not be resumed.
 *
 * @param history rounds that earlier processes have done; null in a run that starts here
 */
record RunContinuation(MetricsHistory history) {
  private static final Logger LOG = LoggerFactory.getLogger(RunContinuation.class);

  /**
   * Compares configs before any work is done.
   *
   * @param existing null for a run that starts here
   * @param config with every key filled in
   * @throws UserErrorException that names every key in which the config differs and may not
   */
  static RunContinuation of(RunFolder existing, RunConfig config) {
    if (existing == null || existing.isBlank()) {
      return new RunContinuation(null);
    }
    RunConfig before = ConfigLoader.load(existing.config(), List.of());
    List<ConfigDifference> forbidden = ConfigIdentity.forbidden(before, config);
    if (!forbidden.isEmpty()) {
      throw new UserErrorException(
          "run folder %s: expected the config that the run was started with, found: %s; take that config, or give another output"
              .formatted(
                  existing.path(),
                  forbidden.stream()
                      .map(ConfigDifference::change)
                      .collect(Collectors.joining("; "))));
    }
    MetricsHistory history = MetricsHistory.read(existing.metricsJsonl());
    longer(existing, before, config, history);
    return new RunContinuation(history);
  }

  private static void longer(
      RunFolder folder, RunConfig before, RunConfig after, MetricsHistory history) {
    boolean pastPivot = history.rows().stream().anyMatch(row -> row.phase().equals("zo"));
    if (after.warmup().rounds() != before.warmup().rounds() && pastPivot) {
      throw new UserErrorException(
          "run folder %s: warmup.rounds was %d and is %d: expected it unchanged once a method has passed its pivot; only zo.rounds may grow now"
              .formatted(folder.path(), before.warmup().rounds(), after.warmup().rounds()));
    }
    boolean moreZo = after.zo().rounds() != before.zo().rounds();
    if (moreZo && pastPivot && after.zo().schedule() != Schedule.CONSTANT) {
      LOG.warn(
          "zo.rounds was {} and is {}: the {} schedule of the learning rate is that of {} rounds"
              + " from here on, so this is not what a run of {} rounds from the start would give",
          before.zo().rounds(),
          after.zo().rounds(),
          after.zo().schedule(),
          after.zo().rounds(),
          after.zo().rounds());
    }
  }

  /** Refuses another data set, layout or device, then writes down what the run is from here on. */
  MetricsWriter open(RunFolder folder, RunIdentity identity, ResolvedConfig config) {
    if (history != null && Files.exists(folder.identity())) {
      identity.requireSame(RunIdentity.read(folder.identity()), "run folder " + folder.path());
    }
    folder.removeUnfinished();
    folder.writeConfig(config.toYaml());
    identity.write(folder.identity());
    return history == null ? MetricsWriter.start(folder) : MetricsWriter.resume(folder);
  }
}
