package org.zowarmup.cli.terminal;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.zowarmup.record.Json;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunListener.PhaseInfo;
import org.zowarmup.record.RunResult;

/** Progress for programs: one JSON object a line, each with what happened under {@code event}. */
public final class JsonProgress implements RunListener {
  private final String cell;
  private final Consumer<String> line;
  private final LongSupplier nanoTime;
  private long phaseStart;
  private int phaseRounds;
  private int done;
  private int rounds;

  /**
   * @param cell of a sweep, named in every line; null for a run of its own
   * @param line takes one line
   * @param nanoTime a clock in nanoseconds
   */
  public JsonProgress(String cell, Consumer<String> line, LongSupplier nanoTime) {
    this.cell = cell;
    this.line = line;
    this.nanoTime = nanoTime;
  }

  /** Writes an event with its fields, each a name followed by its value. */
  private void write(String event, Object... namesAndValues) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("event", event);
    if (cell != null) {
      tree.put("cell", cell);
    }
    for (int i = 0; i < namesAndValues.length; i += 2) {
      tree.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    line.accept(Json.line(tree));
  }

  @Override
  public void started(RunDescription run) {
    rounds = run.rounds();
    write(
        "started",
        "name",
        run.name(),
        "folder",
        run.folder().toString(),
        "device",
        run.machine().name(),
        "methods",
        run.methods(),
        "seeds",
        run.seeds(),
        "rounds",
        rounds,
        "parameters",
        run.network().parameters());
  }

  @Override
  public void phaseStarted(PhaseInfo phase) {
    phaseStart = nanoTime.getAsLong();
    phaseRounds = phase.rounds();
    done = 0;
    write(
        "phase",
        "method",
        phase.method(),
        "seed",
        phase.seed(),
        "phase",
        phase.phase(),
        "firstRound",
        phase.firstRound(),
        "rounds",
        phase.rounds());
  }

  @Override
  public void roundFinished(RoundMetrics metrics) {
    done++;
    double seconds = (nanoTime.getAsLong() - phaseStart) / 1e9;
    double rate = seconds > 0 ? done / seconds : 0;
    write(
        "round",
        "method",
        metrics.method(),
        "seed",
        metrics.seed(),
        "phase",
        metrics.phase(),
        "round",
        metrics.round(),
        "of",
        rounds,
        "trainLoss",
        metrics.trainLoss(),
        "testLoss",
        metrics.testLoss(),
        "testAccuracy",
        metrics.testAccuracy(),
        "roundsPerSecond",
        rate,
        "phaseSecondsLeft",
        rate > 0 ? (Double) ((phaseRounds - done) / rate) : null);
  }

  @Override
  public void finished(RunResult result) {
    write("finished", "folder", result.folder().toString(), "interrupted", result.interrupted());
  }
}
