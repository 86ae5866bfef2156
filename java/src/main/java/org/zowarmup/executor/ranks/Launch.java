package org.zowarmup.executor.ranks;

import java.util.List;
import java.util.Map;

/**
 * What the launcher of this process says of it, by its environment; nothing of MPI is opened for
 * that.
 *
 * @param by the launcher, for people
 * @param rank from 0
 * @param size processes that it started; 1 without a launcher
 * @param localRank among those of this node, from 0
 * @param localSize of this node
 */
public record Launch(String by, int rank, int size, int localRank, int localSize) {
  /** A process of its own. */
  public static final Launch ALONE = new Launch("no launcher", 0, 1, 0, 1);

  /** The variables of one launcher; the last two are empty where it has none. */
  private record Names(String by, String rank, String size, String localRank, String localSize) {}

  /**
   * In this order: mpirun may start its processes through srun, whose variables are then about
   * mpirun's own. The shell of a batch job has SLURM_NTASKS and SLURM_PROCID too, so only the size
   * of a step means that srun started this process.
   */
  private static final List<Names> LAUNCHERS =
      List.of(
          new Names(
              "mpirun of Open MPI",
              "OMPI_COMM_WORLD_RANK",
              "OMPI_COMM_WORLD_SIZE",
              "OMPI_COMM_WORLD_LOCAL_RANK",
              "OMPI_COMM_WORLD_LOCAL_SIZE"),
          new Names(
              "mpirun of MPICH", "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"),
          new Names("srun", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", ""),
          new Names("a launcher by PMI", "PMI_RANK", "PMI_SIZE", "", ""));

  /** Of this process. */
  public static Launch current() {
    return of(System.getenv());
  }

  static Launch of(Map<String, String> environment) {
    for (Names names : LAUNCHERS) {
      int size = number(environment, names.size, 0);
      int rank = number(environment, names.rank, -1);
      boolean there = names.localRank.isEmpty() || environment.containsKey(names.localRank);
      if (there && rank >= 0 && rank < size) {
        int localRank = number(environment, names.localRank, 0);
        int localSize = number(environment, names.localSize, tasksOfNode(environment));
        return new Launch(names.by, rank, size, localRank, Math.max(localRank + 1, localSize));
      }
    }
    return ALONE;
  }

  /** Slurm's {@code 4(x2),3} means 4 tasks on each of two nodes, then 3. */
  private static int tasksOfNode(Map<String, String> environment) {
    String text = environment.getOrDefault("SLURM_STEP_TASKS_PER_NODE", "");
    int node = number(environment, "SLURM_NODEID", 0);
    for (String part : text.split(",", -1)) {
      String[] words = part.split("[(x)]+", -1);
      int tasks = number(words[0], 1);
      node -= words.length > 1 ? number(words[1], 1) : 1;
      if (node < 0) {
        return tasks;
      }
    }
    return 1;
  }

  private static int number(Map<String, String> environment, String name, int otherwise) {
    return number(environment.getOrDefault(name, ""), otherwise);
  }

  private static int number(String text, int otherwise) {
    try {
      return Integer.parseInt(text.strip());
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }
}
