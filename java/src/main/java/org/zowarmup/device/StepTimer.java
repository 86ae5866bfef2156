package org.zowarmup.device;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.zowarmup.nn.op.Op;

/** Times the parts of a pass, pass after pass, for {@link Executable#profile}. */
public final class StepTimer {
  private final int repeats;
  private final List<Executable.StepTime> parts = new ArrayList<>();
  private final List<double[]> seconds = new ArrayList<>();
  private int pass = -1; // the first one warms up
  private int part;

  public StepTimer(int repeats) {
    this.repeats = repeats;
  }

  /** Starts a pass. */
  public void start() {
    pass++;
    part = 0;
  }

  /** Times work of the host. */
  public void time(String name, Runnable work) {
    add(name, null, () -> seconds(work));
  }

  /** Times a step of the plan, on the host. */
  public void time(Op step, Runnable work) {
    add(step.node(), step, () -> seconds(work));
  }

  private static double seconds(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) * 1e-9;
  }

  /**
   * Adds the next part of the pass.
   *
   * @param step or null
   * @param time does the work and tells the seconds it took
   */
  public void add(String name, Op step, DoubleSupplier time) {
    double took = time.getAsDouble();
    if (pass == 0) {
      parts.add(new Executable.StepTime(name, step, 0));
      seconds.add(new double[repeats]);
    } else {
      seconds.get(part)[pass - 1] = took;
    }
    part++;
  }

  /** Each part with the median of its times. */
  public List<Executable.StepTime> medians() {
    List<Executable.StepTime> medians = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      double[] sorted = seconds.get(i).clone();
      Arrays.sort(sorted);
      Executable.StepTime p = parts.get(i);
      medians.add(new Executable.StepTime(p.part(), p.step(), sorted[sorted.length / 2]));
    }
    return medians;
  }
}
