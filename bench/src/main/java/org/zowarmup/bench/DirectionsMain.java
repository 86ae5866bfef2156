package org.zowarmup.bench;

import java.awt.Color;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.NumberFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.jfree.chart.ChartUtils;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYErrorRenderer;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.data.xy.XYIntervalSeries;
import org.jfree.data.xy.XYIntervalSeriesCollection;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSources;
import org.zowarmup.data.ImageSet;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.random.Distribution;

/**
 * The error of one probe's estimate g z of the gradient, for signs and for normal deviates, where
 * theory sees a difference: linear classifiers of few parameters on real images. With a small step
 * g is z . gradient, and over the squared norm of the gradient the mean squared error is d - 1 for
 * signs and d + 1 for normal deviates (from E z^4 = 1 and 3; Spall 1992).
 */
public final class DirectionsMain {
  private static final int IMAGES = 512;
  private static final float EPSILON = 1e-3f;
  private static final int STEPS = 20;
  private static final int PART = 1024;
  private static final int FULL_SIDE = 28;

  /** Pixels a side, and classes of the classifier. */
  private record Case(int side, int classes) {
    private int parameters() {
      return (side * side + 1) * classes;
    }
  }

  private static final List<Case> CASES =
      List.of(
          new Case(2, 2),
          new Case(4, 2),
          new Case(7, 2),
          new Case(4, 10),
          new Case(14, 2),
          new Case(7, 10));

  /** Mean of a probe's squared error over the gradient's squared norm, and its standard error. */
  private record Found(double mean, double error) {}

  private record Row(Case of, Found signs, Found normal) {
    private double ratio() {
      return normal.mean / signs.mean;
    }

    private double ratioError() {
      return ratio() * Math.hypot(normal.error / normal.mean, signs.error / signs.mean);
    }

    private double theory() {
      return (of.parameters() + 1.0) / (of.parameters() - 1.0);
    }
  }

  private DirectionsMain() {}

  /**
   * @param arguments the number of directions of either kind, 200,000 where there is none
   */
  public static void main(String[] arguments) throws IOException {
    int directions = arguments.length == 0 ? 200_000 : Integer.parseInt(arguments[0]);
    String folder = System.getenv().getOrDefault("ZOWARMUP_BENCH_RESULTS", "bench/results");
    List<String> lines = new ArrayList<>();
    lines.add(
        "Squared error of one probe's estimate over the squared norm of the gradient, %,d directions of either kind"
            .formatted(directions));
    lines.add("(mean and standard error); linear classifiers of Fashion-MNIST, averaged to fewer");
    lines.add("pixels, after " + STEPS + " steps of gradient descent");
    lines.add("");
    lines.addAll(Machine.here().lines(Double.NaN, Double.NaN).subList(0, 4));
    lines.add("");
    lines.add("| d | signs | theory, d - 1 | normal | theory, d + 1 | normal / signs | theory |");
    lines.add("|---:|---:|---:|---:|---:|---:|---:|");
    lines.forEach(System.out::println);
    List<Row> rows = new ArrayList<>();
    for (Case one : CASES) {
      Row row = measure(one, directions);
      rows.add(row);
      String line =
          String.format(
              Locale.ROOT,
              "| %d | %.3f (%.3f) | %d | %.3f (%.3f) | %d | %.4f (%.4f) | %.4f |",
              one.parameters(),
              row.signs.mean,
              row.signs.error,
              one.parameters() - 1,
              row.normal.mean,
              row.normal.error,
              one.parameters() + 1,
              row.ratio(),
              row.ratioError(),
              row.theory());
      System.out.println(line);
      lines.add(line);
    }
    Files.write(Path.of(folder, "directions.txt"), lines, StandardCharsets.UTF_8);
    draw(rows, Path.of(folder, "directions.png"));
  }

  private static Row measure(Case one, int directions) {
    Graph.Builder builder = Graph.builder("linear", new Shape(one.side, one.side, 1));
    int x = builder.add("flatten", new Flatten(), Graph.INPUT);
    builder.add("fc", new Linear(one.classes), x);
    Graph graph = builder.build(new Loss(one.classes));
    try (ImageSet small = averaged(one);
        Device device = Devices.open("cpu", 1).device();
        ResidentImages images =
            device.upload(
                new ImagePixels(
                    small.pixels(), new Shape(one.side, one.side, 1), small.labels(), centered()));
        Vector weights = device.allocate(graph.layout());
        Vector gradient = device.allocate(graph.layout());
        Executable steps = device.compile(Plan.forwardBackward(graph, IMAGES), 1);
        Executable probes = device.compile(Plan.forward(graph, IMAGES), 1)) {
      int[] all = IntStream.range(0, IMAGES).toArray();
      for (int s = 0; s < STEPS; s++) {
        steps.gradient(weights, images, all, gradient);
        device.vectors().sgdStep(weights, gradient, null, new TrainJob.Sgd(0.1f, 0, 0));
      }
      steps.gradient(weights, images, all, gradient);
      float[] exact = gradient.read();
      return new Row(
          one,
          error(Distribution.RADEMACHER, graph, probes, weights, images, exact, directions),
          error(Distribution.GAUSSIAN, graph, probes, weights, images, exact, directions));
    }
  }

  private static Found error(
      Distribution distribution,
      Graph graph,
      Executable probes,
      Vector weights,
      ResidentImages images,
      float[] exact,
      int directions) {
    int[] all = IntStream.range(0, IMAGES).toArray();
    double norm = 0;
    for (float value : exact) {
      norm += (double) value * value;
    }
    double sum = 0;
    double squares = 0;
    float[] z = new float[exact.length];
    for (int from = 0; from < directions; from += PART) {
      int first = from;
      ProbeJob[] jobs =
          IntStream.range(0, Math.min(PART, directions - from))
              .mapToObj(i -> new ProbeJob(SeedTerms.NONE, seed(first + i), EPSILON, all))
              .toArray(ProbeJob[]::new);
      ProbeJob.Result[] results = probes.probe(weights, distribution, images, jobs);
      for (int i = 0; i < jobs.length; i++) {
        double g =
            (results[i].lossSumPlus() - results[i].lossSumMinus()) / (2.0 * EPSILON * IMAGES);
        distribution.fill(jobs[i].seed(), 0, z);
        double distance = 0;
        for (ParameterTensor tensor : graph.layout().tensors()) {
          for (int k = (int) tensor.offset(); k < tensor.end(); k++) {
            distance += (g * z[k] - exact[k]) * (g * z[k] - exact[k]);
          }
        }
        double relative = distance / norm;
        sum += relative;
        squares += relative * relative;
      }
    }
    double mean = sum / directions;
    double variance = (squares - sum * mean) / (directions - 1);
    return new Found(mean, Math.sqrt(variance / directions));
  }

  private static long seed(int direction) {
    return Rig.SEED * 1_000_003 + direction;
  }

  /** The first images of the first classes, blocks of pixels averaged. */
  private static ImageSet averaged(Case one) {
    try (DataSet data = DataSources.find("fashion-mnist-mini").load(null)) {
      ImageSet full = data.train();
      int block = FULL_SIDE / one.side;
      int[] chosen =
          IntStream.range(0, full.count())
              .filter(i -> full.labels()[i] < one.classes)
              .limit(IMAGES)
              .toArray();
      byte[] pixels = new byte[IMAGES * one.side * one.side];
      for (int i = 0; i < IMAGES; i++) {
        for (int p = 0; p < one.side * one.side; p++) {
          int sum = 0;
          for (int b = 0; b < block * block; b++) {
            int row = p / one.side * block + b / block;
            int column = p % one.side * block + b % block;
            long at = ((long) chosen[i] * FULL_SIDE + row) * FULL_SIDE + column;
            sum += full.pixels().get(at) & 0xff;
          }
          pixels[i * one.side * one.side + p] = (byte) (sum / (block * block));
        }
      }
      int[] labels = Arrays.stream(chosen).map(i -> full.labels()[i]).toArray();
      List<String> names = full.classNames().subList(0, one.classes);
      return new ImageSet(new BytePointer(pixels), one.side, one.side, 1, labels, names);
    }
  }

  /** Pixels from -1 to 1. */
  private static float[] centered() {
    float[] table = new float[256];
    for (int i = 0; i < table.length; i++) {
      table[i] = (i - 127.5f) / 127.5f;
    }
    return table;
  }

  private static void draw(List<Row> rows, Path file) throws IOException {
    XYIntervalSeries measured = new XYIntervalSeries("measured, with two standard errors");
    XYSeries theory = new XYSeries("theory: (d + 1) / (d - 1)");
    for (Row row : rows) {
      double twice = 2 * row.ratioError();
      double d = row.of.parameters();
      measured.add(d, d, d, row.ratio(), row.ratio() - twice, row.ratio() + twice);
    }
    for (double d = 8; d < 700; d *= 1.05) {
      theory.add(d, (d + 1) / (d - 1));
    }
    XYIntervalSeriesCollection points = new XYIntervalSeriesCollection();
    points.addSeries(measured);
    LogAxis parameters = new LogAxis("parameters, d");
    parameters.setNumberFormatOverride(NumberFormat.getIntegerInstance(Locale.ROOT));
    NumberAxis ratio = new NumberAxis("squared error, normal deviates over signs");
    ratio.setRange(0.95, 1.3);
    XYErrorRenderer dots = new XYErrorRenderer();
    dots.setDrawXError(false);
    XYPlot plot = new XYPlot(points, parameters, ratio, dots);
    plot.setDataset(1, new XYSeriesCollection(theory));
    plot.setRenderer(1, new XYLineAndShapeRenderer(true, false));
    plot.setBackgroundPaint(Color.WHITE);
    JFreeChart chart = new JFreeChart(plot);
    chart.setBackgroundPaint(Color.WHITE);
    ChartUtils.saveChartAsPNG(file.toFile(), chart, 720, 420);
  }
}
