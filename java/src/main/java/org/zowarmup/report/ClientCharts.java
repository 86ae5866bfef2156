package org.zowarmup.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.XYPlot;
import org.zowarmup.federated.Client;
import org.zowarmup.record.MeanAndDeviation;
import org.zowarmup.record.clients.ClientClasses;
import org.zowarmup.record.clients.ClientScores;

/** How well single clients are served: on the images that each holds back. */
final class ClientCharts {
  private static final int MAX_CELLS = 2;

  private static final int STEP = 5;

  private ClientCharts() {}

  /** All scores of each seed that has some. */
  private static List<ClientScores> scores(Curve curve) {
    return curve.seeds().stream()
        .map(seed -> ClientScores.read(curve.run().folder().clients(curve.method(), seed)))
        .filter(scores -> !scores.scores().isEmpty())
        .toList();
  }

  /** Those after the last measured round of each seed. */
  private static List<ClientScores> last(List<ClientScores> seeds) {
    return seeds.stream().map(all -> all.of(all.rounds().get(all.rounds().size() - 1))).toList();
  }

  private static List<ClientScores> first(List<ClientScores> seeds) {
    return seeds.stream().map(all -> all.of(all.rounds().get(0))).toList();
  }

  /** Means over the seeds; empty where no run has measured its clients. */
  static String table(List<Curve> curves) {
    List<List<String>> rows = new ArrayList<>();
    for (Curve curve : curves) {
      List<ClientScores> all = scores(curve);
      List<ClientScores> last = last(all);
      if (!last.isEmpty()) {
        rows.add(
            List.of(
                curve.fullLabel(),
                Integer.toString(last.get(0).scores().size()),
                percent(first(all), ClientScores::mean),
                percent(last, ClientScores::mean),
                percent(last, ClientScores::deviation),
                percent(last, ClientScores::worstTenth),
                percent(last, scores -> scores.of(Client.Type.HIGH).mean()),
                percent(last, scores -> scores.of(Client.Type.LOW).mean()),
                number("%.3f", last, ClientScores::fairness)));
      }
    }
    return rows.isEmpty()
        ? ""
        : ReportPage.paragraph(
                "Accuracy of the one global model on the images that each client holds back, every"
                    + " client counted alike, in percent; means over the seeds. Fairness is Jain's"
                    + " index: 1 where all clients are served alike.")
            + ReportPage.table(
                List.of(
                    "mean over clients",
                    "clients",
                    "first measured",
                    "final",
                    "deviation",
                    "worst tenth",
                    "high",
                    "low",
                    "fairness"),
                rows);
  }

  private static String percent(
      List<ClientScores> seeds, ToDoubleFunction<ClientScores> statistic) {
    return number("%.2f", seeds, scores -> 100 * statistic.applyAsDouble(scores));
  }

  private static String number(
      String format, List<ClientScores> seeds, ToDoubleFunction<ClientScores> statistic) {
    double mean = seeds.stream().mapToDouble(statistic).average().orElse(Double.NaN);
    return Double.isNaN(mean) ? "-" : String.format(Locale.ROOT, format, mean);
  }

  /** Clients from the worst to the best, one chart a cell. */
  static List<Figure> sorted(List<Curve> curves) {
    List<Figure> figures = new ArrayList<>();
    List<List<Curve>> cells = Curve.firstCells(curves, MAX_CELLS);
    for (List<Curve> cell : cells) {
      List<Curve> measured = new ArrayList<>();
      List<Lines.Line> drawn = new ArrayList<>();
      for (Curve curve : cell) {
        List<ClientScores> last = last(scores(curve));
        if (!last.isEmpty()) {
          measured.add(curve);
          drawn.add(Lines.Line.of(curve, curve.label(), quantiles(last)));
        }
      }
      if (measured.isEmpty()) {
        continue;
      }
      Lines lines =
          new Lines("clients, worst to best, %", "own held-out accuracy, %", drawn, List.of());
      XYPlot plot = lines.plot(measured);
      figures.add(
          new Figure(
              measured.get(0).chartId("clients", cells.size() == 1),
              measured.get(0).chartTitle("Accuracy of each client"),
              "The final weights on the images that each client holds back. A line that is flat"
                  + " serves all clients alike; its left end are the clients that are served"
                  + " worst.",
              ChartStyle.styled(plot, true),
              340,
              330 + 18 * measured.size(),
              lines));
    }
    return figures;
  }

  /**
   * Who has what: of each cell, the clients of its first run and seed, high-resource ones first.
   */
  static List<Figure> partitions(List<Curve> curves) {
    List<Figure> figures = new ArrayList<>();
    List<List<Curve>> cells = Curve.firstCells(curves, MAX_CELLS);
    for (List<Curve> cell : cells) {
      List<ClientClasses> clients =
          new ArrayList<>(ClientClasses.read(cell.get(0).run().folder().partition()));
      if (clients.isEmpty()) {
        continue;
      }
      clients.sort((a, b) -> Boolean.compare(b.high(), a.high())); // stable
      int classes = clients.get(0).perClass().length;
      double[][] parts = new double[classes][clients.size()];
      List<String> known = ClassCharts.names(cell.get(0));
      List<String> classNames =
          known.size() == classes
              ? known
              : IntStream.range(0, classes).mapToObj(Integer::toString).toList();
      for (int k = 0; k < clients.size(); k++) {
        int all = Arrays.stream(clients.get(k).perClass()).sum();
        for (int c = 0; c < classes; c++) {
          parts[c][k] = all == 0 ? 0 : (double) clients.get(k).perClass()[c] / all;
        }
      }
      NumberAxis axis = new NumberAxis("clients, high-resource ones first");
      axis.setTickLabelsVisible(false);
      XYPlot plot = ClassCharts.shades(parts, axis, ClassCharts.axis("class", classNames));
      axis.setRange(-0.5, clients.size() - 0.5);
      int high = (int) clients.stream().filter(ClientClasses::high).count();
      plot.addDomainMarker(ChartStyle.marker(high - 0.5, "", false));
      int height = Math.min(700, 190 + 18 * Math.min(40, classes));
      figures.add(
          new Figure(
              cell.get(0).chartId("partition", cells.size() == 1),
              cell.get(0).chartTitle("Who has what"),
              "Part of a client's images that are of each class, the darker the more, first seed:"
                  + " %d high-resource clients left of the line, %d low-resource ones right of it."
                      .formatted(high, clients.size() - high),
              ChartStyle.styled(plot, false),
              height,
              height));
    }
    return figures;
  }

  private static SortedMap<Integer, MeanAndDeviation> quantiles(List<ClientScores> scores) {
    List<List<Double>> seeds = scores.stream().map(ClientScores::sorted).toList();
    SortedMap<Integer, MeanAndDeviation> points = new TreeMap<>();
    for (int part = 0; part <= 100; part += STEP) {
      List<Double> values = new ArrayList<>();
      for (List<Double> sorted : seeds) {
        values.add(100 * sorted.get((int) Math.round(part / 100.0 * (sorted.size() - 1))));
      }
      points.put(part, MeanAndDeviation.of(values));
    }
    return points;
  }
}
