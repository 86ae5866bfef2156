package org.zowarmup.run;

import java.util.List;
import java.util.Map;
import org.zowarmup.federated.Faults;
import org.zowarmup.record.MethodResult;
import org.zowarmup.record.PrecisionCheck;
import org.zowarmup.record.Resumption;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunListener.CheckpointInfo;
import org.zowarmup.record.RunListener.EvaluationInfo;
import org.zowarmup.record.RunListener.PhaseInfo;
import org.zowarmup.record.RunResult;

/** Several listeners as one; they receive everything in the order of the list. */
public record ListenerGroup(List<RunListener> listeners) implements RunListener {
  public ListenerGroup {
    listeners = List.copyOf(listeners);
  }

  @Override
  public void started(RunDescription description) {
    listeners.forEach(listener -> listener.started(description));
  }

  @Override
  public void resumed(Resumption resumption) {
    listeners.forEach(listener -> listener.resumed(resumption));
  }

  @Override
  public void checkpointing() {
    listeners.forEach(RunListener::checkpointing);
  }

  @Override
  public void checkpointed(CheckpointInfo checkpoint) {
    listeners.forEach(listener -> listener.checkpointed(checkpoint));
  }

  @Override
  public void evaluated(EvaluationInfo evaluation) {
    listeners.forEach(listener -> listener.evaluated(evaluation));
  }

  @Override
  public void measured(String method, long seed, int round, Map<String, Double> metrics) {
    listeners.forEach(listener -> listener.measured(method, seed, round, metrics));
  }

  @Override
  public void phaseStarted(PhaseInfo phase) {
    listeners.forEach(listener -> listener.phaseStarted(phase));
  }

  @Override
  public void precisionChecked(PrecisionCheck check) {
    listeners.forEach(listener -> listener.precisionChecked(check));
  }

  @Override
  public void warned(String kind, String warning) {
    listeners.forEach(listener -> listener.warned(kind, warning));
  }

  @Override
  public void answersMissed(String method, long seed, int round, Faults.Count missed) {
    listeners.forEach(listener -> listener.answersMissed(method, seed, round, missed));
  }

  @Override
  public void learningRates(String method, long seed, int round, Map<String, Double> rates) {
    listeners.forEach(listener -> listener.learningRates(method, seed, round, rates));
  }

  @Override
  public void roundFinished(RoundMetrics metrics) {
    listeners.forEach(listener -> listener.roundFinished(metrics));
  }

  @Override
  public void phaseFinished(PhaseInfo phase) {
    listeners.forEach(listener -> listener.phaseFinished(phase));
  }

  @Override
  public void methodFinished(MethodResult result) {
    listeners.forEach(listener -> listener.methodFinished(result));
  }

  @Override
  public void finished(RunResult result) {
    listeners.forEach(listener -> listener.finished(result));
  }
}
