package org.zowarmup.record;

import java.util.Map;
import java.util.function.Supplier;
import org.zowarmup.federated.Faults;
import org.zowarmup.record.weights.Safetensors.Tensor;

/**
 * Receives what a run does, on the thread that runs it. An exception that is thrown here ends the
 * run. {@link java.util.ServiceLoader} finds listeners of a user's own.
 */
public interface RunListener {
  /**
   * One phase of one method under one seed.
   *
   * @param phase {@code warmup} or {@code zo}
   * @param firstRound number of its first round; rounds count from 1 through both phases
   * @param rounds how many it has, at most where it ends by itself
   * @param done how many of them an earlier process has run
   */
  record PhaseInfo(String method, long seed, String phase, int firstRound, int rounds, int done) {}

  /**
   * Weights that are on the disk as a checkpoint.
   *
   * @param weights makes the tensors, by PyTorch's names; may be asked as long as the call lasts
   */
  record CheckpointInfo(
      String method, long seed, int round, Supplier<Map<String, Tensor>> weights) {}

  /**
   * The test images after a round that is evaluated.
   *
   * @param labels true classes [n]
   * @param logits computes the logits [n, classes] of these images, row-major; may be asked as long
   *     as the call lasts
   */
  record EvaluationInfo(
      String method, long seed, int round, int classes, int[] labels, Supplier<float[]> logits) {}

  /** Called once, before the first round. */
  default void started(RunDescription description) {}

  /**
   * Called before a method under a seed is resumed that an earlier process started. What was
   * written about rounds that are not kept is void.
   */
  default void resumed(Resumption resumption) {}

  /**
   * Called before a checkpoint is written: what was received so far has to reach the disk first.
   */
  default void checkpointing() {}

  /** Called after a checkpoint was written. */
  default void checkpointed(CheckpointInfo checkpoint) {}

  /** Called after an evaluation, before {@link #roundFinished}. */
  default void evaluated(EvaluationInfo evaluation) {}

  /**
   * Called after {@link #evaluated} where a run has metrics of a user's own.
   *
   * @param metrics what each gave, by its name
   */
  default void measured(String method, long seed, int round, Map<String, Double> metrics) {}

  /** Called before the first round of a phase. */
  default void phaseStarted(PhaseInfo phase) {}

  /** Called at the pivot where {@code zo.precision} is not fp32, before the first round. */
  default void precisionChecked(PrecisionCheck check) {}

  /**
   * Called where a run goes on but its result will not be what was meant.
   *
   * @param kind a name under which it is said once
   * @param warning one line that names the key to change
   */
  default void warned(String kind, String warning) {}

  /**
   * Called before {@link #roundFinished} with the learning rates of the round's steps.
   *
   * @param rates by the keys that set them, {@code warmup.lr} and {@code zo.lr}
   */
  default void learningRates(String method, long seed, int round, Map<String, Double> rates) {}

  /** Called after every round. */
  default void roundFinished(RoundMetrics metrics) {}

  /** Called before {@link #roundFinished} where the server did without some answers. */
  default void answersMissed(String method, long seed, int round, Faults.Count missed) {}

  /** Called after the last round of a phase, also where it was interrupted. */
  default void phaseFinished(PhaseInfo phase) {}

  /**
   * Called when a method under a seed has ended and its files are written, also where it was
   * interrupted; not for those that an earlier process has ended.
   */
  default void methodFinished(MethodResult result) {}

  /** Called once, when the run folder is complete. */
  default void finished(RunResult result) {}
}
