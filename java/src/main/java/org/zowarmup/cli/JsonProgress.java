package org.zowarmup.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.zowarmup.record.PhaseInfo;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunResult;

/** Progress for programs: one JSON object a line, each with what happened under {@code event}. */
final class JsonProgress implements RunListener {
  private static final ObjectMapper JSON = new ObjectMapper();

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
    try {
      line.accept(JSON.writeValueAsString(tree));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("progress that cannot be written", e);
    }
  }

  @Override
  public void started(RunDescription run) {
    rounds = run.rounds();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", run.name());
    fields.put("folder", run.folder().toString());
    fields.put("device", run.device());
    fields.put("methods", run.methods());
    fields.put("seeds", run.seeds());
    fields.put("rounds", rounds);
    fields.put("parameters", run.parameters());
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
    fields.put("trainLoss", finite(metrics.trainLoss()));
    fields.put("testLoss", finite(metrics.testLoss()));
    fields.put("testAccuracy", finite(metrics.testAccuracy()));
    fields.put("roundsPerSecond", finite(rate));
    fields.put("phaseSecondsLeft", rate > 0 ? finite((phaseRounds - done) / rate) : null);
    write("round", fields);
  }

  @Override
  public void finished(RunResult result) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("folder", result.folder().toString());
    fields.put("interrupted", result.interrupted());
    write("finished", fields);
  }

  /** JSON has no word for what is no number. */
  private static Double finite(Double value) {
    return value == null || !Double.isFinite(value) ? null : value;
  }
}
