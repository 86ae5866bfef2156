package org.zowarmup.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.config.CheckpointConfig.Signal;
import org.zowarmup.report.Report;
import org.zowarmup.run.Trainer;
import org.zowarmup.sweep.Sweep;
import org.zowarmup.sweep.SweepGrid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code zowarmup sweep}: every combination of some values of some keys. */
@Command(
    name = "sweep",
    description = {
      "Run a config with every combination of the given values, and compare the results. Here",
      "KEY=A,B gives a key several values, and output=DIR names the folder of the sweep.",
      "The same words again continue a sweep that was stopped: cells that are done are kept."
    },
    footer = {
      "",
      "Examples:",
      "  zowarmup sweep configs/quickstart.yaml warmup.rounds=10,20,30",
      "  zowarmup sweep configs/quickstart.yaml zo.seeds=4,12 zo.batch=8,16 repeats=3 output=grid",
      "  zowarmup sweep configs/quickstart.yaml model.channels=[8,16],[16,32]",
    })
final class SweepCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(SweepCommand.class);
  private static final String OUTPUT = "output=";

  @Mixin private ConfigArguments arguments;

  @Mixin private StopOptions stops;

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
    Sweep sweep =
        new Sweep(
            trainer.get(),
            Main.words(spec),
            new PlainProgress(LOG::info, System::nanoTime),
            (number, of, cell, what) ->
                LOG.info("cell {}/{}  {}  {}", number, of, cell.label(), what),
            stops.watch(List.of(Signal.values()), signals));
    Sweep.Result result = sweep.run(arguments.config(), grid, folder);
    SweepTable.lines(result).forEach(out::println);
    if (!result.interrupted() && hasResults(result)) {
      Path report = Report.write(List.of(result.folder()), result.folder().resolve("report"));
      out.println("Report: " + report);
    }
    out.flush();
    return result.interrupted() ? Main.EXIT_STOPPED : Main.EXIT_OK;
  }

  private static boolean hasResults(Sweep.Result sweep) {
    return sweep.cells().stream()
        .anyMatch(cell -> cell.result() != null && !cell.result().results().isEmpty());
  }
}
