package org.zowarmup.report;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.zowarmup.record.MeanAndDeviation;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunDescription;

/** Accuracy over what it has cost so far: bytes, what a weak client computes, time. */
final class BudgetCharts {
  private static final int MAX_CELLS = 2;

  private BudgetCharts() {}

  static List<Figure> all(List<Curve> curves) {
    List<Figure> figures = new ArrayList<>();
    List<List<Curve>> cells = Curve.firstCells(curves, MAX_CELLS);
    for (List<Curve> cell : cells) {
      boolean alone = cells.size() == 1;
      add(
          figures,
          cell,
          alone,
          "over-bytes",
          "Accuracy over bytes sent",
          "MB that all clients have sent",
          "What clients send is what their links are slowest at; what they receive is in the"
              + " table.",
          (curve, row) -> (row.traffic().upHigh() + row.traffic().upLow()) / 1e6);
      add(
          figures,
          cell,
          alone,
          "over-flops",
          "Accuracy over the work of a low-resource client",
          "GFLOP of a low-resource client",
          "Mean of all low-resource clients. A method that asks nothing of them has no line.",
          BudgetCharts::gigaFlops);
      add(
          figures,
          cell,
          alone,
          "over-time",
          "Accuracy over time",
          "seconds of the simulation",
          "Wall time of this simulation, evaluations included, not that of real clients.",
          (curve, row) -> row.seconds());
    }
    return figures;
  }

  private static double gigaFlops(Curve curve, RoundMetrics row) {
    int low = curve.run().description().map(RunDescription::federation).map(f -> f.low()).orElse(0);
    double flops = row.work().trainFlopsLow() + row.work().probeFlopsLow();
    return low == 0 ? 0 : flops / low / 1e9;
  }

  /** What a round costs. */
  private interface Cost {
    double of(Curve curve, RoundMetrics row);
  }

  private static void add(
      List<Figure> figures,
      List<Curve> cell,
      boolean alone,
      String id,
      String title,
      String axis,
      String caption,
      Cost cost) {
    List<Curve> drawn = new ArrayList<>();
    List<Lines.Line> lines = new ArrayList<>();
    for (Curve curve : cell) {
      SortedMap<Double, MeanAndDeviation> points = points(curve, row -> cost.of(curve, row));
      if (points.size() > 1) {
        drawn.add(curve);
        lines.add(Lines.Line.of(curve, curve.label(), points));
      }
    }
    if (lines.isEmpty()) {
      return;
    }
    Lines all = Lines.overCost(axis, "test accuracy in %", lines);
    figures.add(
        new Figure(
            cell.get(0).chartId(id, alone),
            cell.get(0).chartTitle(title),
            caption,
            ChartStyle.styled(all.plot(drawn), true),
            360,
            330 + 18 * lines.size(),
            all));
  }

  /** Accuracies of each evaluated round at what all rounds up to it have cost, both as means. */
  private static SortedMap<Double, MeanAndDeviation> points(
      Curve curve, ToDoubleFunction<RoundMetrics> cost) {
    SortedMap<Integer, List<Double>> spent = new TreeMap<>();
    for (long seed : curve.seeds()) {
      double sum = 0;
      for (RoundMetrics row :
          curve.run().rounds().get(new RunRecords.Key(curve.method(), seed)).values()) {
        sum += cost.applyAsDouble(row);
        spent.computeIfAbsent(row.round(), round -> new ArrayList<>()).add(sum);
      }
    }
    SortedMap<Double, MeanAndDeviation> points = new TreeMap<>();
    curve
        .overRounds(RoundMetrics::testAccuracy)
        .forEach(
            (round, accuracy) -> {
              double at = MeanAndDeviation.of(spent.get(round)).mean();
              if (Double.isFinite(at) && at > 0) {
                points.put(
                    at,
                    new MeanAndDeviation(
                        accuracy.count(), 100 * accuracy.mean(), 100 * accuracy.deviation()));
              }
            });
    return points;
  }
}
