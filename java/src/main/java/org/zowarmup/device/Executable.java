package org.zowarmup.device;

import java.util.List;
import org.zowarmup.error.UnsupportedException;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.op.Op;
import org.zowarmup.random.Distribution;

/**
 * A plan compiled for one lane: fixed buffers, fixed batch. It is used by one thread at a time,
 * always the one that compiled it, and closed before its device.
 */
public interface Executable extends AutoCloseable {
  Plan plan();

  /**
   * Runs probes one after the other.
   *
   * @param weights not changed: both sides are made beside it
   */
  ProbeJob.Result[] probe(
      Vector weights, Distribution distribution, ResidentImages images, ProbeJob[] jobs);

  /**
   * Trains a copy; needs a FORWARD_BACKWARD plan.
   *
   * @param start weights to start from, not changed unless it is {@code out} too
   * @param out receives the trained weights
   */
  TrainJob.Result train(Vector start, Vector out, ResidentImages images, TrainJob job);

  /** Losses and hits of the given samples. */
  Evaluation evaluate(Vector weights, ResidentImages images, int[] samples);

  /** Of several sets of samples each, which a device may queue before it waits once. */
  default List<Evaluation> evaluate(Vector weights, ResidentImages images, List<int[]> chunks) {
    return chunks.stream().map(samples -> evaluate(weights, images, samples)).toList();
  }

  /**
   * Gradient of the mean loss of at most B samples; needs a FORWARD_BACKWARD plan.
   *
   * @param out receives the gradient, zero in the padding
   * @return the mean loss
   */
  double gradient(Vector weights, ResidentImages images, int[] samples, Vector out);

  /** Logits [samples, classes] of at most B samples, row-major. */
  float[] logits(Vector weights, ResidentImages images, int[] samples);

  /**
   * How long a part of a pass takes.
   *
   * @param part what it does, where it is no step of the plan
   * @param step the step, or null
   */
  record StepTime(String part, Op step, double seconds) {}

  /**
   * Times every part of a pass over at most B samples, each on its own: a probe's gather,
   * perturbation and forward pass at w + eps z, or a training step.
   *
   * @param repeats passes, of which each part's median counts; one more warms up
   * @throws UnsupportedException where the device cannot tell
   */
  default List<StepTime> profile(
      Vector weights, ResidentImages images, int[] samples, int repeats) {
    throw new UnsupportedException("this device does not time its steps");
  }

  /**
   * For plans with guards: throws IllegalStateException naming the value whose guard was written.
   */
  void verifyGuards();

  @Override
  void close();
}
