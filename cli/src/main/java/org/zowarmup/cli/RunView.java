package org.zowarmup.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.cli.terminal.JsonProgress;
import org.zowarmup.cli.terminal.PlainProgress;
import org.zowarmup.cli.terminal.ResultTable;
import org.zowarmup.cli.terminal.StartBanner;
import org.zowarmup.cli.terminal.Terminal;
import org.zowarmup.cli.terminal.TerminalProgress;
import org.zowarmup.cli.terminal.Units;
import org.zowarmup.record.Provenance;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunResult;
import org.zowarmup.record.tensorboard.TensorBoardWriter;
import org.zowarmup.run.ListenerGroup;
import org.zowarmup.run.ProcessRanks;
import picocli.CommandLine.Option;

/** Shows a run on the terminal and in files, by options that choose how. */
final class RunView {

  /** Forms of progress. */
  enum Progress {
    AUTO,
    BARS,
    LINES,
    JSON,
    NONE
  }

  @Option(
      names = "--progress",
      paramLabel = "HOW",
      defaultValue = "AUTO",
      description = {
        "auto: bars on a terminal, else lines; bars; lines; json: an object a line on the output",
        "stream, and nothing else; none."
      })
  private Progress progress;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      defaultValue = "INFO",
      description = "Messages from this level on: error, warn, info, debug or trace.")
  private Level level;

  @Option(
      names = "--tensorboard",
      description =
          "Write event files for TensorBoard to the folder tensorboard of the run folder; a run"
              + " that is resumed continues those that it has.")
  private boolean tensorBoard;

  /** Levels of messages. */
  enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }

  /**
   * Runs, shows and logs.
   *
   * @param run what to run; it is given who listens
   * @return the exit code
   */
  int show(PrintWriter out, Function<RunListener, RunResult> run) {
    if (!ProcessRanks.isFirst()) {
      RunLog.level("error"); // the first rank has the same to say
      return code(run.apply(new RunListener() {}));
    }
    RunResult result = result(out, null, bars(), run);
    if (!json()) {
      ResultTable.lines(result).forEach(out::println);
      if (result.interrupted()) {
        String resume =
            "Stopped before its end; to continue: zowarmup resume "
                + CommandHint.word(result.folder());
        out.println(CommandHint.of(resume));
      }
      out.flush();
    }
    return code(result);
  }

  /**
   * Runs, shows and logs a cell of a sweep, whose results are in the sweep's table.
   *
   * @param cell starts its lines of progress
   * @param alone whether no other cell is shown at the same time
   */
  RunResult cell(
      PrintWriter out, String cell, boolean alone, Function<RunListener, RunResult> run) {
    return result(out, cell, alone && bars(), run);
  }

  private RunResult result(
      PrintWriter out, String cellOrNull, boolean bars, Function<RunListener, RunResult> run) {
    RunLog.level(level.name().toLowerCase(Locale.ROOT));
    String head = cellOrNull == null ? "" : cellOrNull + "  ";
    try (RunLog log = new RunLog();
        TensorBoardWriter events = new TensorBoardWriter(System::currentTimeMillis, tensorBoard);
        TerminalProgress shown = bars ? TerminalProgress.onErrorStream() : null) {
      List<RunListener> listeners = new ArrayList<>();
      listeners.add(RunSoFar.listener());
      listeners.add(logged(log));
      if (!json() && cellOrNull == null) {
        int columns = Terminal.interactive() ? Terminal.columns() : Units.LINE_CHARS;
        listeners.add(new StartBanner(out, Provenance.current(), columns));
      }
      listeners.add(events);
      if (bars) {
        listeners.add(shown);
      } else if (json()) {
        listeners.add(new JsonProgress(cellOrNull, line -> print(out, line), System::nanoTime));
      }
      boolean lines = !bars && (progress == Progress.LINES || progress == Progress.AUTO);
      // Lines that are shown reach the file as messages do; others are written to it alone.
      listeners.add(
          new PlainProgress(
              lines ? line -> log().info("{}{}", head, line) : log::line, System::nanoTime));
      RunResult result = run.apply(new ListenerGroup(listeners));
      ResultTable.lines(result).forEach(log::line);
      return result;
    } catch (RuntimeException | Error e) {
      log().debug("the run failed", e);
      throw e;
    }
  }

  private static int code(RunResult result) {
    return result.interrupted() ? Main.EXIT_STOPPED : Main.EXIT_OK;
  }

  /** True where the output stream is for programs. */
  boolean json() {
    return progress == Progress.JSON;
  }

  private boolean bars() {
    return progress == Progress.BARS || (progress == Progress.AUTO && Terminal.interactive());
  }

  private static RunListener logged(RunLog log) {
    StartBanner banner = new StartBanner(null, Provenance.current(), Units.LINE_CHARS);
    return new RunListener() {
      @Override
      public void started(RunDescription run) {
        log.open(run.folder());
        banner.lines(run).forEach(log::line);
      }
    };
  }

  private static void print(PrintWriter out, String line) {
    out.println(line);
    out.flush();
  }

  /**
   * Asked for where it is used: making it reads the log's configuration, which takes a third of a
   * second.
   */
  private static Logger log() {
    return LoggerFactory.getLogger(RunView.class);
  }
}
