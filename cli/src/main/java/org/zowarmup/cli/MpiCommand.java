package org.zowarmup.cli;

import java.util.List;
import org.zowarmup.run.ProcessRanks;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code zowarmup mpi}: the library that ranks talk through. */
@Command(
    name = "mpi",
    description = "The library of MPI that ranks talk through.",
    subcommands = MpiCommand.Build.class)
final class MpiCommand extends Main.Printing {
  @Override
  List<String> result() {
    return List.of("See zowarmup mpi build --help; zowarmup train --ranks N starts ranks.");
  }

  /** {@code zowarmup mpi build}. */
  @Command(
      name = "build",
      description = {
        "Compile the small shim between this program and a cluster's own MPI, once for each user",
        "and MPI: needed where the build had none for it. Takes a second, and mpicc alone."
      })
  static final class Build extends Main.Printing {
    @Option(
        names = "--mpicc",
        paramLabel = "MPICC",
        defaultValue = "mpicc",
        description = "MPI's C compiler (default: ${DEFAULT-VALUE}).")
    private String mpicc;

    @Override
    List<String> result() {
      return List.of("made " + ProcessRanks.build(mpicc));
    }
  }
}
