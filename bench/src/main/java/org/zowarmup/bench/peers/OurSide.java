package org.zowarmup.bench.peers;

import java.util.List;
import org.zowarmup.bench.Rig;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.random.Distribution;

/** ZOWarmUp's ways, through the interface that the program uses; a batch is gathered every time. */
public final class OurSide {
  private OurSide() {}

  private static Side side(Rig rig, Executable lane, Runnable step) {
    return new Side() {
      @Override
      public void run() {
        step.run();
      }

      @Override
      public void close() {
        lane.close();
        rig.close();
      }
    };
  }

  public static Side zoStep(String device, Graph graph, int batch, int threads) {
    Rig rig = new Rig(device, graph, threads);
    Executable lane = rig.device().compile(Plan.forward(rig.graph(), batch), 1);
    Vector weights = rig.weights(Rig.SEED);
    int[] samples = Batches.first(batch);
    long[] seed = {0};
    return side(
        rig,
        lane,
        () -> zoStep(rig, lane, weights, samples, ++seed[0], Batches.EPSILON, Batches.LR));
  }

  /** One probe and the update along its direction. */
  public static ProbeJob.Result zoStep(
      Rig rig, Executable lane, Vector weights, int[] samples, long seed, float eps, float lr) {
    ProbeJob job = new ProbeJob(SeedTerms.NONE, seed, eps, samples);
    ProbeJob.Result losses =
        lane.probe(weights, Distribution.RADEMACHER, rig.images(), new ProbeJob[] {job})[0];
    float g =
        (float)
            ((losses.lossSumPlus() - losses.lossSumMinus()) / losses.count() / (2 * (double) eps));
    SeedTerms update = SeedTerms.NONE.plus(seed, -lr * g);
    rig.device().vectors().accumulateSeeds(weights, 1, update, Distribution.RADEMACHER);
    return losses;
  }

  public static Side forward(String device, Graph graph, int batch, int threads) {
    Rig rig = new Rig(device, graph, threads);
    Executable lane = rig.device().compile(Plan.forward(rig.graph(), batch), 1);
    Vector weights = rig.weights(Rig.SEED);
    int[] samples = Batches.first(batch);
    return side(rig, lane, () -> lane.evaluate(weights, rig.images(), samples));
  }

  public static Side trainStep(String device, Graph graph, int batch, int threads) {
    Rig rig = new Rig(device, graph, threads);
    Executable lane = rig.device().compile(Plan.forwardBackward(rig.graph(), batch), 1);
    Vector weights = rig.weights(Rig.SEED);
    TrainJob job =
        new TrainJob(
            List.of(Batches.first(batch)), new TrainJob.Sgd(Batches.LR, 0, Batches.WEIGHT_DECAY));
    return side(rig, lane, () -> lane.train(weights, weights, rig.images(), job));
  }
}
