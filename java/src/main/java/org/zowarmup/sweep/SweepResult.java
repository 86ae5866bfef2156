package org.zowarmup.sweep;

import java.nio.file.Path;
import java.util.List;

/**
 * The state of a sweep.
 *
 * @param folder holds a folder for every cell, and the tables
 * @param cells in the order of the grid, also those that have not run
 */
public record SweepResult(Path folder, SweepGrid grid, List<CellOutcome> cells) {
  public SweepResult {
    cells = List.copyOf(cells);
  }

  /** True where something is left to be run. */
  public boolean interrupted() {
    return cells.stream()
        .anyMatch(cell -> cell.status().equals("not run") || cell.status().equals("interrupted"));
  }
}
