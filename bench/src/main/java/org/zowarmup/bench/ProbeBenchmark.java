package org.zowarmup.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.Plan;
import org.zowarmup.random.Distribution;

/**
 * One probe on one lane of one thread: w + eps z and w - eps z made from w, a batch gathered, two
 * forward passes over it.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ProbeBenchmark {
  static final float EPSILON = 1e-3f;

  @Param({"cnn", "resnet18"})
  public String model;

  @Param({"16", "64"})
  public int batch;

  private Rig rig;
  private Executable lane;
  private Vector weights;
  private ProbeJob[] jobs;
  private int next;

  @Setup
  public void open() {
    rig = new Rig("cpu", BenchModel.of(model));
    lane = rig.device().compile(Plan.forward(rig.graph(), batch), 1);
    weights = rig.weights(Rig.SEED);
    rig.images();
    List<int[]> batches = Rig.batches(batch);
    jobs =
        IntStream.range(0, batches.size())
            .mapToObj(k -> new ProbeJob(SeedTerms.NONE, Rig.SEED + k, EPSILON, batches.get(k)))
            .toArray(ProbeJob[]::new);
  }

  /** Every call takes another direction and another batch, as the probes of a round do. */
  @Benchmark
  public ProbeJob.Result probe() {
    ProbeJob job = jobs[next];
    next = (next + 1) % jobs.length;
    return lane.probe(weights, Distribution.RADEMACHER, rig.images(), new ProbeJob[] {job})[0];
  }

  /** The jobs in the order in which calls take them. */
  List<ProbeJob> jobs() {
    return List.of(jobs);
  }

  @TearDown
  public void close() {
    lane.close();
    rig.close();
  }
}
