package org.zowarmup.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.config.ConfigDifference;
import org.zowarmup.config.RunConfig;
import org.zowarmup.device.Device;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.executor.Executor;
import org.zowarmup.executor.ranks.Ranks;
import org.zowarmup.record.Provenance;
import org.zowarmup.record.RunIdentity;
import org.zowarmup.setup.ConfigResolver;

/**
 * Sees to it that all ranks are of one run: every rank compares all with the first, and refuses
 * alike.
 */
final class SameRun {
  private static final Logger LOG = LoggerFactory.getLogger(SameRun.class);

  /** They may differ between machines. */
  private static final Set<String> OWN = Set.of("output", "threads", "data.path", "data.cache");

  private SameRun() {}

  /** Compares programs and configs, before any work is done. */
  static void require(Ranks ranks, RunConfig config) {
    if (ranks.size() == 1) {
      return;
    }
    List<String> hosts = ranks.texts(Ranks.host());
    List<String> programs = ranks.texts(Provenance.current().line());
    List<String> configs = ranks.texts(ConfigResolver.resolve(config).toYaml());
    for (int r = 1; r < ranks.size(); r++) {
      String who = "rank %d of %d on %s".formatted(r, ranks.size(), hosts.get(r));
      if (!programs.get(r).equals(programs.get(0))) {
        throw new UserErrorException(
            "%s: expected ZOWarmUp %s, the program of rank 0 on %s; found %s; start all ranks with one program"
                .formatted(who, programs.get(0), hosts.get(0), programs.get(r)));
      }
      List<ConfigDifference> found = ConfigDifference.between(configs.get(0), configs.get(r), OWN);
      if (!found.isEmpty()) {
        throw new UserErrorException(
            "%s: expected the config of rank 0, found (rank 0 and this rank) %s; start all ranks with one config"
                .formatted(
                    who,
                    found.stream()
                        .map(ConfigDifference::toString)
                        .collect(Collectors.joining("; "))));
      }
    }
  }

  /** Compares data, devices and libraries. */
  static void require(Ranks ranks, RunIdentity identity) {
    if (ranks.size() == 1) {
      return;
    }
    List<String> hosts = ranks.texts(Ranks.host());
    List<RunIdentity> all = ranks.texts(identity.text()).stream().map(RunIdentity::ofText).toList();
    for (int r = 1; r < ranks.size(); r++) {
      RunIdentity own = all.get(r);
      String who =
          "rank %d of %d on %s against rank 0 on %s"
              .formatted(r, ranks.size(), hosts.get(r), hosts.get(0));
      own.requireBinding(all.get(0), who);
      List<String> others = own.others(all.get(0));
      if (ranks.isFirst() && !others.isEmpty()) {
        LOG.warn(
            "{}: another {}: the last bits of a result may depend on who computes it",
            who,
            others.stream().map(RunIdentity::inWords).collect(Collectors.joining(" and ")));
      }
    }
  }

  /**
   * Has the device choose its algorithms before the first round: as the run did before, and on
   * every rank as on the first, so that who computes a job changes no bit of it.
   *
   * @param before what was chosen for layers when the run was started
   * @return what is chosen for them
   */
  static Map<String, String> choices(
      Ranks ranks, Map<String, String> before, Device device, Executor executor) {
    if (!device.choosesAlgorithms()) {
      return Map.of();
    }
    if (ranks.isFirst()) {
      device.prefer(before);
      executor.prepare();
    }
    if (ranks.size() > 1) {
      RunIdentity first =
          RunIdentity.ofText(ranks.texts(new RunIdentity(device.choices()).text()).get(0));
      if (!ranks.isFirst()) {
        device.prefer(first.values());
        executor.prepare();
      }
    }
    return device.choices();
  }

  /** A line a rank, and one on what carries their messages; empty for one rank. */
  static List<String> table(Ranks ranks, Device device, int threads) {
    if (ranks.size() == 1) {
      return List.of();
    }
    String own =
        "%d  %s  %s: %s, %d %s"
            .formatted(
                ranks.rank(),
                Ranks.host(),
                device.name(),
                device.description(),
                threads,
                threads == 1 ? "thread" : "threads");
    List<String> lines = new ArrayList<>(ranks.texts(own));
    lines.add(ranks.carrier());
    return lines;
  }
}
