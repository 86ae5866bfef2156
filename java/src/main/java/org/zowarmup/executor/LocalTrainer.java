package org.zowarmup.executor;

import java.util.List;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.Graph;

/** Takes the local training of clients to devices. */
public interface LocalTrainer {
  /** The network that all jobs are about. */
  Graph graph();

  /** A zero vector of the network's layout, owned by the caller. */
  Vector allocate();

  /**
   * Trains one copy of the weights a job.
   *
   * @param outs receives the trained weights, one vector a job, none of them {@code start}
   * @throws Executor.StoppedException when a stop was asked for before the last job started
   */
  List<TrainJob.Result> train(
      Vector start, List<Vector> outs, ResidentImages images, List<TrainJob> jobs);
}
