package org.zowarmup.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.zowarmup.cli.terminal.PosixSignals;
import org.zowarmup.config.CheckpointConfig.Signal;
import org.zowarmup.error.ConfigException;
import org.zowarmup.run.ProcessRanks;

/**
 * Lets a run end cleanly on the signals of a batch system or a terminal: the first one sets a flag
 * that the run looks at between rounds and between jobs, so that it can save itself and end with an
 * exit code of its own; a second one ends the process at once, with 128 plus the signal's number.
 * Batch systems send one to a job's shell and to its steps, so what comes within {@link #ONE} is
 * one.
 */
final class StopSignals {
  private static final Duration ONE = Duration.ofMillis(500);

  /** The variable by which a Java machine takes another signal than USR2 for itself. */
  private static final String OWN_SIGNAL = "_JAVA_SR_SIGNUM";

  private final PrintStream err;
  private final AtomicBoolean stop = new AtomicBoolean();

  /** When the first one came; known once {@link #stop} is set. */
  private long first;

  private volatile boolean several;
  private volatile boolean speaks = true;

  StopSignals(PrintStream err) {
    this.err = err;
  }

  /**
   * From here on these signals ask for a stop; all others do what they did.
   *
   * @return whether the run should stop
   */
  BooleanSupplier listen(List<Signal> signals) {
    several = ProcessRanks.areSeveral(); // not when a signal comes: what ends MPI holds its lock
    speaks = ProcessRanks.isFirst();
    signals.forEach(this::handle);
    if (ProcessRanks.areSentUsr1() && !signals.contains(Signal.USR1)) {
      handle(Signal.USR1);
    }
    return stop::get;
  }

  private synchronized void received(Signal signal) {
    if (stop.get()) {
      if (System.nanoTime() - first >= ONE.toNanos()) {
        Runtime.getRuntime().halt(128 + signal.number());
      }
      return;
    }
    first = System.nanoTime();
    stop.set(true);
    String words = words();
    if (!words.isEmpty()) {
      err.println();
      // the launcher's own way of sending any signal on is not what the user sent
      String sent = ProcessRanks.areSentUsr1() ? "" : "SIG" + signal + ": ";
      err.println("zowarmup: " + sent + words);
    }
  }

  /**
   * What can be promised. Of several ranks the first speaks, and a launcher that sends a signal may
   * kill it a moment later, as Open MPI's does where another rank has ended.
   */
  private String words() {
    if (RunSoFar.hasFailed() || !speaks) {
      return "";
    }
    if (several) {
      String first = "stopping after the job at hand, a second signal ends at once; ";
      return RunSoFar.line().map(line -> CommandHint.of(first + line)).orElse("");
    }
    return "stopping; whole rounds are kept and a checkpoint is written, a second signal ends at"
        + " once";
  }

  /** Where it cannot be, a signal ends the process, and the run is resumed from what is saved. */
  private void handle(Signal signal) {
    String own = System.getenv(OWN_SIGNAL);
    if (signal == Signal.USR2 && (own == null || own.equals("12"))) {
      throw new ConfigException(
          "checkpoint.signals",
          "expected no USR2, which this Java keeps to itself; start with ./zowarmup, or set "
              + OWN_SIGNAL
              + "=62 in the environment");
    }
    try {
      PosixSignals.handle(signal.name(), () -> received(signal));
    } catch (ReflectiveOperationException e) {
      err.println("zowarmup: this Java lets no one listen to SIG" + signal + ": " + e.getMessage());
    }
  }
}
