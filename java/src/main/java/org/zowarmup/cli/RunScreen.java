package org.zowarmup.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.experiment.ListenerGroup;
import org.zowarmup.experiment.ProgramVersion;
import org.zowarmup.experiment.RunListener;
import org.zowarmup.experiment.RunResult;
import picocli.CommandLine.Model.CommandSpec;

/** What the commands that run an experiment have in common: banner, progress, results. */
final class RunScreen {
  private static final Logger LOG = LoggerFactory.getLogger(RunScreen.class);

  private RunScreen() {}

  /**
   * Shows a run from its begin to its results.
   *
   * @param run runs it, and tells the listener
   * @return the exit code
   */
  static int show(CommandSpec spec, Function<RunListener, RunResult> run) {
    PrintWriter out = spec.commandLine().getOut();
    StartBanner banner = new StartBanner(out, ProgramVersion.current());
    RunResult result = progress(banner, run);
    ResultTable.lines(result).forEach(out::println);
    if (result.interrupted()) {
      out.println("Stopped before its end; to go on: zowarmup resume " + result.folder());
    }
    out.flush();
    return result.interrupted() ? Main.EXIT_STOPPED : Main.EXIT_OK;
  }

  private static RunResult progress(StartBanner banner, Function<RunListener, RunResult> run) {
    if (!Terminal.interactive()) {
      RunListener lines = new PlainProgress(LOG::info, System::nanoTime);
      return run.apply(new ListenerGroup(List.of(banner, lines)));
    }
    try (TerminalProgress bars = TerminalProgress.onErrorStream()) {
      return run.apply(new ListenerGroup(List.of(banner, bars)));
    }
  }

  /** The words that started the program, for the provenance. */
  static List<String> commandLine(CommandSpec spec) {
    List<String> words = new ArrayList<>(List.of("zowarmup"));
    words.addAll(spec.root().commandLine().getParseResult().originalArgs());
    return words;
  }
}
