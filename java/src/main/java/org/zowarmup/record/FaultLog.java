package org.zowarmup.record;

import org.zowarmup.federated.Faults;

/** Writes faults.csv: a line for every round in which the server did without answers. */
public final class FaultLog implements RunListener, AutoCloseable {
  private final RoundLog log;

  public FaultLog(RunFolder folder) {
    this.log = new RoundLog(folder.faultsCsv(), "method,seed,round,dropped,late,refused");
  }

  /** Rounds that are run again are told of again. */
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
  public void answersMissed(String method, long seed, int round, Faults.Count missed) {
    log.append(
        method,
        seed,
        round,
        "%d,%d,%d".formatted(missed.dropped(), missed.late(), missed.refused()));
  }

  @Override
  public void close() {
    log.close();
  }
}
