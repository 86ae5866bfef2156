package org.zowarmup.setup;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.device.Devices;
import org.zowarmup.error.ConfigException;
import org.zowarmup.executor.ranks.Ranks;

/**
 * Where ranks compute: one GPU each, by their place on the machine, and the threads that each may
 * use.
 */
public final class Placement {
  private static final Logger LOG = LoggerFactory.getLogger(Placement.class);
  private static final String DEVICE = "device";
  private static final String CUDA = "cuda";

  private Placement() {}

  /**
   * The devices that this process is to use as ranks of its own: more than one for {@code cuda:all}
   * and {@code cuda:0,1}.
   *
   * @throws ConfigException where the name is none, or lists a GPU twice
   */
  public static List<String> devices(String name, Ranks ranks) {
    List<String> listed = Devices.listed(name);
    boolean several = name.equals(Devices.ALL_GPUS) || listed.size() > 1;
    if (several && ranks.size() > 1) {
      throw new ConfigException(
          DEVICE,
          "expected one GPU a rank, device=cuda, on %d ranks; found %s, whose GPUs are ranks of one process"
              .formatted(ranks.size(), name));
    }
    if (listed.size() > 1) {
      return listed;
    }
    if (several) {
      List<String> gpus = gpus();
      return gpus.isEmpty() ? List.of(CUDA + ":0") : gpus; // which says why there is none
    }
    if (!name.equals(CUDA) && (!name.equals(Devices.AUTO) || ranks.localSize() == 1)) {
      Devices.requireKnown(name);
      return List.of(name);
    }
    List<String> gpus = gpus();
    if (gpus.isEmpty()) {
      return List.of(name.equals(CUDA) ? CUDA + ":0" : name);
    }
    if (gpus.size() > 1 && ranks.localSize() > gpus.size() && ranks.localRank() == 0) {
      LOG.warn(
          "{} ranks share the {} GPUs of {}: without NVIDIA's MPS they take turns; start one rank a"
              + " GPU",
          ranks.localSize(),
          gpus.size(),
          Ranks.host());
    }
    return List.of(gpus.get(ranks.localRank() % gpus.size()));
  }

  private static List<String> gpus() {
    return Devices.list(1).stream()
        .filter(line -> line.available() && line.name().startsWith(CUDA + ":"))
        .map(Devices.Line::name)
        .toList();
  }

  /**
   * The threads of one rank: the config's number, or its part of those that this process may use.
   * Launchers that bind nothing let every rank of a node see all of them.
   */
  public static int threads(Integer configured, Ranks ranks) {
    int given = ThreadBudget.threads(configured);
    if (configured != null || ranks.localSize() == 1) {
      return given;
    }
    int node = ThreadBudget.processors();
    boolean bound = given < node;
    if (bound && !ranks.inOneProcess()) {
      if (given == 1 && ranks.isFirst()) {
        LOG.warn(
            "each rank may use 1 of the {} processors of {}: mpirun --bind-to none, or srun"
                + " --cpus-per-task",
            node,
            Ranks.host());
      }
      return given;
    }
    return Math.max(1, given / ranks.localSize());
  }
}
