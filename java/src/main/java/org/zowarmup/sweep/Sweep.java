package org.zowarmup.sweep;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.zowarmup.config.RunConfig;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunResult;
import org.zowarmup.record.Summary;
import org.zowarmup.run.Trainer;

/**
 * Runs the cells of a grid one after the other, each in a run folder of its own. A cell that an
 * earlier start has finished is not run again, so that the same words continue a sweep that was
 * stopped, and more values can be added to one that has ended. A cell that fails does not keep the
 * others from running.
 */
public final class Sweep {
  /**
   * The state of a sweep.
   *
   * @param folder holds a folder for every cell, and the tables
   * @param cells in the order of the grid, also those that have not run
   */
  public record Result(Path folder, SweepGrid grid, List<CellOutcome> cells) {
    public Result {
      cells = List.copyOf(cells);
    }

    /** True where something is left to be run. */
    public boolean interrupted() {
      return cells.stream()
          .anyMatch(cell -> cell.status().equals("not run") || cell.status().equals("interrupted"));
    }
  }

  /**
   * The state of a cell of a sweep.
   *
   * @param result what it gave, null where it has not run
   * @param failure what ended it before its time, null where nothing did
   * @param reused whether an earlier start of the sweep had run it
   */
  public record CellOutcome(SweepGrid.Cell cell, RunResult result, String failure, boolean reused) {
    /** {@code done}, {@code failed}, {@code interrupted} or {@code not run}. */
    public String status() {
      if (failure != null) {
        return "failed";
      }
      return result == null ? "not run" : result.interrupted() ? "interrupted" : "done";
    }
  }

  /** Takes a sentence about each cell. */
  public interface Progress {
    /**
     * @param number from 1
     * @param what for example {@code done before}
     */
    void cell(int number, int of, SweepGrid.Cell cell, String what);
  }

  private final Trainer trainer;
  private final List<String> commandLine;
  private final RunListener listener;
  private final Progress progress;
  private final BooleanSupplier stopRequested;

  /**
   * @param listener receives what every run does
   */
  public Sweep(
      Trainer trainer,
      List<String> commandLine,
      RunListener listener,
      Progress progress,
      BooleanSupplier stopRequested) {
    this.trainer = trainer;
    this.commandLine = List.copyOf(commandLine);
    this.listener = listener;
    this.progress = progress;
    this.stopRequested = stopRequested;
  }

  /**
   * @param file the config that the grid's values are laid over
   * @param folder of an earlier start, or one that does not exist yet; null for a folder below
   *     runs/NAME whose name follows from the config and the grid
   * @throws UserErrorException where a cell's config cannot be, before any cell is run, or where
   *     the folder holds a cell that was run with another config
   */
  public Result run(Path file, SweepGrid grid, Path folder) {
    List<SweepGrid.Cell> cells = grid.cells();
    SweepFolder sweep = SweepFolder.of(file, grid, folder);
    Map<SweepGrid.Cell, RunConfig> configs = new HashMap<>();
    for (SweepGrid.Cell cell : cells) {
      configs.put(cell, sweep.config(cell));
      sweep.requireSameConfig(cell, configs.get(cell));
    }
    List<CellOutcome> outcomes = new ArrayList<>();
    for (int i = 0; i < cells.size(); i++) {
      SweepGrid.Cell cell = cells.get(i);
      outcomes.add(outcome(sweep, cell, configs.get(cell), i + 1, cells.size()));
      sweep.write(new Result(sweep.path(), grid, withRest(outcomes, cells)));
    }
    return new Result(sweep.path(), grid, outcomes);
  }

  private static List<CellOutcome> withRest(
      List<CellOutcome> outcomes, List<SweepGrid.Cell> cells) {
    List<CellOutcome> all = new ArrayList<>(outcomes);
    for (SweepGrid.Cell cell : cells.subList(outcomes.size(), cells.size())) {
      all.add(new CellOutcome(cell, null, null, false));
    }
    return all;
  }

  private CellOutcome outcome(
      SweepFolder sweep, SweepGrid.Cell cell, RunConfig config, int number, int of) {
    Optional<Summary> before = Summary.find(sweep.cell(cell));
    RunResult result = before.map(one -> one.result(sweep.cell(cell))).orElse(null);
    if (before.isPresent() && !before.get().interrupted()) {
      String failure = before.get().failure();
      progress.cell(number, of, cell, failure == null ? "done before" : "failed before");
      return new CellOutcome(cell, result, failure, true);
    }
    if (stopRequested.getAsBoolean()) {
      return new CellOutcome(cell, result, null, true);
    }
    progress.cell(number, of, cell, "");
    return train(sweep, cell, config);
  }

  private CellOutcome train(SweepFolder sweep, SweepGrid.Cell cell, RunConfig config) {
    RunFolder earlier = new RunFolder(sweep.cell(cell));
    try {
      Path existing = earlier.isResumable() ? earlier.path() : null;
      if (existing == null) {
        sweep.clear(cell);
      }
      RunResult result = trainer.run(config, existing, commandLine, listener, stopRequested);
      return new CellOutcome(cell, result, null, false);
    } catch (UserErrorException e) {
      if (!Files.exists(sweep.cell(cell))) {
        throw e; // nothing ran: no use in trying the others
      }
      RunResult result =
          Summary.find(sweep.cell(cell)).map(one -> one.result(sweep.cell(cell))).orElse(null);
      return new CellOutcome(cell, result, e.getMessage(), false);
    }
  }
}
