package org.zowarmup.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
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
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.Plan;

/**
 * One step of local training on one lane of one thread: a batch gathered, forward, backward, SGD
 * without momentum, in place.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class TrainStepBenchmark {
  /**
   * The rate is so small that the weights stay where they are however long the run: a network that
   * has learned its noise by heart would have gradients of another size, denormal ones in the end.
   */
  static final TrainJob.Sgd SGD = new TrainJob.Sgd(1e-6f, 0, 1e-5f);

  @Param({"cnn", "resnet18"})
  public String model;

  @Param({"16", "64"})
  public int batch;

  private Rig rig;
  private Executable lane;
  private Vector weights;
  private List<TrainJob> jobs;
  private int next;

  @Setup
  public void open() {
    rig = new Rig("cpu", BenchModel.of(model));
    lane = rig.device().compile(Plan.forwardBackward(rig.graph(), batch), 1);
    weights = rig.weights(Rig.SEED);
    rig.images();
    jobs = Rig.batches(batch).stream().map(b -> new TrainJob(List.of(b), SGD)).toList();
  }

  /** Every call takes another batch. */
  @Benchmark
  public TrainJob.Result trainStep() {
    TrainJob job = jobs.get(next);
    next = (next + 1) % jobs.size();
    return lane.train(weights, weights, rig.images(), job);
  }

  /** The jobs in the order in which calls take them. */
  List<TrainJob> jobs() {
    return jobs;
  }

  float[] weights() {
    return weights.read();
  }

  @TearDown
  public void close() {
    lane.close();
    rig.close();
  }
}
