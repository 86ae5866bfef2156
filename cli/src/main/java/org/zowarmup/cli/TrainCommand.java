package org.zowarmup.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.zowarmup.cli.batch.StopOptions;
import org.zowarmup.config.CheckpointConfig.Signal;
import org.zowarmup.config.RunConfig;
import org.zowarmup.error.ConfigException;
import org.zowarmup.record.RunFolder;
import org.zowarmup.run.ProcessRanks;
import org.zowarmup.run.Trainer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
      "  zowarmup train configs/quickstart.yaml output=runs/mine --resume-if-exists --max-time 3h",
      "  zowarmup train configs/quickstart.yaml --ranks 4",
    })
final class TrainCommand implements Callable<Integer> {
  @Mixin private ConfigArguments arguments;

  @Option(
      names = "--resume-if-exists",
      description = {
        "Continue the run in output=DIR where there is one,",
        "start it where there is none: for jobs that are queued again."
      })
  private boolean resumeIfExists;

  @Mixin private StopOptions stops;

  @Mixin private RankOptions ranks;

  @Mixin private RunView view;

  @Spec private CommandSpec spec;

  private final Supplier<Trainer> trainer;
  private final Function<List<Signal>, BooleanSupplier> signals;

  TrainCommand(Supplier<Trainer> trainer, Function<List<Signal>, BooleanSupplier> signals) {
    this.trainer = trainer;
    this.signals = signals;
  }

  @Override
  public Integer call() {
    RunConfig run = arguments.load();
    ranks.open(); // before the handlers of signals: those of MPI would replace them
    BooleanSupplier stop = stops.watch(run.checkpoint().signals(), signals);
    List<String> words = Main.words(spec);
    Trainer.Existing folder = toResume(run);
    return view.show(
        spec.commandLine().getOut(),
        listener -> trainer.get().run(run, folder, words, listener, stop));
  }

  /** The folder of the run to continue, null where a new one starts. */
  private Trainer.Existing toResume(RunConfig run) {
    if (!resumeIfExists) {
      return null;
    }
    if (run.output() == null) {
      throw new ConfigException(
          "output",
          "expected a folder with --resume-if-exists, such as output=runs/mine, so that every start"
              + " of the job finds the same one; found null");
    }
    if (ProcessRanks.isFirst()) {
      return new Trainer.Existing(RunFolder.prepare(run.output()));
    }
    return new Trainer.Existing(Path.of(run.output())); // of which the first rank tells
  }
}
