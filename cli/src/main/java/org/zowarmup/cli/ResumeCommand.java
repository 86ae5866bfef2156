package org.zowarmup.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.zowarmup.cli.batch.StopOptions;
import org.zowarmup.config.CheckpointConfig.Signal;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.RunFolder;
import org.zowarmup.run.Trainer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zowarmup resume}: continues a run that was stopped or killed. */
@Command(
    name = "resume",
    description = {
      "Continue a run that was stopped or killed, as if it never had been: from the last round",
      "in its seed log, or before the pivot from its newest checkpoint."
    },
    footer = {
      "",
      "Examples:",
      "  zowarmup resume runs/quickstart/20260105-093000",
      "  zowarmup resume runs/quickstart/20260105-093000 zo.rounds=400",
      "",
      "These keys may change: warmup.rounds (before the pivot), zo.rounds and repeats may grow;",
      "threads, data.path, checkpoint.*, evaluate.patience, evaluate.best, evaluate.clients and",
      "evaluate.clientsEveryRounds, from the next measurement on."
    })
final class ResumeCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "RUN", description = "Folder of the run.")
  private Path folder;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "KEY=VALUE",
      description = "Overrides of keys that may change.")
  private List<String> overrides = new ArrayList<>();

  @Option(
      names = "--discard",
      description = {
        "Where files of the run are missing, cut or damaged: remove what no longer fits, each file",
        "and row range by name, and run those rounds again. Without it such a run is refused."
      })
  private boolean discard;

  @Option(
      names = "--other-schedule",
      description = {
        "Make a run longer although a schedule spans the rounds that are done: from here on it has",
        "the values of the longer run. Without it such a run is refused."
      })
  private boolean otherSchedule;

  @Mixin private StopOptions stops;

  @Mixin private RankOptions ranks;

  @Mixin private RunView view;

  @Spec private CommandSpec spec;

  private final Supplier<Trainer> trainer;
  private final Function<List<Signal>, BooleanSupplier> signals;

  ResumeCommand(Supplier<Trainer> trainer, Function<List<Signal>, BooleanSupplier> signals) {
    this.trainer = trainer;
    this.signals = signals;
  }

  @Override
  public Integer call() {
    RunFolder run = RunFolder.existing(folder);
    if (run.isBlank()) {
      throw new UserErrorException(
          "run folder "
              + folder
              + ": expected "
              + run.config().getFileName()
              + ", found none: the run was stopped before it started; train it again into another"
              + " folder, or with --resume-if-exists into this one");
    }
    RunConfig config = ConfigLoader.load(run.soundConfig(), overrides);
    ranks.open(); // before the handlers of signals: those of MPI would replace them
    BooleanSupplier stop = stops.watch(config.checkpoint().signals(), signals);
    Trainer.Existing existing = new Trainer.Existing(folder, discard, otherSchedule);
    return view.show(
        spec.commandLine().getOut(),
        listener -> trainer.get().run(config, existing, Main.words(spec), listener, stop));
  }
}
