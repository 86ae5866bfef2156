package org.zowarmup.executor;

import java.util.List;
import java.util.stream.IntStream;
import org.zowarmup.device.TrainJob;

/**
 * Deals the trainings of a round to the lanes of a rank, and hands their answers over in order. The
 * longest start first, so that no lane is left with a long one at the end; but at most two a lane
 * are trained or wait for those before them, so that memory does not grow with the cohort.
 */
final class Trainings {
  private final int most;
  private final long[] costs;
  private final boolean[] started;
  private final Done[] done;
  private int open;
  private boolean ended;

  /** A job that has been trained. */
  record Done(TrainJob.Result result, Answers.Answer answer) {}

  /**
   * @param jobs in the order in which they are handed over
   */
  Trainings(List<Training> jobs, int lanes) {
    this.most = 2 * lanes;
    this.costs = jobs.stream().mapToLong(Training::cost).toArray();
    this.started = new boolean[costs.length];
    this.done = new Done[costs.length];
  }

  /** The next job of a lane, which may have to wait; -1 where there is none any more. */
  synchronized int next() {
    try {
      while (!ended && open >= most) {
        wait();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("lanes are never interrupted", e);
    }
    int chosen = -1;
    for (int i = 0; i < costs.length && !ended; i++) {
      if (started[i]) {
        continue;
      }
      if (open == most - 1) {
        chosen = i; // the last place is for the one that the others wait for
        break;
      }
      chosen = chosen < 0 || costs[i] > costs[chosen] ? i : chosen;
    }
    if (chosen >= 0) {
      started[chosen] = true;
      open++;
    }
    return chosen;
  }

  synchronized void finished(int job, Done trained) {
    done[job] = trained;
    notifyAll();
  }

  /** No lane takes another job, and no one waits any more. */
  synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** Waits for a job; null where the trainings end before it. */
  synchronized Done take(int job) throws InterruptedException {
    while (done[job] == null && !ended) {
      wait();
    }
    Done taken = done[job];
    if (taken != null) {
      done[job] = null;
      open--;
      notifyAll();
    }
    return taken;
  }

  /**
   * Deals jobs to ranks, the longest first, each to the rank that has the least to do: the same on
   * all ranks.
   *
   * @return the rank of each job
   */
  static int[] deal(List<Training> jobs, int ranks) {
    long[] load = new long[ranks];
    int[] owner = new int[jobs.size()];
    IntStream.range(0, jobs.size())
        .boxed()
        .sorted((a, b) -> Long.compare(jobs.get(b).cost(), jobs.get(a).cost()))
        .forEach(
            job -> {
              int least = 0;
              for (int r = 1; r < ranks; r++) {
                least = load[r] < load[least] ? r : least;
              }
              owner[job] = least;
              load[least] += jobs.get(job).cost();
            });
    return owner;
  }
}
