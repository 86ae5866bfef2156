package org.zowarmup.nd4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSources;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.Normalization;
import org.zowarmup.inspect.MoreScores;
import org.zowarmup.inspect.WeightEvaluation;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.models.Cnn;
import org.zowarmup.plugin.Plugins;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.weights.Npz;
import org.zowarmup.record.weights.Weights;
import org.zowarmup.run.Experiment;

/** Weights, data and scores of a run in ND4J, and back. */
final class Nd4jExchangeTest {
  private static final Graph GRAPH = new Cnn(List.of(4), 2).build(new Shape(28, 28, 1), 10);

  @TempDir static Path folder;
  private static Path run;
  private static Path weights;

  @BeforeAll
  static void trainOnce() throws IOException {
    run = folder.resolve("run");
    Path config =
        Files.writeString(
            folder.resolve("run.yaml"),
            """
            name: exchange
            threads: 2
            device: cpu
            output: "%s"
            data: {source: fashion-mnist-mini, partition: {kind: iid}}
            clients: {count: 10, high: 0.5}
            model: {kind: cnn, channels: [4], normGroups: 2}
            warmup: {rounds: 2, cohort: 5, localEpochs: 2, batch: 16}
            zo: {rounds: 1, cohort: 4, seeds: 2, batch: 16}
            methods: [zowarmup]
            """
                .formatted(run));
    RunConfig loaded = ConfigLoader.load(config, List.of());
    new Experiment().run(loaded, null, List.of(), new RunListener() {}, () -> false);
    weights = run.resolve("weights-zowarmup-seed1.safetensors");
  }

  /** ND4J's Evaluation counts what the run counted, on all 2,000 test images. */
  @Test
  void theConfusionMatrixIsTheRunsOwn() throws IOException {
    Nd4jEvaluation scored = Nd4jEvaluation.of(weights);
    JsonNode ours =
        new ObjectMapper()
            .readTree(run.resolve("confusion-zowarmup-seed1.json").toFile())
            .get("matrix");
    long[][] theirs = scored.matrix();
    long all = 0;
    for (int t = 0; t < 10; t++) {
      for (int p = 0; p < 10; p++) {
        assertEquals(ours.get(t).get(p).asLong(), theirs[t][p], "class " + t + " as " + p);
        all += theirs[t][p];
      }
    }
    assertEquals(2000, all);
    double area = scored.roc().calculateAverageAUC();
    assertTrue(area > 0.7 && area < 1, "area under the curve " + area);
  }

  /** What {@code evaluate --with nd4j} adds: found by name, its accuracy that of the command. */
  @Test
  void evaluatePrintsNd4jsScores() {
    RunConfig ran = ConfigLoader.load(run.resolve("config.yaml"), List.of());
    MoreScores scores = Plugins.find(MoreScores.class, MoreScores::name, "scores", "ND4J");
    String lines = String.join("\n", scores.lines(weights, ran));
    WeightEvaluation ours = WeightEvaluation.of(weights, ran);
    String accuracy = String.format(Locale.ROOT, "Accuracy:        %.4f", ours.accuracy());
    assertTrue(lines.contains(accuracy), "expected " + accuracy + ", found\n" + lines);
    Nd4jEvaluation scored = Nd4jEvaluation.of(weights);
    for (int c = 0; c < 10; c++) {
      String line =
          String.format(
              Locale.ROOT, " %-20s %.4f", ours.classes().get(c), scored.roc().calculateAUC(c));
      assertTrue(lines.contains(line), "expected " + line + ", found\n" + lines);
    }
  }

  @Test
  void weightsComeBackAsTheyWere() {
    Map<String, INDArray> arrays = Nd4jWeights.read(weights, GRAPH.layout());
    assertArrayEquals(new long[] {4, 1, 3, 3}, arrays.get("conv1.weight").shape());
    Path back = folder.resolve("back.safetensors");
    Nd4jWeights.write(back, arrays);
    float[] expected = Weights.read(weights, GRAPH.layout());
    assertArrayEquals(expected, Weights.read(back, GRAPH.layout()));
    arrays.put("fc.weight", arrays.get("fc.weight").dup('f')); // another order, the same values
    Nd4jWeights.write(back, arrays);
    assertArrayEquals(expected, Weights.read(back, GRAPH.layout()));
  }

  @Test
  void nd4jReadsOurNpz() throws Exception {
    Path npz = folder.resolve("w.npz");
    Npz.write(npz, Weights.tensors(GRAPH.layout(), Weights.read(weights, GRAPH.layout())));
    Map<String, INDArray> theirs = Nd4j.createFromNpzFile(npz.toFile());
    assertEquals(new HashMap<>(Nd4jWeights.read(weights, GRAPH.layout())), new HashMap<>(theirs));
  }

  @Test
  void viewsOfTheFlatRowAreItsMemory() {
    Map<String, INDArray> arrays = Nd4jWeights.read(weights, GRAPH.layout());
    INDArray flat = Nd4jWeights.flat(arrays);
    assertArrayEquals(new long[] {1, GRAPH.layout().parameters()}, flat.shape());
    Map<String, INDArray> views = Nd4jWeights.views(flat, arrays);
    assertEquals(arrays, views);
    views.get("fc.bias").assign(7);
    assertEquals(70, flat.sumNumber().doubleValue() - sumWithout(arrays, "fc.bias"), 1e-3);
    assertThrows(
        IllegalArgumentException.class,
        () -> Nd4jWeights.views(Nd4j.create(DataType.FLOAT, 1, 3), arrays));
  }

  private static double sumWithout(Map<String, INDArray> arrays, String name) {
    return arrays.entrySet().stream()
        .filter(e -> !e.getKey().equals(name))
        .mapToDouble(e -> e.getValue().sumNumber().doubleValue())
        .sum();
  }

  @Test
  void imagesComeBackThroughAnIterator() {
    try (DataSet data = DataSources.resolve("fashion-mnist-mini", null).load(null)) {
      ImageSet test = data.test();
      DataSetIterator iterator = Nd4jData.iterator(test, null, 300);
      try (ImageSet again = Nd4jData.images(iterator, test.classNames())) {
        assertArrayEquals(bytes(test), bytes(again));
        assertArrayEquals(test.labels(), again.labels());
      }
      Normalization normalization = Normalization.of(data.train());
      INDArray some = Nd4jData.iterator(test, normalization, 7).next().getFeatures();
      assertArrayEquals(new long[] {7, 1, 28, 28}, some.shape());
      byte[] pixels = bytes(test);
      for (int i = 0; i < 784; i++) {
        float expected = normalization.table()[pixels[i] & 0xFF];
        assertEquals(expected, some.getFloat(0, 0, i / 28, i % 28));
      }
    }
  }

  private static byte[] bytes(ImageSet set) {
    byte[] bytes = new byte[set.count() * set.height() * set.width() * set.channels()];
    set.pixels().position(0).get(bytes);
    return bytes;
  }

  /** Channels stay beside each other: [N, H, W, C] in, [N, C, H, W] out. */
  @Test
  void channelsAreMovedNotMixed() {
    int[] values = IntStream.range(0, 2 * 3 * 2 * 3).toArray();
    INDArray images = Nd4j.createFromArray(values).reshape(2, 3, 2, 3);
    try (ImageSet set = Nd4jData.images(images, Nd4j.createFromArray(1, 0), List.of("a", "b"))) {
      assertArrayEquals(new int[] {1, 0}, set.labels());
      for (int i = 0; i < values.length; i++) {
        assertEquals(values[i], bytes(set)[i]);
      }
      INDArray planes = Nd4jData.iterator(set, null, 2).next().getFeatures();
      assertEquals(images.getInt(1, 2, 0, 1), planes.getInt(1, 1, 2, 0));
    }
  }

  @Test
  void valuesThatAreNoBytesAreRefused() {
    INDArray images = Nd4j.valueArrayOf(new long[] {1, 2, 2, 1}, 0.5, DataType.FLOAT);
    assertEquals(
        "images: expected whole numbers from 0 to 255, found 0.5; scale them by 255 before",
        assertThrows(
                IllegalArgumentException.class,
                () -> Nd4jData.images(images, Nd4j.createFromArray(0), List.of("a", "b")))
            .getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> Nd4jData.images(images.mul(0), Nd4j.createFromArray(2), List.of("a", "b")));
  }
}
