package org.zowarmup.executor;

import java.util.List;
import org.zowarmup.device.Evaluation;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.device.VectorOps;
import org.zowarmup.nn.Graph;
import org.zowarmup.random.Distribution;

/**
 * Takes the jobs of a round to devices and gives the results back in the order of the jobs,
 * whichever lane ran them and whichever ended first. Algorithms see this and nothing below it.
 */
public interface Executor extends AutoCloseable {
  /** The network that weights are of. */
  Graph graph();

  /**
   * The workload's sub-network.
   *
   * @throws IllegalStateException where it has none
   */
  Graph subGraph();

  /**
   * Compiles what rounds need on a device that chooses algorithms as it compiles, so that its
   * choices are known before the first of them; on other devices it does nothing.
   */
  default void prepare() {}

  /** A zero vector of the network's layout, owned by the caller. */
  Vector allocate();

  /** Operations on whole vectors, between jobs. */
  VectorOps vectors();

  /**
   * Runs probes around the same weights.
   *
   * @throws StoppedException when a stop was asked for before the last job started
   */
  List<ProbeJob.Result> probe(
      Vector weights, Distribution distribution, ResidentImages images, List<ProbeJob> jobs);

  /**
   * The same in another precision than that of the rounds, on one lane: for comparisons.
   *
   * @throws org.zowarmup.error.UnsupportedException where the device does not compute in it
   */
  List<ProbeJob.Result> probe(
      Precision precision,
      Vector weights,
      Distribution distribution,
      ResidentImages images,
      List<ProbeJob> jobs);

  /**
   * Trains one copy of the weights a job.
   *
   * @param subStartOrNull the weights that jobs of the sub-network start from
   * @param answers receives what becomes of them
   * @return one a job
   * @throws StoppedException when a stop was asked for before the last job started
   */
  List<TrainJob.Result> train(
      Vector start,
      float[] subStartOrNull,
      ResidentImages images,
      List<Training> jobs,
      Answers answers);

  /** Puts together what {@link Answers} have made of every rank's coordinates. */
  float[] join(float[] own);

  /**
   * Loss and hits over the given samples; the sum has a fixed order.
   *
   * @throws StoppedException when a stop was asked for before the last chunk started
   */
  Evaluation evaluate(Vector weights, ResidentImages images, int[] samples);

  /**
   * The class with the largest logit for each of the given samples, the first of several. It does
   * not stop: it is short, and comes when all rounds are done.
   */
  int[] predict(Vector weights, ResidentImages images, int[] samples);

  /** Logits [samples, classes] of the given samples, row-major; does not stop either. */
  float[] logits(Vector weights, ResidentImages images, int[] samples);

  /**
   * Gradient of the mean loss over the given samples, zero in the padding; chunks are summed in
   * sample order.
   *
   * @throws StoppedException when a stop was asked for before the last chunk started
   */
  void gradient(Vector weights, ResidentImages images, int[] samples, Vector out);

  @Override
  void close();

  /** A stop was asked for in the middle of a round; the round is void. */
  final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StoppedException() {
      super("stopped between two jobs");
    }
  }
}
