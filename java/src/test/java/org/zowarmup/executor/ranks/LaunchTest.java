package org.zowarmup.executor.ranks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Environments as launchers make them, written down from real ones. */
final class LaunchTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "no launcher             |''                                             | 0 1 0 1",
        // salloc's shell and the shell of a batch job
        "no launcher             |SLURM_NTASKS=4 SLURM_PROCID=0 SLURM_LOCALID=0  | 0 1 0 1",
        "srun                    |SLURM_NTASKS=4 SLURM_STEP_NUM_TASKS=4 SLURM_PROCID=3"
            + " SLURM_LOCALID=1 SLURM_NODEID=1 SLURM_STEP_TASKS_PER_NODE=2(x2)   | 3 4 1 2",
        "srun                    |SLURM_STEP_NUM_TASKS=5 SLURM_PROCID=4 SLURM_LOCALID=0"
            + " SLURM_NODEID=2 SLURM_STEP_TASKS_PER_NODE=2(x2),1                | 4 5 0 1",
        // srun --mpi=pmi2 and pmix
        "srun                    |SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=1 SLURM_LOCALID=1"
            + " SLURM_STEP_TASKS_PER_NODE=2 PMI_RANK=1 PMI_SIZE=2               | 1 2 1 2",
        "srun                    |SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=1 SLURM_LOCALID=0"
            + " SLURM_NODEID=1 SLURM_STEP_TASKS_PER_NODE=1(x2) PMIX_RANK=1      | 1 2 0 1",
        "mpirun of Open MPI      |OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=2"
            + " OMPI_COMM_WORLD_LOCAL_RANK=0 OMPI_COMM_WORLD_LOCAL_SIZE=2       | 2 4 0 2",
        // its daemons came by srun, one a node
        "mpirun of Open MPI      |OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=3"
            + " OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=2"
            + " SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=1 SLURM_LOCALID=0           | 3 4 1 2",
        "mpirun of MPICH         |PMI_RANK=1 PMI_SIZE=3 MPI_LOCALRANKID=1 MPI_LOCALNRANKS=3"
            + "                                                                 | 1 3 1 3",
        "mpirun of MPICH         |PMI_RANK=2 PMI_SIZE=4 MPI_LOCALRANKID=0 MPI_LOCALNRANKS=2"
            + " SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=1 SLURM_LOCALID=0           | 2 4 0 2",
        "a launcher by PMI       |PMI_RANK=1 PMI_SIZE=2                          | 1 2 0 1",
        "no launcher             |OMPI_COMM_WORLD_SIZE=two OMPI_COMM_WORLD_RANK=0"
            + " OMPI_COMM_WORLD_LOCAL_RANK=0                                    | 0 1 0 1",
      })
  void theEnvironmentSaysWhoThisIs(String by, String variables, String expected) {
    Map<String, String> environment = new TreeMap<>();
    for (String word : variables.strip().split("\\s+", -1)) {
      if (!word.isEmpty()) {
        environment.put(
            word.substring(0, word.indexOf('=')), word.substring(word.indexOf('=') + 1));
      }
    }
    Launch found = Launch.of(environment);
    assertEquals(
        by.strip() + " " + expected.strip(),
        "%s %d %d %d %d"
            .formatted(
                found.by(), found.rank(), found.size(), found.localRank(), found.localSize()));
  }
}
