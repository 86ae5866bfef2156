package org.zowarmup.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.cli.batch.StopOptions;
import org.zowarmup.cli.terminal.SweepTable;
import org.zowarmup.cli.terminal.Units;
import org.zowarmup.config.CheckpointConfig.Signal;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.Json;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunResult;
import org.zowarmup.report.Report;
import org.zowarmup.run.ProcessRanks;
import org.zowarmup.run.Trainer;
import org.zowarmup.sweep.CellOutcome;
import org.zowarmup.sweep.CellOutcome.Status;
import org.zowarmup.sweep.Sweep;
import org.zowarmup.sweep.SweepGrid;
import org.zowarmup.sweep.SweepGrid.Cell;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code zowarmup sweep}: every combination of some values of some keys. */
@Command(
    name = "sweep",
    description = {
      "Run a config with every combination of the given values, and compare the results. Here",
      "KEY=A,B gives a key several values, and output=DIR names the folder of the sweep.",
      "The same words again continue a sweep that was stopped: cells that are done are kept, and",
      "cells that failed are tried again. Any number of processes may do so at once: each takes",
      "the next free cell, and the last one writes the report."
    },
    footer = {
      "",
      "Examples:",
      "  zowarmup sweep configs/quickstart.yaml warmup.rounds=10,20,30",
      "  zowarmup sweep configs/quickstart.yaml zo.seeds=4,12 zo.batch=8,16 repeats=3 output=grid",
      "  zowarmup sweep configs/quickstart.yaml model.channels=[8,16],[16,32] --jobs 2",
    })
final class SweepCommand implements Callable<Integer> {
  private static final String OUTPUT = "output=";
  private static final Pattern SHARD = Pattern.compile("(\\d{1,6})/(\\d{1,6})");

  @Mixin private ConfigArguments arguments;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "1",
      description = "Cells to run at once; they share the threads (default: ${DEFAULT-VALUE}).")
  private int jobs;

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      description = "Run the I-th of N parts of the cells, I from 1; the others are left alone.")
  private String shard;

  @Option(
      names = "--cell",
      paramLabel = "K",
      description = "Run the K-th cell alone, K from 1: for array jobs of a batch system.")
  private Integer cell;

  @Option(names = "--cells", description = "Check all cells, print how many there are, run none.")
  private boolean count;

  @Option(
      names = "--collect",
      description = "Run none: write the table and the report of what has been run.")
  private boolean collect;

  @Mixin private StopOptions stops;

  @Mixin private RunView view;

  @Spec private CommandSpec spec;

  private final Supplier<Trainer> trainer;
  private final Function<List<Signal>, BooleanSupplier> signals;

  SweepCommand(Supplier<Trainer> trainer, Function<List<Signal>, BooleanSupplier> signals) {
    this.trainer = trainer;
    this.signals = signals;
  }

  @Override
  public Integer call() {
    List<String> words = arguments.overrides();
    PrintWriter out = spec.commandLine().getOut();
    Path folder =
        words.stream()
            .filter(word -> word.startsWith(OUTPUT))
            .map(word -> Path.of(word.substring(OUTPUT.length())))
            .reduce((first, last) -> last)
            .orElse(null);
    SweepGrid grid =
        SweepGrid.parse(words.stream().filter(word -> !word.startsWith(OUTPUT)).toList());
    Predicate<Cell> mine = mine(grid.cells().size());
    Sweep sweep = new Sweep(arguments.config(), grid, folder);
    if (count) {
      out.println(sweep.check());
      return Main.EXIT_OK;
    }
    if (!collect) {
      RunConfig common = ConfigLoader.load(arguments.config(), grid.fixed());
      BooleanSupplier stop = stops.watch(common.checkpoint().signals(), signals);
      sweep.run(mine, jobs, trainer.get(), Main.words(spec), new Shown(out), stop);
    }
    Sweep.Result result = sweep.collect(all -> show(all, out));
    out.flush();
    return code(result, mine);
  }

  /** The cells that this start is to run. */
  private Predicate<Cell> mine(int of) {
    if (jobs < 1) {
      throw new UserErrorException("--jobs: expected a number of at least 1, found " + jobs);
    }
    if (ProcessRanks.size() > 1 && (cell != null || shard != null)) {
      throw new UserErrorException(
          "%s: expected one process, since each cell is trained by one; found %d of one launcher; start one (srun --ntasks=1)"
              .formatted(cell != null ? "--cell" : "--shard", ProcessRanks.size()));
    }
    if (cell != null && shard != null) {
      throw new UserErrorException("expected --cell or --shard, found both; leave one out");
    }
    if (cell != null && (cell < 1 || cell > of)) {
      throw new UserErrorException(
          "--cell: expected a number from 1 to %d, as many cells as the grid has; found %d"
              .formatted(of, cell));
    }
    if (cell != null) {
      return one -> one.number() == cell;
    }
    if (shard == null) {
      return one -> true;
    }
    Matcher parts = SHARD.matcher(shard);
    int part = parts.matches() ? Integer.parseInt(parts.group(1)) : 0;
    int shards = parts.matches() ? Integer.parseInt(parts.group(2)) : 0;
    if (part < 1 || part > shards) {
      throw new UserErrorException(
          "--shard: expected I/N with I from 1 to N, such as 1/4; found " + shard);
    }
    return one -> (one.number() - part) % shards == 0;
  }

  private void show(Sweep.Result result, PrintWriter out) {
    boolean over =
        !result.any(one -> one.left() || one.status() == Status.RUNNING)
            && result.any(one -> one.result() != null && !one.result().results().isEmpty());
    Path report = null;
    UserErrorException refused = null;
    try {
      Path place = result.folder().resolve("report");
      report = over ? Report.write(List.of(result.folder()), List.of(), place, true, false) : null;
    } catch (UserErrorException e) {
      refused = e; // for example for a cell that is damaged; the others are shown all the same
    }
    if (view.json()) {
      out.println(Json.line(json(result)));
    } else {
      SweepTable.lines(result).forEach(out::println);
    }
    if (refused != null && !result.any(one -> one.status() == Status.FAILED)) {
      throw refused;
    }
    if (refused != null) {
      log().error("no report: {}", refused.getMessage());
    } else if (view.json()) {
      return;
    } else if (over) {
      out.println("Report: " + report);
    } else if (result.any(one -> one.status() == Status.RUNNING)) {
      out.println("Other processes run cells of it; the last one writes the report.");
    }
  }

  private static Map<String, Object> json(Sweep.Result result) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("event", "sweep");
    tree.put("folder", result.folder().toString());
    Map<String, String> cells = new LinkedHashMap<>();
    result.cells().forEach(one -> cells.put(one.cell().label(), one.status().toString()));
    tree.put("cells", cells);
    return tree;
  }

  private int code(Sweep.Result result, Predicate<Cell> mine) {
    List<CellOutcome> own = result.cells().stream().filter(one -> mine.test(one.cell())).toList();
    if (own.stream().anyMatch(one -> one.left() || (collect && one.status() == Status.RUNNING))) {
      return Main.EXIT_STOPPED;
    }
    long failed = own.stream().filter(one -> one.status() == Status.FAILED).count();
    if (failed > 0) {
      log()
          .error(
              "{} of {} cells failed; the same words try them again, and exit code {} says that"
                  + " they are left",
              failed,
              own.size(),
              Main.EXIT_CELLS_FAILED);
      return Main.EXIT_CELLS_FAILED;
    }
    return Main.EXIT_OK;
  }

  /** Shows the cells as they are run. */
  private final class Shown implements Sweep.View {
    private final PrintWriter out;

    Shown(PrintWriter out) {
      this.out = out;
    }

    @Override
    public void starts(Sweep.Result before) {
      long done = before.cells().stream().filter(one -> one.status() == Status.DONE).count();
      long taken = before.cells().stream().filter(one -> one.status() == Status.RUNNING).count();
      log()
          .info(
              "sweep {}: {} cells, {} done before, {} taken by other processes",
              before.folder(),
              before.cells().size(),
              done,
              taken);
    }

    @Override
    public RunResult show(Cell cell, int of, Duration left, Function<RunListener, RunResult> run) {
      String name = "cell " + cell.number() + "/" + of;
      String rest =
          left == null ? "" : "  ETA of the sweep " + Units.clock((double) left.toSeconds());
      log().info("{}  {}{}", name, cell.label(), rest);
      return view.cell(out, view.json() ? cell.label() : name, jobs == 1, run);
    }

    @Override
    public void failed(Cell cell, int of, String failure) {
      log().error("cell {}/{} failed: {}", cell.number(), of, failure);
    }
  }

  /**
   * Asked for where it is used: making it reads the log's configuration, which takes a third of a
   * second.
   */
  private static Logger log() {
    return LoggerFactory.getLogger(SweepCommand.class);
  }
}
