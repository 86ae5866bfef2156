package org.zowarmup.executor;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
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

  /**
   * The probes of one call.
   *
   * @param jobs their indices
   * @param wide whether they run in the batch of shared seeds
   */
  record Chunk(List<Integer> jobs, boolean wide) {
    ProbeJob[] of(List<ProbeJob> all) {
      return jobs.stream().map(all::get).toArray(ProbeJob[]::new);
    }
  }

  /**
   * The calls of a round.
   *
   * @param jobs all probes of the round, whoever runs them
   * @param perCall the most that a call may hold
   * @param wideBatch of shared seeds, 0 where there is none; what fills less than half of one runs
   *     in the batch of a probe
   */
  static List<Chunk> of(List<ProbeJob> jobs, int perCall, int wideBatch) {
    if (perCall == 1 && wideBatch == 0) {
      return IntStream.range(0, jobs.size()).mapToObj(i -> new Chunk(List.of(i), false)).toList();
    }
    int share = Math.max(1, Math.min(perCall, (jobs.size() + LEAST_CALLS - 1) / LEAST_CALLS));
    List<Chunk> chunks = new ArrayList<>();
    List<Integer> open = new ArrayList<>();
    boolean openWide = false;
    for (List<Integer> group : ProbeJob.groups(jobs)) {
      int images = 0;
      for (int i : group) {
        images += jobs.get(i).count();
      }
      boolean wide = wideBatch > 0 && 2 * images >= wideBatch;
      // what shares full batches is cut only where a call holds no more
      int most = wide ? perCall : share;
      for (int from = 0; from < group.size(); from += most) {
        List<Integer> part = group.subList(from, Math.min(group.size(), from + most));
        if (!open.isEmpty() && (openWide != wide || open.size() + part.size() > share)) {
          chunks.add(new Chunk(open, openWide));
          open = new ArrayList<>();
        }
        open.addAll(part);
        openWide = wide;
      }
    }
    if (!open.isEmpty()) {
      chunks.add(new Chunk(open, openWide));
    }
    return chunks;
  }

  static List<ProbeJob.Result> inJobOrder(
      List<Chunk> chunks, List<ProbeJob.Result[]> parts, int jobs) {
    ProbeJob.Result[] results = new ProbeJob.Result[jobs];
    for (int c = 0; c < chunks.size(); c++) {
      List<Integer> chunk = chunks.get(c).jobs();
      for (int i = 0; i < chunk.size(); i++) {
        results[chunk.get(i)] = parts.get(c)[i];
      }
    }
    return List.of(results);
  }
}
