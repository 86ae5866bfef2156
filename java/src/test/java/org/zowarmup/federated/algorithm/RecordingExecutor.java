package org.zowarmup.federated.algorithm;

import java.util.ArrayList;
import java.util.List;
import org.zowarmup.device.Evaluation;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.device.VectorOps;
import org.zowarmup.executor.Answers;
import org.zowarmup.executor.Executor;
import org.zowarmup.executor.Training;
import org.zowarmup.nn.Graph;
import org.zowarmup.random.Distribution;

/** Passes everything on and keeps what the probes were and gave. */
record RecordingExecutor(Executor to, List<ProbeJob> jobs, List<ProbeJob.Result> results)
    implements Executor {
  RecordingExecutor(Executor to) {
    this(to, new ArrayList<>(), new ArrayList<>());
  }

  @Override
  public Graph subGraph() {
    return to.subGraph();
  }

  @Override
  public Graph graph() {
    return to.graph();
  }

  @Override
  public Vector allocate() {
    return to.allocate();
  }

  @Override
  public VectorOps vectors() {
    return to.vectors();
  }

  @Override
  public List<ProbeJob.Result> probe(
      Vector weights, Distribution distribution, ResidentImages images, List<ProbeJob> asked) {
    List<ProbeJob.Result> answers = to.probe(weights, distribution, images, asked);
    jobs.addAll(asked);
    results.addAll(answers);
    return answers;
  }

  @Override
  public List<ProbeJob.Result> probe(
      Precision precision,
      Vector weights,
      Distribution distribution,
      ResidentImages images,
      List<ProbeJob> asked) {
    return to.probe(precision, weights, distribution, images, asked);
  }

  @Override
  public List<TrainJob.Result> train(
      Vector start,
      float[] subStartOrNull,
      ResidentImages images,
      List<Training> asked,
      Answers answers) {
    return to.train(start, subStartOrNull, images, asked, answers);
  }

  @Override
  public float[] join(float[] own) {
    return to.join(own);
  }

  @Override
  public Evaluation evaluate(Vector weights, ResidentImages images, int[] samples) {
    return to.evaluate(weights, images, samples);
  }

  @Override
  public int[] predict(Vector weights, ResidentImages images, int[] samples) {
    return to.predict(weights, images, samples);
  }

  @Override
  public float[] logits(Vector weights, ResidentImages images, int[] samples) {
    return to.logits(weights, images, samples);
  }

  @Override
  public void gradient(Vector weights, ResidentImages images, int[] samples, Vector out) {
    to.gradient(weights, images, samples, out);
  }

  @Override
  public void close() {}
}
