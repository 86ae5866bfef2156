package org.zowarmup.cli;

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
final class JsonProgress implements RunListener {
  private final Consumer<String> line;
  private final LongSupplier nanoTime;
  private long phaseStart;
  private int phaseRounds;
  private int done;
  private int rounds;

  /**
   * @param line takes one line
   * @param nanoTime a clock in nanoseconds
   */
  JsonProgress(Consumer<String> line, LongSupplier nanoTime) {
    this.line = line;
    this.nanoTime = nanoTime;
  }

  private void write(String event, Map<String, Object> fields) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("event", event);
    tree.putAll(fields);
    line.accept(Json.line(tree));
  }

  @Override
  public void started(RunDescription run) {
    rounds = run.rounds();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", run.name());
    fields.put("folder", run.folder().toString());
    fields.put("device", run.machine().name());
    fields.put("methods", run.methods());
    fields.put("seeds", run.seeds());
    fields.put("rounds", rounds);
    fields.put("parameters", run.network().parameters());
    write("started", fields);
  }

  @Override
  public void phaseStarted(PhaseInfo phase) {
    phaseStart = nanoTime.getAsLong();
    phaseRounds = phase.rounds();
    done = 0;
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("method", phase.method());
    fields.put("seed", phase.seed());
    fields.put("phase", phase.phase());
    fields.put("firstRound", phase.firstRound());
    fields.put("rounds", phase.rounds());
    write("phase", fields);
  }

  @Override
  public void roundFinished(RoundMetrics metrics) {
    done++;
    double seconds = (nanoTime.getAsLong() - phaseStart) / 1e9;
    double rate = seconds > 0 ? done / seconds : 0;
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("method", metrics.method());
    fields.put("seed", metrics.seed());
    fields.put("phase", metrics.phase());
    fields.put("round", metrics.round());
    fields.put("of", rounds);
    fields.put("trainLoss", metrics.trainLoss());
    fields.put("testLoss", metrics.testLoss());
    fields.put("testAccuracy", metrics.testAccuracy());
    fields.put("roundsPerSecond", rate);
    fields.put("phaseSecondsLeft", rate > 0 ? (Double) ((phaseRounds - done) / rate) : null);
    write("round", fields);
  }

  @Override
  public void finished(RunResult result) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("folder", result.folder().toString());
    fields.put("interrupted", result.interrupted());
    write("finished", fields);
  }
}
