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
  /** Of more cells each chart would be there many times. */
  private static final int MAX_CELLS = 2;

  private static final int STEP = 5;

  private ClientCharts() {}

  /** Of each seed that has some, those after the last measured round; or the first. */
  private static List<ClientScores> scores(Curve curve, boolean last) {
    List<ClientScores> all = new ArrayList<>();
    for (long seed : curve.seeds()) {
      ClientScores scores = ClientScores.read(curve.run().folder().clients(curve.method(), seed));
      List<Integer> rounds = scores.rounds();
      if (!rounds.isEmpty()) {
        all.add(scores.of(rounds.get(last ? rounds.size() - 1 : 0)));
      }
    }
    return all;
  }

  /** Means over the seeds; empty where no run has measured its clients. */
  static String table(List<Curve> curves) {
    List<List<String>> rows = new ArrayList<>();
    for (Curve curve : curves) {
      List<ClientScores> last = scores(curve, true);
      if (!last.isEmpty()) {
        rows.add(
            List.of(
                curve.fullLabel(),
                Integer.toString(last.get(0).scores().size()),
                percent(scores(curve, false), ClientScores::mean),
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
    List<List<Curve>> cells = Curve.byCell(curves);
    for (List<Curve> cell : cells.subList(0, Math.min(MAX_CELLS, cells.size()))) {
      List<Curve> measured = cell.stream().filter(c -> !scores(c, true).isEmpty()).toList();
      if (measured.isEmpty()) {
        continue;
      }
      Lines lines =
          new Lines(
              "clients, worst to best, %",
              "own held-out accuracy, %",
              measured.stream().map(c -> Lines.Line.of(c, c.label(), quantiles(c))).toList(),
              List.of());
      XYPlot plot = lines.plot(measured);
      String name = measured.get(0).cellTitle();
      figures.add(
          new Figure(
              "clients" + (cells.size() > 1 ? "-" + (measured.get(0).cell() + 1) : ""),
              "Accuracy of each client" + (name.isEmpty() ? "" : ": " + name),
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
    List<List<Curve>> cells = Curve.byCell(curves);
    for (List<Curve> cell : cells.subList(0, Math.min(MAX_CELLS, cells.size()))) {
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
      String name = cell.get(0).cellTitle();
      int height = Math.min(700, 190 + 18 * Math.min(40, classes));
      figures.add(
          new Figure(
              "partition" + (cells.size() > 1 ? "-" + (cell.get(0).cell() + 1) : ""),
              "Who has what" + (name.isEmpty() ? "" : ": " + name),
              "Part of a client's images that are of each class, the darker the more, first seed:"
                  + " %d high-resource clients left of the line, %d low-resource ones right of it."
                      .formatted(high, clients.size() - high),
              ChartStyle.styled(plot, false),
              height,
              height));
    }
    return figures;
  }

  private static SortedMap<Integer, MeanAndDeviation> quantiles(Curve curve) {
    List<List<Double>> seeds = scores(curve, true).stream().map(ClientScores::sorted).toList();
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
