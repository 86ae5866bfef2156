package org.zowarmup.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.config.ConfigDifference;
import org.zowarmup.config.ConfigIdentity;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.FaultsConfig;
import org.zowarmup.config.ResolvedConfig;
import org.zowarmup.config.RunConfig;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.record.Checksums;
import org.zowarmup.record.Extension;
import org.zowarmup.record.MetricsHistory;
import org.zowarmup.record.MetricsWriter;
import org.zowarmup.record.ProbeRecorder;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunIdentity;
import org.zowarmup.record.file.AtomicFile;
import org.zowarmup.setup.OwnParts;

/**
 * The earlier rounds of a run that is resumed. Refuses what may not be resumed before it changes
 * anything; what it removes it was told to, and names.
 */
final class RunContinuation {
  private static final Logger LOG = LoggerFactory.getLogger(RunContinuation.class);
  private static final int SHOWN = 3;

  private final Trainer.Existing existing;
  private final RunConfig before;
  private final List<PastMethod> past = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();
  private final List<Path> lost = new ArrayList<>(); // of no method, and damaged
  private Checksums checksums;
  private MetricsHistory history;

  private RunContinuation(Trainer.Existing existing, RunConfig before) {
    this.existing = existing;
    this.before = before;
  }

  /**
   * Compares configs and files before any work is done; the lock of the folder is held.
   *
   * @param existing null for a run that starts here
   * @param config with every key filled in
   * @throws UserErrorException that names every key in which the config differs and may not, or
   *     what does not fit together in the folder
   */
  static RunContinuation of(Trainer.Existing existing, RunConfig config) {
    RunFolder folder = existing == null ? null : RunFolder.existing(existing.folder());
    if (folder == null || folder.isBlank()) {
      return new RunContinuation(null, null);
    }
    RunConfig before = ConfigLoader.load(folder.soundConfig(), List.of());
    List<ConfigDifference> forbidden = ConfigIdentity.forbidden(before, config);
    if (!forbidden.isEmpty()) {
      throw new UserErrorException(
          "run folder %s: expected the config that the run was started with, found: %s; take that config, or give another output"
              .formatted(
                  folder.path(),
                  forbidden.stream()
                      .map(ConfigDifference::change)
                      .collect(Collectors.joining("; "))));
    }
    RunContinuation continuation = new RunContinuation(existing, before);
    continuation.survey(folder, config);
    return continuation;
  }

  private void survey(RunFolder folder, RunConfig config) {
    checksums = soundChecksums(folder);
    checksums.require(folder.identity(), "");
    history = MetricsHistory.survey(folder);
    problems.addAll(history.damage());
    for (long seed : Experiment.seeds(config)) {
      for (String method : config.methods()) {
        PastMethod one = PastMethod.of(checksums, before, config, history, method, seed);
        past.add(one);
        problems.addAll(one.problems());
      }
    }
    history.rows().stream()
        .filter(row -> past.stream().noneMatch(one -> isOf(row, one)))
        .map(row -> "rows of %s seed %d in metrics.jsonl".formatted(row.method(), row.seed()))
        .distinct()
        .forEach(problems::add);
    try {
      checksums.require(folder.extensions(), "");
      Extension.read(folder);
    } catch (BadDataException e) {
      problems.add(e.getMessage());
      lost.add(folder.extensions());
    }
    if (config.faults().equals(FaultsConfig.NONE)) {
      warnOfProbes(folder);
    }
    if (!problems.isEmpty() && !existing.discard()) {
      String more =
          problems.size() <= SHOWN ? "" : " and %d more".formatted(problems.size() - SHOWN);
      throw new UserErrorException(
          "run folder %s: expected files that fit together, found %s%s; put back what is missing, or resume with --discard, which removes what does not fit, by name, and runs those rounds again"
              .formatted(
                  folder.path(),
                  problems.stream().limit(SHOWN).collect(Collectors.joining("; ")),
                  more));
    }
  }

  /** A file beside the run forbids no resume. */
  private static Checksums soundChecksums(RunFolder folder) {
    try {
      return Checksums.read(folder);
    } catch (BadDataException e) {
      LOG.warn(
          "{}; until it is written again the files are compared with each other alone",
          e.getMessage());
      return Checksums.none(folder);
    }
  }

  /** A file beside the metrics forbids no resume, but what it lost cannot be had again. */
  private void warnOfProbes(RunFolder folder) {
    List<RoundMetrics> probed =
        past.stream()
            .filter(one -> Files.exists(folder.seedLog(one.method(), one.seed())))
            .flatMap(one -> one.rows().stream())
            .filter(row -> row.phase().equals("zo"))
            .toList();
    List<RoundMetrics> lost = ProbeRecorder.lacking(folder.probes(), probed);
    for (PastMethod one : past) {
      List<Integer> rounds =
          lost.stream().filter(row -> isOf(row, one)).map(RoundMetrics::round).toList();
      if (!rounds.isEmpty()) {
        LOG.warn(
            "{}: no lines for {} of {} seed {}; the report's charts of the scalars do without them",
            folder.probes(),
            MetricsHistory.ranges(rounds),
            one.method(),
            one.seed());
      }
    }
  }

  /**
   * The identity that a run goes by: one that was started before the normalization was part of it
   * stays without, so that its files stay as they are.
   */
  RunIdentity identity(RunIdentity now) {
    Path stored = history == null ? null : new RunFolder(existing.folder()).identity();
    return stored != null
            && Files.exists(stored)
            && !RunIdentity.read(stored).values().containsKey(RunIdentity.NORMALIZE)
        ? now.without(RunIdentity.NORMALIZE)
        : now;
  }

  /** What the libraries of the device have chosen for layers when the run was started. */
  Map<String, String> choices(RunIdentity now) {
    Path stored = history == null ? null : new RunFolder(existing.folder()).identity();
    return stored == null || !Files.exists(stored)
        ? Map.of()
        : RunIdentity.read(stored).choicesFor(now);
  }

  private static boolean isOf(RoundMetrics row, PastMethod past) {
    return row.method().equals(past.method()) && row.seed() == past.seed();
  }

  /** The rounds of earlier processes; null in a run that starts here. */
  MetricsHistory history() {
    return history;
  }

  /** What the files held when the last process left them. */
  Checksums checksums(RunFolder folder) {
    return checksums == null ? Checksums.none(folder) : checksums;
  }

  /**
   * Refuses another data set, layout or device and what cannot be made longer, then writes down
   * what the run is from here on.
   *
   * @param contexts one a seed
   * @param parts that methods are among
   */
  MetricsWriter open(
      RunFolder folder,
      RunIdentity identity,
      ResolvedConfig config,
      List<FederatedContext> contexts,
      OwnParts parts) {
    if (history != null) {
      compare(folder, identity);
      Set<Extension> extensions =
          new LongerRun(before, config.run(), "run folder " + folder.path())
              .extensions(past, contexts, parts, existing.otherSchedule());
      for (String name : checksums.changed(Checksums.BESIDE)) {
        LOG.warn(
            "{} is not what the run wrote into it; reports refuse it unless it is made again here",
            folder.path().resolve(name));
      }
      for (String name : checksums.missing()) {
        LOG.warn(
            "{} is missing, which the run had written; it is made again only where that is"
                + " possible",
            folder.path().resolve(name));
      }
      checksums.remove();
      discard(folder, identity);
      Extension.add(folder, extensions);
    }
    folder.removeUnfinished();
    write(folder, identity, config);
    return history == null
        ? new MetricsWriter(folder, identity.id())
        : MetricsWriter.resume(folder, identity.id(), history.rows());
  }

  static void write(RunFolder folder, RunIdentity identity, ResolvedConfig config) {
    folder.writeConfig(config.toYaml());
    identity.write(folder.identity());
  }

  /** Compares what all files were made by with what is here now. */
  private void compare(RunFolder folder, RunIdentity identity) {
    boolean known = Files.exists(folder.identity());
    if (known) {
      identity.requireSame(RunIdentity.read(folder.identity()), "run folder " + folder.path());
    }
    for (PastMethod one : past) {
      if (!one.identity().isEmpty()) {
        String where = "checkpoint of %s seed %d".formatted(one.method(), one.seed());
        identity.requireBinding(new RunIdentity(one.identity()), where);
        known = true;
      }
    }
    if (!known && !history.rows().isEmpty()) {
      throw new UserErrorException(
          "run folder %s: expected identity.json, which says what its %d rounds were made with, found none and no checkpoint; put it back"
              .formatted(folder.path(), history.rows().size()));
    }
    if (!Files.exists(folder.identity()) && !history.rows().isEmpty()) {
      LOG.warn(
          "{} is missing: the checkpoints fit what is here now, and it is written again",
          folder.identity());
    }
  }

  private void discard(RunFolder folder, RunIdentity identity) {
    if (problems.isEmpty()) {
      return;
    }
    problems.forEach(problem -> LOG.warn("--discard: {}", problem));
    past.forEach(PastMethod::discard);
    List<RoundMetrics> kept = past.stream().flatMap(one -> one.kept().stream()).toList();
    LOG.warn("--discard removes {}, which is written again at the end", folder.summary());
    remove(folder.summary());
    for (Path file : lost) {
      LOG.warn("--discard removes {}", file);
      remove(file);
    }
    MetricsWriter.rewrite(folder, identity.id(), kept);
    history = new MetricsHistory(kept, List.of());
  }

  private static void remove(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }
}
