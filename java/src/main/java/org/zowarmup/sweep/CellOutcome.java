package org.zowarmup.sweep;

import org.zowarmup.record.RunResult;

/**
 * The state of a cell of a sweep.
 *
 * @param result what it gave, null where it has not run
 * @param failure what ended it before its time, null where nothing did
 */
public record CellOutcome(SweepGrid.Cell cell, Status status, RunResult result, String failure) {
  /** How far a cell has come. */
  public enum Status {
    NOT_RUN("not run"),
    RUNNING("running"),
    INTERRUPTED("interrupted"),
    FAILED("failed"),
    DONE("done");

    private final String word;

    Status(String word) {
      this.word = word;
    }

    @Override
    public String toString() {
      return word;
    }
  }

  /** True where a start could run it. */
  public boolean left() {
    return status == Status.NOT_RUN || status == Status.INTERRUPTED;
  }

  /** The time that its methods took, 0 where it has not run. */
  double seconds() {
    return result == null ? 0 : result.results().stream().mapToDouble(one -> one.seconds()).sum();
  }
}
