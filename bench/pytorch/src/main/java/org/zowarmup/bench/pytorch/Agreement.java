package org.zowarmup.bench.pytorch;

import java.util.LinkedHashMap;
import java.util.Map;
import org.zowarmup.bench.BenchModel;
import org.zowarmup.bench.Rig;
import org.zowarmup.bench.peers.Batches;
import org.zowarmup.bench.peers.OurSide;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.random.Directions;

/**
 * Agreement of both sides: norm of the difference over norm of PyTorch's, of the
 * logits, of the worst tensor's gradient, and of the losses and the weights' change of a
 * zeroth-order step along our direction.
 */
final class Agreement {
  private static final double LOGITS = 1e-5;
  private static final double GRADIENT = 1e-4;
  private static final double LOSS = 1e-6;

  /** A step as large as a probe's coefficient makes it, against the noise of fp32 losses. */
  private static final double STEP = 5e-2;

  private static final float LR = 1e-2f;
  private static final long DIRECTION = 7;

  private Agreement() {}

  /**
   * The differences by name.
   *
   * @throws IllegalStateException when one is greater than rounding explains
   */
  static Map<String, Double> of(BenchModel model, int batch) {
    Map<String, Double> found = new LinkedHashMap<>();
    TorchRun torch = TorchSide.run(model, batch, true, true);
    int[] samples = Batches.first(batch);
    try (Rig rig = new Rig("cpu", model, 1)) {
      Vector weights = rig.weights(Rig.SEED);
      try (Executable training =
          rig.device().compile(Plan.forwardBackward(rig.graph(), batch), 1)) {
        float[] ours = training.logits(weights, rig.images(), samples);
        put(found, "logits", distance(ours, torch.logits(), 0, ours.length), LOGITS);
        Vector gradient = rig.zeros();
        training.gradient(weights, rig.images(), samples, gradient);
        torch.backward();
        put(found, "gradient", worst(rig, gradient.read(), torch), GRADIENT);
      }
      try (Executable lane = rig.device().compile(Plan.forward(rig.graph(), batch), 1)) {
        zoStep(found, model, rig, lane, weights, samples);
      }
    }
    return found;
  }

  private static double worst(Rig rig, float[] ours, TorchRun torch) {
    float[] theirs = torch.parameters().readGradients();
    double worst = 0;
    for (ParameterTensor t : rig.graph().layout().tensors()) {
      int from = Math.toIntExact(t.offset());
      worst = Math.max(worst, distance(ours, theirs, from, from + t.size()));
    }
    return worst;
  }

  private static void zoStep(
      Map<String, Double> found,
      BenchModel model,
      Rig rig,
      Executable lane,
      Vector weights,
      int[] samples) {
    float[] before = weights.read();
    ProbeJob.Result ours = OurSide.zoStep(rig, lane, weights, samples, DIRECTION, Batches.EPSILON, LR);
    float[] after = weights.read();
    TorchRun torch = TorchSide.run(model, samples.length, false, true);
    float[] z = direction(rig);
    TorchZoStep.Losses theirs =
        new TorchZoStep(torch, TorchZoStep.Style.FLAT, Batches.EPSILON, LR, 0).stepAlong(z);
    double plus = ours.lossSumPlus() / samples.length;
    double minus = ours.lossSumMinus() / samples.length;
    put(found, "loss +", Math.abs(plus / theirs.plus() - 1), LOSS);
    put(found, "loss -", Math.abs(minus / theirs.minus() - 1), LOSS);
    put(found, "step", difference(before, after, torch.parameters().read()), STEP);
  }

  /** Distance of both ends over the length of the step. */
  private static double difference(float[] before, float[] ours, float[] theirs) {
    double apart = 0;
    double length = 0;
    for (int i = 0; i < before.length; i++) {
      apart += Math.pow((double) ours[i] - theirs[i], 2);
      length += Math.pow((double) ours[i] - before[i], 2);
    }
    return Math.sqrt(apart / length);
  }

  /** z on the parameters, 0 in the padding. */
  private static float[] direction(Rig rig) {
    float[] z = new float[Math.toIntExact(rig.graph().layout().length())];
    for (ParameterTensor t : rig.graph().layout().tensors()) {
      float[] part = new float[t.size()];
      Directions.rademacher(DIRECTION, t.offset(), part);
      System.arraycopy(part, 0, z, Math.toIntExact(t.offset()), part.length);
    }
    return z;
  }

  private static double distance(float[] ours, float[] theirs, int from, int to) {
    double apart = 0;
    double norm = 0;
    for (int i = from; i < to; i++) {
      apart += Math.pow((double) ours[i] - theirs[i], 2);
      norm += Math.pow(theirs[i], 2);
    }
    return Math.sqrt(apart / norm);
  }

  private static void put(Map<String, Double> found, String what, double value, double limit) {
    found.put(what, value);
    if (!(value <= limit)) {
      throw new IllegalStateException(
          "ZOWarmUp and PyTorch differ in %s by %.2e, expected at most %.0e: nothing is timed"
              .formatted(what, value, limit));
    }
  }
}
