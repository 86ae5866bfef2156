package org.zowarmup.device.cuda;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.SeedTerms;

/**
 * Probes of one seed, epsilon, drift and kind need w + eps z and w - eps z once: when the clients
 * of a round share their seeds, the images of all of them run through full batches after one
 * perturbation, and the losses are summed client by client.
 */
final class ProbeGroups {
  private ProbeGroups() {}

  /**
   * @param jobs indices of its probes, in their order
   */
  record Group(SeedTerms drift, Kind kind, List<Integer> jobs) {}

  /**
   * Pass of a probe that a graph was captured for.
   *
   * @param drifts whether the weights are moved before they are perturbed
   */
  record Kind(boolean augments, ProbeJob.Sides sides, boolean drifts) {}

  private record Key(long seed, float epsilon, Kind kind) {}

  /** Groups in the order of their first probe; a probe with a drift is a group of its own. */
  static List<Group> of(ProbeJob[] jobs) {
    List<Group> groups = new ArrayList<>();
    Map<Key, Group> byKey = new LinkedHashMap<>();
    for (int i = 0; i < jobs.length; i++) {
      ProbeJob job = jobs[i];
      boolean drifts = job.drift().size() > 0;
      Kind kind = new Kind(job.augmentation().on(), job.sides(), drifts);
      if (drifts) {
        groups.add(new Group(job.drift(), kind, List.of(i)));
        continue;
      }
      Key key = new Key(job.seed(), job.epsilon(), kind);
      Group group = byKey.get(key);
      if (group == null) {
        group = new Group(SeedTerms.NONE, kind, new ArrayList<>());
        byKey.put(key, group);
        groups.add(group);
      }
      group.jobs().add(i);
    }
    return groups;
  }

  /** Samples of the largest group of more than one probe; 0 where no two share a perturbation. */
  static int largestShared(List<Group> groups, ProbeJob[] jobs) {
    return groups.stream()
        .filter(group -> group.jobs().size() > 1)
        .mapToInt(group -> group.jobs().stream().mapToInt(i -> jobs[i].samples().length).sum())
        .max()
        .orElse(0);
  }
}
