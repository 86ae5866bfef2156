package org.zowarmup.inspect;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.DataSet;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Evaluation;
import org.zowarmup.device.Precision;
import org.zowarmup.device.Vector;
import org.zowarmup.executor.Workload;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.record.ProbeRecorder;
import org.zowarmup.record.checkpoint.FinalWeights;
import org.zowarmup.run.Experiment;
import org.zowarmup.setup.ConfigResolver;
import org.zowarmup.setup.LoadedData;
import org.zowarmup.setup.Session;
import org.zowarmup.setup.ThreadBudget;

/**
 * Stored weights on a test set.
 *
 * @param data what they were scored on
 * @param normalized what its images were normalized by
 * @param right of each class, how many were recognized
 * @param counts of each class, how many there are
 */
public record WeightEvaluation(
    String device,
    String model,
    long parameters,
    String data,
    LoadedData.Normalized normalized,
    double loss,
    double accuracy,
    List<String> classes,
    long[] right,
    long[] counts) {
  /**
   * @param weights safetensors with PyTorch's names and shapes
   * @param config names the model, the data set and the device; what images are normalized by is
   *     the weights' where they say it and {@code data.normalize} does not
   */
  public static WeightEvaluation of(Path weights, RunConfig config) {
    int threads = ThreadBudget.threads(config.threads());
    try (LoadedData loaded = LoadedData.open(config)) {
      DataSet data = loaded.data();
      Graph graph = ConfigResolver.graph(config, data);
      float[] values = FinalWeights.read(weights, graph.layout());
      LoadedData.Normalized normalized = loaded.normalization(config.data(), weights, true);
      int batch = Math.min(config.evaluate().batch(), data.test().count());
      Workload workload =
          new Workload(
              Plan.forward(graph, batch),
              Precision.FP32,
              1,
              0,
              Plan.forwardBackward(graph, 1),
              Precision.FP32,
              1,
              Plan.forward(graph, batch),
              config.evaluate().precision(),
              null);
      Devices.Choice choice = Experiment.open(config, threads);
      try (ProbeRecorder probes = new ProbeRecorder();
          Session session =
              new Session(choice.device(), workload, data, normalized.by(), () -> false, probes);
          Vector vector = session.executor().allocate()) {
        vector.write(values);
        int[] all = IntStream.range(0, data.test().count()).toArray();
        Evaluation scored = session.executor().evaluate(vector, session.test(), all);
        int[] predicted = session.executor().predict(vector, session.test(), all);
        long[] right = new long[data.classes()];
        long[] counts = new long[data.classes()];
        for (int i : all) {
          int label = session.testLabels()[i];
          counts[label]++;
          right[label] += predicted[i] == label ? 1 : 0;
        }
        return new WeightEvaluation(
            choice.device().name(),
            graph.name(),
            graph.layout().parameters(),
            "%,d test images of %s".formatted(all.length, data.source()),
            normalized,
            scored.meanLoss(),
            scored.accuracy(),
            session.classNames(),
            right,
            counts);
      }
    }
  }
}
