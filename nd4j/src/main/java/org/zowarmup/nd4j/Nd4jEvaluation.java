package org.zowarmup.nd4j;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.evaluation.classification.ROCMultiClass;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.Normalization;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Vector;
import org.zowarmup.inspect.MoreScores;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.record.checkpoint.FinalWeights;
import org.zowarmup.setup.ConfigResolver;
import org.zowarmup.setup.LoadedData;
import org.zowarmup.setup.ThreadBudget;

/**
 * ND4J's scores of weights on a test set: {@code evaluation().stats()} and {@code
 * roc().calculateAverageAUC()} as a DL4J user knows them.
 *
 * @param evaluation accuracy, precision, recall, F1, Matthews correlation, confusion matrix. Where
 *     a class is never predicted, F1 leaves it out and the correlation is NaN
 * @param roc one against the rest, exact
 */
public record Nd4jEvaluation(Evaluation evaluation, ROCMultiClass roc) {
  /**
   * Scores the weights of a run on its test images, on its device.
   *
   * @param weights safetensors or npz with the run's config.yaml beside it
   */
  public static Nd4jEvaluation of(Path weights) {
    Path config = weights.toAbsolutePath().resolveSibling("config.yaml");
    return of(weights, ConfigLoader.load(config, List.of()));
  }

  /**
   * @param config names model, data and device
   */
  public static Nd4jEvaluation of(Path weights, RunConfig config) {
    try (LoadedData loaded = LoadedData.open(config)) {
      ImageSet test = loaded.data().test();
      Graph graph = ConfigResolver.graph(config, loaded.data());
      float[] values = FinalWeights.read(weights, graph.layout());
      Normalization normalization = loaded.normalization(config.data(), weights, true).by();
      Evaluation evaluation = new Evaluation(test.classNames());
      ROCMultiClass roc = new ROCMultiClass(0); // exact, every threshold
      int batch = Math.min(config.evaluate().batch(), test.count());
      int threads = ThreadBudget.threads(config.threads());
      Shape shape = new Shape(test.height(), test.width(), test.channels());
      ImagePixels pixels =
          new ImagePixels(test.pixels(), shape, test.labels(), normalization.table());
      try (Device device = Devices.open(config.device(), threads).device();
          ResidentImages images = device.upload(pixels);
          Vector vector = device.allocate(graph.layout());
          Executable forward = device.compile(Plan.forward(graph, batch), 1)) {
        vector.write(values);
        for (int from = 0; from < test.count(); from += batch) {
          int to = Math.min(test.count(), from + batch);
          int[] samples = IntStream.range(from, to).toArray();
          float[] logits = forward.logits(vector, images, samples);
          INDArray rows = Nd4j.create(logits, new long[] {to - from, graph.classes()}, 'c');
          INDArray scores = Transforms.softmax(rows, true);
          INDArray labels = Nd4jData.labels(test, from, to);
          evaluation.eval(labels, scores);
          roc.eval(labels, scores);
        }
      }
      return new Nd4jEvaluation(evaluation, roc);
    }
  }

  /** What {@code evaluate --with nd4j} prints: ND4J's own text, then the areas under the curves. */
  public static final class Scores implements MoreScores {
    @Override
    public String name() {
      return "ND4J";
    }

    @Override
    public List<String> lines(Path weights, RunConfig config) {
      Nd4jEvaluation scored = of(weights, config);
      List<String> lines = new ArrayList<>();
      scored.evaluation.stats().strip().lines().forEach(line -> lines.add(line.stripTrailing()));
      lines.add("");
      lines.add("Area under the ROC curve, each class against the rest");
      List<String> classes = scored.evaluation.getLabelsList();
      for (int c = 0; c < classes.size(); c++) {
        boolean both =
            scored.roc.getCountActualPositive(c) > 0 && scored.roc.getCountActualNegative(c) > 0;
        lines.add(
            " %-20s %s"
                .formatted(
                    classes.get(c),
                    both
                        ? String.format(Locale.ROOT, "%.4f", scored.roc.calculateAUC(c))
                        : "- (needs images of it and of others)"));
      }
      return lines;
    }
  }

  /** Counts of the confusion matrix, [true class][predicted class]. */
  public long[][] matrix() {
    int classes = evaluation.getLabelsList().size();
    long[][] matrix = new long[classes][classes];
    for (int t = 0; t < classes; t++) {
      int row = t;
      Arrays.setAll(matrix[t], p -> evaluation.getConfusionMatrix().getCount(row, p));
    }
    return matrix;
  }
}
