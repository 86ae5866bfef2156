package org.zowarmup.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import org.zowarmup.experiment.ListenerGroup;
import org.zowarmup.experiment.ProgramVersion;
import org.zowarmup.experiment.RunListener;
import org.zowarmup.experiment.RunResult;
import org.zowarmup.experiment.Trainer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zowarmup train}: runs an experiment and shows its results. */
@Command(
    name = "train",
    description = "Run the experiment that a config describes, and show its results.",
    footer = {
      "",
      "Examples:",
      "  zowarmup train configs/quickstart.yaml",
      "  zowarmup train configs/quickstart.yaml repeats=3 zo.epsilon=1e-2 output=/tmp/run",
      "  zowarmup train configs/quickstart.yaml model.channels=[16,32]",
    })
final class TrainCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(TrainCommand.class);

  @Parameters(
      index = "0",
      paramLabel = "CONFIG",
      description = "YAML file with the keys that differ from the defaults.")
  private Path config;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "KEY=VALUE",
      description = "Overrides of keys, names joined by dots, values in YAML.")
  private List<String> overrides = new ArrayList<>();

  @Spec private CommandSpec spec;

  private final Supplier<Trainer> trainer;
  private final BooleanSupplier stopRequested;

  TrainCommand(Supplier<Trainer> trainer, BooleanSupplier stopRequested) {
    this.trainer = trainer;
    this.stopRequested = stopRequested;
  }

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    RunConfig run = ConfigLoader.load(config, overrides);
    RunResult result =
        Terminal.interactive() ? trainWithBars(run, out) : train(run, out, plainProgress());
    ResultTable.lines(result).forEach(out::println);
    out.flush();
    return result.interrupted() ? Main.EXIT_INTERRUPTED : Main.EXIT_OK;
  }

  private RunResult trainWithBars(RunConfig run, PrintWriter out) {
    try (TerminalProgress bars = TerminalProgress.onErrorStream()) {
      return train(run, out, bars);
    }
  }

  private RunResult train(RunConfig run, PrintWriter out, RunListener progress) {
    StartBanner banner = new StartBanner(out, ProgramVersion.current());
    return trainer
        .get()
        .train(run, commandLine(), new ListenerGroup(List.of(banner, progress)), stopRequested);
  }

  private static RunListener plainProgress() {
    return new PlainProgress(LOG::info, System::nanoTime);
  }

  /** The words that started the program, for the provenance. */
  private List<String> commandLine() {
    List<String> words = new ArrayList<>(List.of("zowarmup"));
    words.addAll(spec.root().commandLine().getParseResult().originalArgs());
    return words;
  }
}
