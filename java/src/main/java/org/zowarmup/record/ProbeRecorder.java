package org.zowarmup.record;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.zowarmup.device.Estimate;
import org.zowarmup.device.ProbeJob;

/**
 * Writes probes.csv: for every zeroth-order round, how the slopes that its probes found are spread,
 * g = (L+ - L-) / (2 eps) or one-sided, before fzoo divides them.
 */
public final class ProbeRecorder implements RunListener, AutoCloseable {
  private static final String HEAD =
      "method,seed,round,probes,mean,rms,min,q05,q25,median,q75,q95,max";

  /** All columns of the file. */
  public static final List<String> COLUMNS = List.of(HEAD.split(","));

  private double[] scalars = new double[0];
  private int count;
  private RoundLog log; // null where no one keeps the slopes

  /** Receives the probes of a round, in their order. */
  public void observe(List<ProbeJob> jobs, List<ProbeJob.Result> results) {
    double[] slopes = Estimate.slopes(jobs, results);
    scalars = Arrays.copyOf(scalars, Math.max(scalars.length, count + slopes.length));
    System.arraycopy(slopes, 0, scalars, count, slopes.length);
    count += slopes.length;
  }

  /**
   * Those of the rounds that have no line in a file, for example because it was removed.
   *
   * @param rows of rounds that probed, in any order
   */
  public static List<RoundMetrics> lacking(Path csv, List<RoundMetrics> rows) {
    try (RoundLog log = new RoundLog(csv, HEAD)) {
      return log.lacking(rows);
    }
  }

  public void open(Path csv) {
    log = new RoundLog(csv, HEAD);
    log.start();
  }

  @Override
  public void resumed(Resumption resumption) {
    log.cutBack(resumption);
  }

  @Override
  public void checkpointing() {
    log.sync();
  }

  @Override
  public void finished(RunResult result) {
    log.sync();
  }

  @Override
  public void phaseStarted(PhaseInfo phase) {
    count = 0; // what was probed before belongs to no round
  }

  @Override
  public void roundFinished(RoundMetrics metrics) {
    if (count == 0 || log == null) {
      return;
    }
    double[] values = Arrays.copyOf(scalars, count);
    count = 0;
    log.append(metrics.method(), metrics.seed(), metrics.round(), cells(values));
  }

  private static String cells(double[] values) {
    double sum = 0;
    double squares = 0;
    for (double value : values) {
      sum += value;
      squares += value * value;
    }
    Arrays.sort(values);
    StringBuilder row = new StringBuilder().append(values.length);
    row.append(shown(sum / values.length)).append(shown(Math.sqrt(squares / values.length)));
    for (double part : new double[] {0, 0.05, 0.25, 0.5, 0.75, 0.95, 1}) {
      row.append(shown(values[(int) Math.round(part * (values.length - 1))]));
    }
    return row.toString();
  }

  private static String shown(double value) {
    return String.format(Locale.ROOT, ",%.6g", value);
  }

  @Override
  public void close() {
    if (log != null) {
      log.close();
    }
  }
}
