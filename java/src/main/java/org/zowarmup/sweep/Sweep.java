package org.zowarmup.sweep;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.zowarmup.config.RunConfig;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunResult;
import org.zowarmup.record.lock.RunLock;
import org.zowarmup.run.Trainer;
import org.zowarmup.setup.ThreadBudget;
import org.zowarmup.sweep.CellOutcome.Status;
import org.zowarmup.sweep.SweepGrid.Cell;

/**
 * Runs the cells of a grid, each in a run folder of its own. Any number of threads and of processes
 * may be at work on one sweep: each takes the next cell that is free, waits for none, and is ready
 * when all are done or taken. A cell that is done is not run again, so that the same words continue
 * a sweep that was stopped, and more values can be added to one that has ended. A cell that fails
 * does not keep the others from running, and is tried again by a later start.
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

    public boolean any(Predicate<CellOutcome> which) {
      return cells.stream().anyMatch(which);
    }
  }

  /** Shows what a sweep does; called by the threads that run cells. */
  public interface View {
    /** Called before the first cell, with the state that earlier starts have left. */
    void starts(Result before);

    /**
     * Runs a cell and shows it.
     *
     * @param left until all cells are done, null where no cell has been timed yet
     * @param run is given who listens
     */
    RunResult show(Cell cell, int of, Duration left, Function<RunListener, RunResult> run);

    /** Called when a cell has failed. */
    void failed(Cell cell, int of, String failure);
  }

  /** Times as long as a look at all cells took, the next one waits. */
  private static final int PAUSE = 20;

  /** Of a word of the command line, as a cell keeps it. */
  private static final int MOST_LETTERS = 200;

  private final SweepFolder folder;
  private final SweepGrid grid;
  private final List<Cell> cells;

  /** Of the last look at all cells; of 10,000 one takes as long as some cells do. */
  private Result recent;

  private long lookAgain = System.nanoTime();

  /** Cells whose state cannot change any more. */
  private final Map<Cell, CellOutcome> done = new ConcurrentHashMap<>();

  /** Failures of this process; a folder without space left, or none at all, does not know them. */
  private final Map<Cell, RuntimeException> failures = new ConcurrentHashMap<>();

  /**
   * @param file the config that the grid's values are laid over
   * @param folder of an earlier start, or one that does not exist yet; null for a folder below
   *     runs/NAME whose name follows from the config and the grid
   */
  public Sweep(Path file, SweepGrid grid, Path folder) {
    this.grid = grid;
    this.cells = grid.cells();
    this.folder = SweepFolder.of(file, grid, folder);
  }

  /**
   * Runs what is left.
   *
   * @param mine the cells that this start is to run
   * @param jobs how many of them at once; where the config does not name threads, they share them
   * @throws UserErrorException where a cell's config cannot be, before any cell is run; where the
   *     folder holds a cell that was run with another config; or where no cell could start
   */
  public Result run(
      Predicate<Cell> mine,
      int jobs,
      Trainer trainer,
      List<String> commandLine,
      View view,
      BooleanSupplier stopRequested) {
    Map<Cell, RunConfig> configs = new ConcurrentHashMap<>();
    List<Cell> chosen = cells.stream().filter(mine).toList();
    Integer share = jobs > 1 ? (Integer) Math.max(1, ThreadBudget.threads(null) / jobs) : null;
    for (Cell cell : chosen) {
      configs.put(cell, folder.config(cell, share));
      folder.requireSameConfig(cell, configs.get(cell));
    }
    Worker worker = new Worker(chosen, configs, trainer, commandLine, view);
    view.starts(folder.alone(this::state));
    inThreads(
        Math.min(jobs, Math.max(1, chosen.size())),
        () -> {
          while (!stopRequested.getAsBoolean() && worker.runNext(stopRequested)) {
            folder.alone(this::recent);
          }
          return null;
        });
    Result result = folder.alone(this::written);
    throwIfNothingStarted(chosen);
    return result;
  }

  /**
   * The state of all cells, in sweep.json and sweep.csv too.
   *
   * @param then what is made of it while no other process writes to the sweep's own files
   * @throws UserErrorException where a cell was run with another config
   */
  public Result collect(Consumer<Result> then) {
    cells.forEach(cell -> folder.requireSameConfig(cell, folder.config(cell, null)));
    return folder.alone(
        () -> {
          Result result = written();
          then.accept(result);
          return result;
        });
  }

  /**
   * Checks the config of every cell.
   *
   * @return how many there are
   */
  public int check() {
    cells.forEach(cell -> folder.config(cell, null));
    return cells.size();
  }

  private Result written() {
    Result result = state();
    folder.write(result);
    return result;
  }

  /** The state of all cells, looked at and written a moment ago. To be called alone. */
  private Result recent() {
    long now = System.nanoTime();
    if (recent == null || now - lookAgain >= 0) {
      recent = written();
      long end = System.nanoTime();
      lookAgain = end + PAUSE * (end - now);
    }
    return recent;
  }

  private Result state() {
    return new Result(folder.path(), grid, cells.stream().map(this::state).toList());
  }

  private CellOutcome state(Cell cell) {
    CellOutcome known = done.get(cell);
    if (known == null) {
      known = folder.state(cell);
      if (known.status() == Status.DONE) {
        done.put(cell, known);
      } else if (known.left() && failures.containsKey(cell)) {
        String failure = failures.get(cell).getMessage();
        known = new CellOutcome(cell, Status.FAILED, known.result(), failure);
      }
    }
    return known;
  }

  /** Every cell keeps the command: of thousands of values each would keep thousands. */
  private static String shortened(String word) {
    return word.length() <= MOST_LETTERS
        ? word
        : "%s... (%d letters)".formatted(word.substring(0, MOST_LETTERS), word.length());
  }

  private static void inThreads(int count, Callable<Void> work) {
    ExecutorService threads =
        Executors.newFixedThreadPool(
            count,
            task -> {
              Thread thread = new Thread(task, "sweep");
              thread.setDaemon(true);
              return thread;
            });
    try {
      List<Future<Void>> futures = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        futures.add(threads.submit(work));
      }
      for (Future<Void> future : futures) {
        future.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw (Error) e.getCause();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while cells were running", e);
    } finally {
      threads.shutdownNow();
    }
  }

  /**
   * A fault of the program is reported as one; and what is wrong with every cell, as a run does.
   */
  private void throwIfNothingStarted(List<Cell> chosen) {
    for (RuntimeException failure : failures.values()) {
      if (!(failure instanceof UserErrorException)) {
        throw failure;
      }
    }
    if (!chosen.isEmpty() && chosen.stream().noneMatch(cell -> Files.exists(folder.cell(cell)))) {
      for (Cell cell : chosen) {
        if (failures.containsKey(cell)) {
          throw failures.get(cell);
        }
      }
    }
  }

  /** Takes cells and runs them; shared by the threads of a start. */
  private final class Worker {
    private final List<Cell> chosen;
    private final Map<Cell, RunConfig> configs;

    /**
     * When what an earlier start has left was written, which distinguishes its failures from those
     * of now.
     */
    private final Map<Cell, FileTime> before = new HashMap<>();

    private final Trainer trainer;
    private final List<String> commandLine;
    private final View view;
    private final Set<Cell> tried = ConcurrentHashMap.newKeySet();

    Worker(
        List<Cell> chosen,
        Map<Cell, RunConfig> configs,
        Trainer trainer,
        List<String> commandLine,
        View view) {
      this.chosen = chosen;
      this.configs = configs;
      this.trainer = trainer;
      this.commandLine = commandLine.stream().map(Sweep::shortened).toList();
      this.view = view;
      chosen.forEach(cell -> before.put(cell, folder.writtenOrNull(cell)));
    }

    /** A cell that no other process runs for as long as the lock is held. */
    private record Taken(Cell cell, RunLock lock, Duration left) {}

    /** Returns false where no cell is free. */
    boolean runNext(BooleanSupplier stopRequested) {
      Taken taken = folder.alone(this::nextOrNull);
      if (taken == null) {
        return false;
      }
      Cell cell = taken.cell();
      try (RunLock lock = taken.lock()) {
        RunFolder earlier = new RunFolder(folder.cell(cell));
        Trainer.Existing existing =
            earlier.isResumable() ? new Trainer.Existing(earlier.path()) : null;
        if (existing == null) {
          folder.clear(cell);
        }
        view.show(
            cell,
            cells.size(),
            taken.left(),
            listener ->
                trainer.run(configs.get(cell), existing, commandLine, listener, stopRequested));
      } catch (RuntimeException e) {
        failures.put(cell, e);
        view.failed(cell, cells.size(), String.valueOf(e.getMessage()));
      }
      return true;
    }

    private Taken nextOrNull() {
      for (Cell cell : chosen) {
        CellOutcome now = tried.contains(cell) ? null : state(cell);
        boolean free =
            now != null
                && (now.left()
                    || (now.status() == Status.FAILED
                        && Objects.equals(before.get(cell), folder.writtenOrNull(cell))));
        RunLock lock = free ? folder.take(cell).orElse(null) : null;
        if (lock != null) {
          tried.add(cell);
          return new Taken(cell, lock, timeLeft());
        }
      }
      return null;
    }

    /** From the mean of what is done, with as many at once as there are now. */
    private Duration timeLeft() {
      List<CellOutcome> all = recent().cells();
      long known = all.stream().filter(cell -> cell.status() == Status.DONE).count();
      long running = all.stream().filter(cell -> cell.status() == Status.RUNNING).count();
      long left = running + all.stream().filter(CellOutcome::left).count();
      if (known == 0) {
        return null;
      }
      ToDoubleFunction<CellOutcome> seconds =
          cell -> cell.status() == Status.DONE ? cell.seconds() : 0;
      double each = all.stream().mapToDouble(seconds).sum() / known;
      return Duration.ofSeconds(Math.round(each * left / Math.max(1, running)));
    }
  }
}
