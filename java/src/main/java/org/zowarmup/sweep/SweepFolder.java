package org.zowarmup.sweep;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.zowarmup.config.ConfigDifference;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import org.zowarmup.error.Printable;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.Json;
import org.zowarmup.record.MethodResult;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.Summary;
import org.zowarmup.record.file.AtomicFile;
import org.zowarmup.record.lock.RunLock;
import org.zowarmup.setup.ConfigResolver;
import org.zowarmup.sweep.CellOutcome.Status;
import org.zowarmup.sweep.Sweep.Result;

/** The folders of the cells of a sweep: {@code cells/LABEL}, beside {@code sweep.json}. */
final class SweepFolder {
  private static final String LOCKS = ".locks";
  private static final Set<String> MAY_DIFFER = Set.of("output", "threads");

  private final Path config;
  private final Path path;

  private SweepFolder(Path config, Path path) {
    this.config = config;
    this.path = path;
  }

  /**
   * @param asked null for a name that follows from config and grid
   */
  static SweepFolder of(Path config, SweepGrid grid, Path asked) {
    if (asked != null) {
      return new SweepFolder(config, asked);
    }
    RunConfig base = ConfigLoader.load(config, grid.fixed());
    CRC32 sum = new CRC32();
    String what = ConfigResolver.resolve(base).toYaml() + grid.axes();
    sum.update(what.getBytes(StandardCharsets.UTF_8));
    Path name = Path.of("runs", base.name(), "sweep-%08x".formatted(sum.getValue()));
    return new SweepFolder(config, name);
  }

  Path path() {
    return path;
  }

  Path cell(SweepGrid.Cell cell) {
    return path.resolve("cells").resolve(cell.label());
  }

  /**
   * Runs what must not be between what others read and write of the sweep as a whole; short, since
   * they wait.
   */
  <T> T alone(Supplier<T> action) {
    try {
      Files.createDirectories(path.resolve(LOCKS));
    } catch (IOException e) {
      throw new UserErrorException(
          "cannot make the sweep folder %s: %s; give output=DIR of a place that can be written to"
              .formatted(path, RunFolder.reason(e)),
          e);
    }
    synchronized (SweepFolder.class) {
      try (RunLock lock = RunLock.await(path.resolve(LOCKS).resolve("sweep"))) {
        return action.get();
      }
    }
  }

  private Path lock(SweepGrid.Cell cell) {
    return path.resolve(LOCKS).resolve(cell.label() + ".cell");
  }

  /** Empty where a process has the cell. To be called {@link #alone}. */
  Optional<RunLock> take(SweepGrid.Cell cell) {
    return RunLock.tryTake(lock(cell));
  }

  /** When a run last ended in the cell's folder, by the clock of the file system. */
  FileTime writtenOrNull(SweepGrid.Cell cell) {
    try {
      return Files.getLastModifiedTime(new RunFolder(cell(cell)).summary());
    } catch (IOException absent) {
      return null;
    }
  }

  /** What the cell's folder says of it. To be called {@link #alone}. */
  CellOutcome state(SweepGrid.Cell cell) {
    if (Files.exists(lock(cell))) {
      Optional<RunLock> free = take(cell);
      if (free.isEmpty()) {
        return new CellOutcome(cell, Status.RUNNING, null, null);
      }
      free.get().close();
    }
    try {
      if (Files.exists(cell(cell)) && !Files.isDirectory(cell(cell))) {
        new RunFolder(cell(cell)).requireOwn("cell " + cell.label());
      }
      Summary summary = Summary.find(cell(cell)).orElse(null);
      if (summary == null) {
        return new CellOutcome(cell, Status.NOT_RUN, null, null);
      }
      Status status =
          summary.failure() != null
              ? Status.FAILED
              : summary.interrupted() ? Status.INTERRUPTED : Status.DONE;
      return new CellOutcome(cell, status, summary.result(cell(cell)), summary.failure());
    } catch (UserErrorException unreadable) {
      return new CellOutcome(cell, Status.FAILED, null, unreadable.getMessage());
    }
  }

  /**
   * The cell's config, its folder set.
   *
   * @param threads for a config that does not name them; null leaves that open
   */
  RunConfig config(SweepGrid.Cell cell, Integer threads) {
    List<String> words = new ArrayList<>(cell.overrides());
    words.add("output=" + quoted(cell(cell)));
    RunConfig run = ConfigLoader.load(config, words);
    if (threads != null && run.threads() == null) {
      words.add("threads=" + threads);
      run = ConfigLoader.load(config, words);
    }
    ConfigResolver.resolve(run); // finds what is wrong with it
    return run;
  }

  private static String quoted(Path folder) {
    return "'" + folder.toString().replace("'", "''") + "'";
  }

  /**
   * @throws UserErrorException where the cell was run with another config
   */
  void requireSameConfig(SweepGrid.Cell cell, RunConfig expected) {
    RunFolder run = new RunFolder(cell(cell));
    if (!Files.exists(run.config())) {
      return;
    }
    run.requireFiles();
    Path file = run.soundConfig();
    try {
      List<ConfigDifference> differences =
          ConfigDifference.between(
              Files.readString(file, StandardCharsets.UTF_8),
              ConfigResolver.resolve(expected).toYaml(),
              MAY_DIFFER);
      if (!differences.isEmpty()) {
        throw new UserErrorException(
            "sweep folder %s: expected cell %s to have been run with this config, found %s; give another output=DIR"
                .formatted(path, cell.label(), differences.get(0)));
      }
    } catch (IOException e) {
      throw new UserErrorException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Removes what a process has left that was killed before it began, so that the cell can start.
   *
   * @throws UserErrorException where there are rounds, or what no run has written: they are never
   *     thrown away unasked
   */
  void clear(SweepGrid.Cell cell) {
    Path folder = cell(cell);
    RunFolder run = new RunFolder(folder);
    if (Files.notExists(folder, LinkOption.NOFOLLOW_LINKS) || run.isBlank()) {
      return;
    }
    run.requireOwn("cell " + cell.label());
    if (Files.exists(run.metricsJsonl())) {
      throw new UserErrorException(
          "cell %s: expected config.yaml and identity.json beside %s, found a run without them; put them back, or remove the folder for a new start"
              .formatted(cell.label(), run.metricsJsonl()));
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UserErrorException("cannot clear " + folder + ": " + e.getMessage(), e);
    }
  }

  /** Writes sweep.json and sweep.csv. */
  void write(Result sweep) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("config", config.toString());
    tree.put("fixed", sweep.grid().fixed());
    tree.put("axes", sweep.grid().axes());
    tree.put("cells", sweep.cells().stream().map(SweepFolder::summary).toList());
    Json.write(path.resolve("sweep.json"), tree);
    AtomicFile.writeText(path.resolve("sweep.csv"), csv(sweep));
  }

  private static Map<String, Object> summary(CellOutcome outcome) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("folder", "cells/" + outcome.cell().label());
    tree.put("values", outcome.cell().values());
    tree.put("status", outcome.status().toString());
    tree.put("failure", outcome.failure());
    return tree;
  }

  /** A line for every cell, method and seed. */
  private static String csv(Result sweep) {
    StringBuilder text = new StringBuilder();
    sweep.grid().axes().forEach(axis -> text.append(cell(axis.key())).append(','));
    text.append("status,method,seed,pivotAccuracy,testAccuracy,testLoss,validationAccuracy,");
    text.append("bytesUpHigh,bytesUpLow,bytesDownHigh,bytesDownLow,seconds,roundsDone\n");
    for (CellOutcome outcome : sweep.cells()) {
      StringBuilder head = new StringBuilder();
      outcome.cell().values().forEach(value -> head.append(cell(value)).append(','));
      head.append(outcome.status()).append(',');
      if (outcome.result() == null || outcome.result().results().isEmpty()) {
        text.append(head).append(",".repeat(11)).append('\n');
        continue;
      }
      outcome.result().results().forEach(one -> text.append(head).append(row(one)).append('\n'));
    }
    return text.toString();
  }

  private static String row(MethodResult one) {
    return String.join(
        ",",
        one.method(),
        Long.toString(one.seed()),
        number(one.pivotAccuracy()),
        number(one.testAccuracy()),
        number(one.testLoss()),
        number(one.validationAccuracy()),
        Long.toString(one.totalTraffic().upHigh()),
        Long.toString(one.totalTraffic().upLow()),
        Long.toString(one.totalTraffic().downHigh()),
        Long.toString(one.totalTraffic().downLow()),
        number(one.seconds()),
        Integer.toString(one.roundsDone()));
  }

  private static String number(Double value) {
    return value == null || !Double.isFinite(value) ? "" : value.toString();
  }

  /**
   * Quoted where a comma or a quote would be taken for a part of the file; text that a table
   * program would take for a formula gets an apostrophe in front.
   */
  private static String cell(String text) {
    String line = Printable.text(text);
    boolean formula = line.matches("[=+@-].*") && !line.matches("[+-]?[0-9.]+([eE][+-]?[0-9]+)?");
    String safe = formula ? "'" + line : line;
    return safe.matches("[^,\"]*") ? safe : '"' + safe.replace("\"", "\"\"") + '"';
  }
}
