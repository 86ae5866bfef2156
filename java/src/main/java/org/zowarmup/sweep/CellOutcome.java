package org.zowarmup.sweep;

import org.zowarmup.record.RunResult;

/**
 * The state of a cell of a sweep.
 *
 * @param result what it gave, null where it has not run
 * @param failure what ended it before its time, null where nothing did
 * @param reused whether an earlier start of the sweep had run it
 */
public record CellOutcome(SweepGrid.Cell cell, RunResult result, String failure, boolean reused) {
  /** {@code done}, {@code failed}, {@code interrupted} or {@code not run}. */
  public String status() {
    if (failure != null) {
      return "failed";
    }
    return result == null ? "not run" : result.interrupted() ? "interrupted" : "done";
  }
}
