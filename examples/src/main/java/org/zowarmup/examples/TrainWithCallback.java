package org.zowarmup.examples;

import org.zowarmup.api.Result;
import org.zowarmup.api.Simulation;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunListener;

/** Trains from a program of one's own, and stops once the model is good enough. */
public final class TrainWithCallback {
  private TrainWithCallback() {}

  /** Stops a run at an accuracy. */
  private static final class GoodEnough implements RunListener {
    private final double accuracy;
    private Simulation simulation;

    GoodEnough(double accuracy) {
      this.accuracy = accuracy;
    }

    @Override
    public void roundFinished(RoundMetrics round) {
      if (round.testAccuracy() != null && round.testAccuracy() >= accuracy) {
        System.out.printf("round %d: %.2f %%%n", round.round(), 100 * round.testAccuracy());
        simulation.stop();
      }
    }

    @Override
    public void checkpointed(CheckpointInfo checkpoint) {
      float[] bias = checkpoint.weights().get().get("fc.bias").values();
      System.out.printf(
          "checkpoint of round %d: bias of class 0 is %.4f%n", checkpoint.round(), bias[0]);
    }
  }

  /** Prints the accuracy at which it stopped. */
  public static void main(String[] arguments) {
    GoodEnough callback = new GoodEnough(0.4);
    callback.simulation =
        Simulation.builder()
            .config("{methods: [zowarmup], clients: {count: 20, high: 0.25}, zo: {cohort: 10}}")
            .with("data.source", "fashion-mnist-mini")
            .with("warmup.cohort", 5)
            .with("evaluate.everyRounds", 1)
            .device("cpu")
            .listener(callback)
            .noOutput()
            .build();
    Result result = callback.simulation.run();
    System.out.printf(
        "%.2f %% after %d rounds%n",
        100 * result.methods().get(0).testAccuracy(), result.methods().get(0).roundsDone());
  }
}
