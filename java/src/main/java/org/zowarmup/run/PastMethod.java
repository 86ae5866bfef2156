package org.zowarmup.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.config.RunConfig;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.Checksums;
import org.zowarmup.record.MetricsHistory;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunIdentity;
import org.zowarmup.record.checkpoint.Checkpoint;
import org.zowarmup.record.checkpoint.CheckpointFolder;
import org.zowarmup.record.checkpoint.SeedLog;
import org.zowarmup.record.file.AtomicFile;
import org.zowarmup.record.weights.Safetensors;

/**
 * What a run folder holds of one method under one seed. Rows reach the disk before a checkpoint and
 * a round's scalars before its row, so whenever a process is killed, its files fit together; what
 * does not fit was lost or damaged later.
 *
 * @param rows rounds 1, 2, ... as far as none is missing
 * @param restorable the last round of them that can be brought back
 * @param identity of the newest sound checkpoint, empty without one
 * @param others files that are not what this run wrote; nothing of them is used
 * @param problems what does not fit
 */
record PastMethod(
    RunFolder folder,
    String method,
    long seed,
    List<RoundMetrics> rows,
    int restorable,
    Map<String, String> identity,
    List<Path> others,
    List<String> problems) {
  private static final Logger LOG = LoggerFactory.getLogger(PastMethod.class);

  /** Compares the files with each other; nothing is changed. */
  private static final class Survey {
    private final RunFolder folder;
    private final Checksums checksums;
    private final RunIdentity run; // null where identity.json is missing
    private final String method;
    private final long seed;
    private final int last;
    private final List<RoundMetrics> rows;
    private final List<String> problems = new ArrayList<>();
    private final List<String> unreadable = new ArrayList<>();
    private Optional<Checkpoint> newest = Optional.empty();
    private int pivot = -1;
    private int restorable;
    private final List<Path> others = new ArrayList<>();

    Survey(Checksums checksums, String method, long seed, List<RoundMetrics> rows) {
      this.folder = checksums.folder();
      this.checksums = checksums;
      this.run =
          Files.isRegularFile(folder.identity()) ? RunIdentity.read(folder.identity()) : null;
      this.method = method;
      this.seed = seed;
      this.rows = rows;
      this.last = rows.size();
    }

    void checkpoints() {
      CheckpointFolder checkpoints = new CheckpointFolder(folder.checkpoints(), method, seed);
      for (CheckpointFolder.Found found : checkpoints.list()) {
        if (found.round() > last) {
          newer(found.file(), found.round());
          continue;
        }
        pivot = found.pivot() ? Math.max(pivot, found.round()) : pivot;
        if (newest.isEmpty()) {
          try {
            newest = own(checkpoints.read(found), found.file());
          } catch (BadDataException e) {
            unreadable.add(e.getMessage());
          }
        }
      }
      restorable = newest.map(one -> one.position().round()).orElse(0);
    }

    /** Empty for a checkpoint of another run, which --discard removes. */
    private Optional<Checkpoint> own(Checkpoint found, Path file) {
      try {
        if (run != null) {
          run.requireBinding(new RunIdentity(found.identity()), file.toString());
        }
        return Optional.of(found);
      } catch (UserErrorException e) {
        others.add(file);
        problems.add(
            "%s, which is not of this run but of one with another %s"
                .formatted(
                    folder.path().relativize(file),
                    String.join(", ", run.others(new RunIdentity(found.identity())))));
        return Optional.empty();
      }
    }

    private void newer(Path file, int round) {
      List<Integer> missing = IntStream.rangeClosed(last + 1, round).boxed().toList();
      problems.add(
          "no rows of %s in metrics.jsonl, but %s of round %d"
              .formatted(MetricsHistory.ranges(missing), folder.path().relativize(file), round));
    }

    /**
     * Rounds of the log go as far as the rows, and at most one further.
     *
     * @return what it lacks
     */
    Optional<String> log() {
      Path file = folder.seedLog(method, seed);
      Optional<SeedLog> log = Optional.empty();
      String found = "none";
      try {
        if (Files.exists(file)) {
          SeedLog read = SeedLog.read(file, method, seed);
          requireOwn(file, read);
          log = Optional.of(read);
        }
      } catch (BadDataException e) {
        found = e.getMessage();
        others.add(file);
      }
      if (log.isPresent()) {
        SeedLog read = log.get();
        restorable +=
            (int)
                read.stretch(restorable + 1, last).stream()
                    .takeWhile(round -> round.update().isPresent())
                    .count();
        if (read.lastRound() > last + 1) {
          newer(file, read.lastRound());
        }
        found =
            read.end() == read.bytes() ? "no more" : "damage at offset %d".formatted(read.end());
      }
      int expected = lastLogged();
      int reached = pivot + log.map(l -> l.stretch(pivot + 1, last).size()).orElse(0);
      return pivot < 0 || reached >= expected
          ? Optional.empty()
          : Optional.of(
              "%s: expected rounds %d to %d, found rounds to %d, then %s; what is missing can no longer be replayed"
                  .formatted(file.getFileName(), pivot + 1, expected, reached, found));
    }

    private void requireOwn(Path file, SeedLog log) {
      if (newest.isPresent()) {
        RunIdentity identity = new RunIdentity(newest.get().identity());
        String layout = identity.values().get(RunIdentity.LAYOUT);
        String found = log.header().layoutHash();
        if (layout != null && !layout.equals(found)) {
          throw new BadDataException(file, "header", "the parameter layout " + layout, found);
        }
        log.requireRun(file, identity);
      }
      log.requireSummed(file, checksums);
    }

    /** The end of the phase that the pivot starts. */
    private int lastLogged() {
      int round = pivot;
      while (round >= 0
          && round < last
          && rows.get(round).phase().equals(rows.get(pivot).phase())) {
        round++;
      }
      return round;
    }

    /** A kill loses at most what came after the last checkpoint that was due. */
    void lost(int due) {
      if (restorable < last && !unreadable.isEmpty()) {
        problems.add(unreadable.get(0));
      } else if (restorable < Math.min(due, last)) {
        problems.add("no checkpoint of round %d in %s".formatted(due, folder.checkpoints()));
      }
    }
  }

  /**
   * @param checksums of the run's folder
   * @param before the config that the rounds were run under
   * @param now the config that the run is continued under
   */
  static PastMethod of(
      Checksums checksums,
      RunConfig before,
      RunConfig now,
      MetricsHistory history,
      String method,
      long seed) {
    RunFolder folder = checksums.folder();
    int planned = now.warmup().rounds() + now.zo().rounds();
    List<RoundMetrics> rows = history.of(method, seed);
    Survey survey = new Survey(checksums, method, seed, rows);
    List<Integer> others =
        history.rows().stream()
            .filter(row -> row.method().equals(method) && row.seed() == seed)
            .map(RoundMetrics::round)
            .filter(round -> round > rows.size())
            .toList();
    if (!others.isEmpty()) {
      survey.problems.add(
          "%s in metrics.jsonl, but none of round %d"
              .formatted(MetricsHistory.ranges(others), rows.size() + 1));
    }
    if (rows.size() > planned) {
      survey.problems.add(
          "%d rounds in metrics.jsonl of the %d that the config has"
              .formatted(rows.size(), planned));
    }
    Optional<Integer> weights = roundOfWeights(checksums, folder.weights(method, seed));
    if (weights.isPresent() && weights.get() > rows.size()) {
      survey.newer(folder.weights(method, seed), weights.get());
    }
    survey.checkpoints();
    boolean over = rows.size() == planned || EarlyStop.after(rows, now).isOver();
    boolean done = over && weights.isPresent() && weights.get() == rows.size();
    Optional<String> lacking = survey.log();
    if (done) {
      survey.restorable = rows.size();
      lacking.ifPresent(LOG::warn);
    } else {
      lacking.ifPresent(survey.problems::add);
      Integer every = before.checkpoint().everyRounds();
      int due = every == null ? 0 : (rows.size() - 1) / every * every;
      survey.lost(Math.max(due, weights.orElse(0)));
    }
    return new PastMethod(
        folder,
        method,
        seed,
        rows,
        Math.min(survey.restorable, planned),
        survey.newest.map(Checkpoint::identity).orElse(Map.of()),
        survey.others,
        survey.problems.stream()
            .map(problem -> "%s seed %d: %s".formatted(method, seed, problem))
            .toList());
  }

  /** The same; empty too for a file that was changed, which is written again, with a warning. */
  private static Optional<Integer> roundOfWeights(Checksums checksums, Path file) {
    return checksums.isChanged(file) ? Optional.empty() : roundOfWeights(file);
  }

  /** What a file of final weights says of itself; empty where it is missing or damaged. */
  private static Optional<Integer> roundOfWeights(Path file) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      String round = Safetensors.read(file).metadata().getOrDefault("round", "");
      return round.matches("[0-9]{1,9}") ? Optional.of(Integer.valueOf(round)) : Optional.empty();
    } catch (BadDataException e) {
      return Optional.empty();
    }
  }

  /** The rows that are kept when what does not fit is removed. */
  List<RoundMetrics> kept() {
    return problems.isEmpty() ? rows : rows.subList(0, restorable);
  }

  /** Removes what does not fit from all files but the metrics, and names each before. */
  void discard() {
    if (problems.isEmpty()) {
      return;
    }
    if (restorable < rows.size()) {
      List<Integer> gone = IntStream.rangeClosed(restorable + 1, rows.size()).boxed().toList();
      LOG.warn(
          "--discard removes {} of {} seed {} from metrics.jsonl and metrics.csv",
          MetricsHistory.ranges(gone),
          method,
          seed);
    }
    new CheckpointFolder(folder.checkpoints(), method, seed)
        .list().stream()
            .filter(found -> found.round() > restorable)
            .forEach(found -> remove(found.file()));
    Path weights = folder.weights(method, seed);
    if (roundOfWeights(weights).orElse(Integer.MAX_VALUE) > restorable) {
      remove(weights);
      remove(folder.confusion(method, seed));
    }
    others.forEach(PastMethod::remove);
    cutLog(folder.seedLog(method, seed));
  }

  private void cutLog(Path file) {
    if (Files.exists(file)) {
      SeedLog log = SeedLog.read(file, method, seed);
      if (log.lastRound() > restorable || log.end() < log.bytes()) {
        LOG.warn("--discard removes what comes after round {} from {}", restorable, file);
        SeedLog.cutAfter(file, restorable);
      }
    }
  }

  private static void remove(Path file) {
    if (!Files.exists(file)) {
      return;
    }
    LOG.warn("--discard removes {}", file);
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }
}
