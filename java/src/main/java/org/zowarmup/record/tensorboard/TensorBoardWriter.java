package org.zowarmup.record.tensorboard;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunListener.PhaseInfo;

/**
 * Writes the metrics for TensorBoard: below the run folder's {@code tensorboard}, a folder for
 * every method and seed, which TensorBoard shows as a run of its own. A resumed run starts another
 * file, as TensorBoard expects.
 */
public final class TensorBoardWriter implements RunListener, AutoCloseable {
  private final LongSupplier millis;
  private final boolean asked;
  private boolean writes;
  private Path folder;
  private String open = "";
  private EventFile file;

  /**
   * @param millis a clock, milliseconds since 1970
   * @param asked whether to write in any case; else only where the run has begun to
   */
  public TensorBoardWriter(LongSupplier millis, boolean asked) {
    this.millis = millis;
    this.asked = asked;
  }

  @Override
  public void started(RunDescription run) {
    folder = run.folder().resolve("tensorboard");
    writes = asked || Files.isDirectory(folder);
  }

  @Override
  public void phaseStarted(PhaseInfo phase) {
    String run = phase.method() + "-seed" + phase.seed();
    if (writes && !run.equals(open)) {
      close();
      long now = millis.getAsLong();
      Path path = folder.resolve(run).resolve("events.out.tfevents." + now / 1000 + ".zowarmup");
      for (int again = 1; Files.exists(path); again++) {
        path = path.resolveSibling("events.out.tfevents." + now / 1000 + ".zowarmup." + again);
      }
      file = new EventFile(path, now / 1e3);
      open = run;
    }
  }

  @Override
  public void roundFinished(RoundMetrics metrics) {
    if (!writes) {
      return;
    }
    Map<String, Double> values = new LinkedHashMap<>();
    put(values, "loss/train", metrics.trainLoss());
    put(values, "loss/test", metrics.testLoss());
    put(values, "loss/validation", metrics.validationLoss());
    put(values, "accuracy/test", metrics.testAccuracy());
    put(values, "accuracy/validation", metrics.validationAccuracy());
    put(values, "bytes/sent by high", (double) metrics.traffic().upHigh());
    put(values, "bytes/sent by low", (double) metrics.traffic().upLow());
    put(values, "bytes/received by high", (double) metrics.traffic().downHigh());
    put(values, "bytes/received by low", (double) metrics.traffic().downLow());
    put(values, "time/seconds of the round", metrics.seconds());
    file.scalars(millis.getAsLong() / 1e3, metrics.round(), values);
  }

  @Override
  public void measured(String method, long seed, int round, Map<String, Double> metrics) {
    if (writes) {
      Map<String, Double> values = new LinkedHashMap<>();
      metrics.forEach((name, value) -> values.put("metric/" + name, value));
      file.scalars(millis.getAsLong() / 1e3, round, values);
    }
  }

  private static void put(Map<String, Double> values, String tag, Double value) {
    if (value != null) {
      values.put(tag, value);
    }
  }

  @Override
  public void close() {
    if (file != null) {
      file.close();
      file = null;
      open = "";
    }
  }
}
