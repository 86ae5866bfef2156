package org.zowarmup.cli;

import org.zowarmup.error.UserErrorException;
import org.zowarmup.run.ProcessRanks;
import picocli.CommandLine.Option;

/** One run on several processes; the launcher in bash starts them, this only looks after it. */
final class RankOptions {
  @Option(
      names = "--ranks",
      paramLabel = "N",
      description = {
        "Start N processes with mpirun that share the work of this one run; the results are the",
        "same. mpirun and srun themselves do as well: mpirun -n N zowarmup train ..."
      })
  private Integer ranks;

  /** Opens MPI where a launcher has started several processes. */
  void open() {
    if (ranks != null && ranks != ProcessRanks.size()) {
      throw new UserErrorException(
          "--ranks: expected %d processes, found %d; start the program by its launcher ./zowarmup, which calls mpirun, or leave --ranks out under mpirun and srun"
              .formatted(ranks, ProcessRanks.size()));
    }
    ProcessRanks.open();
  }
}
