package org.zowarmup.executor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.zowarmup.device.ProbeJob;

/**
 * Shares out a round's probes: one a call for devices that run them one by one, else a few calls,
 * probes of one seed together, since the device perturbs the weights once for all of them. What a
 * call holds may change the batches that images run in, so it follows from the probes alone and not
 * from how many lanes or ranks there are to keep busy.
 */
final class ProbeChunks {
  /** As many calls at least as a few GPUs with a few lanes each can run side by side. */
  private static final int LEAST_CALLS = 64;

  private ProbeChunks() {}

  /** Indices of the jobs of every call. */
  static List<int[]> of(List<ProbeJob> jobs, int perCall) {
    int share = Math.max(1, Math.min(perCall, (jobs.size() + LEAST_CALLS - 1) / LEAST_CALLS));
    List<int[]> chunks = new ArrayList<>();
    int[] open = new int[0];
    for (List<Integer> group : bySeed(jobs)) {
      for (int from = 0; from < group.size(); from += share) {
        List<Integer> part = group.subList(from, Math.min(group.size(), from + share));
        if (open.length > 0 && open.length + part.size() > share) {
          chunks.add(open);
          open = new int[0];
        }
        int start = open.length;
        open = Arrays.copyOf(open, start + part.size());
        for (int i = 0; i < part.size(); i++) {
          open[start + i] = part.get(i);
        }
      }
    }
    if (open.length > 0) {
      chunks.add(open);
    }
    return chunks;
  }

  /** Groups in the order of their first probe. */
  private static Iterable<List<Integer>> bySeed(List<ProbeJob> jobs) {
    Map<Long, List<Integer>> groups = new LinkedHashMap<>();
    for (int i = 0; i < jobs.size(); i++) {
      groups.computeIfAbsent(jobs.get(i).seed(), seed -> new ArrayList<>()).add(i);
    }
    return groups.values();
  }

  static ProbeJob[] pick(List<ProbeJob> jobs, int[] chunk) {
    return Arrays.stream(chunk).mapToObj(jobs::get).toArray(ProbeJob[]::new);
  }

  static List<ProbeJob.Result> inJobOrder(
      List<int[]> chunks, List<ProbeJob.Result[]> parts, int jobs) {
    ProbeJob.Result[] results = new ProbeJob.Result[jobs];
    for (int c = 0; c < chunks.size(); c++) {
      int[] chunk = chunks.get(c);
      for (int i = 0; i < chunk.length; i++) {
        results[chunk[i]] = parts.get(c)[i];
      }
    }
    return List.of(results);
  }
}
