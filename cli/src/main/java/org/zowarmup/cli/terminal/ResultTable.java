package org.zowarmup.cli.terminal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.zowarmup.federated.Client;
import org.zowarmup.record.Comparison;
import org.zowarmup.record.MeanAndDeviation;
import org.zowarmup.record.MethodResult;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunResult;
import org.zowarmup.record.clients.ClientScores;

/** The tables at the end of a run: accuracy per seed and paired, then bytes and time. */
public final class ResultTable {
  /** Other methods beside the first in one table, so that its lines stay short. */
  private static final int OTHERS_IN_A_TABLE = 2;

  private final RunResult run;
  private final List<String> methods;
  private final List<String> lines = new ArrayList<>();

  private ResultTable(RunResult run) {
    this.run = run;
    this.methods = run.methods();
  }

  /** The lines, each of at most {@link Units#LINE_CHARS} characters but for long folder names. */
  public static List<String> lines(RunResult run) {
    ResultTable table = new ResultTable(run);
    table.lines.add("");
    if (run.results().isEmpty()) {
      table.lines.add("No round was finished, so there is no result.");
    } else {
      table.addAccuracy();
      table.addNotes();
      table.addClients();
      table.addCost();
    }
    table.lines.add("");
    table.lines.add("Run folder: " + run.folder());
    return table.lines;
  }

  private void addAccuracy() {
    int budget = run.results().get(0).roundsPlanned();
    String most = run.results().stream().anyMatch(MethodResult::endedEarly) ? "at most " : "";
    lines.add(
        methods.size() == 1
            ? "Test accuracy after " + most + Units.count(budget) + " rounds"
            : "Test accuracy under the same budget of " + most + Units.count(budget) + " rounds");
    List<String> others = methods.subList(1, methods.size());
    int from = 0;
    do {
      int to = Math.min(others.size(), from + OTHERS_IN_A_TABLE);
      lines.add("");
      lines.addAll(accuracyTable(others.subList(from, to)).lines());
      from = to;
    } while (from < others.size());
  }

  private TextTable accuracyTable(List<String> others) {
    String first = methods.get(0);
    List<String> heads = new ArrayList<>(List.of("seed", "at the pivot", Units.method(first)));
    for (String other : others) {
      heads.add(Units.method(other));
      heads.add("difference");
    }
    TextTable table = new TextTable("r".repeat(heads.size()), heads);
    for (long seed : run.seeds()) {
      List<String> row = new ArrayList<>(List.of(String.valueOf(seed), pivot(seed)));
      row.add(accuracy(first, seed));
      for (String other : others) {
        row.add(accuracy(other, seed));
        row.add(difference(Comparison.of(run, first, other), seed));
      }
      table.add(row);
    }
    if (run.seeds().size() > 1) {
      table.add(statistics("mean", others));
      table.add(statistics("sd", others));
    }
    return table;
  }

  /** A result of fewer rounds than planned is marked, and counts in no statistic. */
  private String accuracy(String method, long seed) {
    return run.find(method, seed)
        .map(result -> (result.complete() ? "" : "* ") + Units.percent(result.testAccuracy()))
        .orElse("-");
  }

  private String pivot(long seed) {
    return methods.stream()
        .flatMap(method -> run.find(method, seed).stream())
        .filter(result -> result.pivotAccuracy() != null)
        .findFirst()
        .map(result -> Units.percent(result.pivotAccuracy()))
        .orElse("-");
  }

  private static String difference(Comparison comparison, long seed) {
    return comparison.pairs().stream()
        .filter(pair -> pair.seed() == seed)
        .findFirst()
        .map(pair -> Units.signedPoints(pair.difference()))
        .orElse("-");
  }

  private List<String> statistics(String name, List<String> others) {
    boolean mean = name.equals("mean");
    List<Double> pivots =
        run.seeds().stream()
            .flatMap(
                seed ->
                    methods.stream()
                        .flatMap(method -> run.find(method, seed).stream())
                        .map(MethodResult::pivotAccuracy)
                        .filter(pivot -> pivot != null)
                        .limit(1))
            .toList();
    List<String> row = new ArrayList<>(List.of(name));
    row.add(level(MeanAndDeviation.of(pivots), mean));
    row.add(level(accuracies(methods.get(0)), mean));
    for (String other : others) {
      MeanAndDeviation difference = Comparison.of(run, methods.get(0), other).spread();
      row.add(level(accuracies(other), mean));
      row.add(mean ? Units.signedPoints(difference.mean()) : Units.points(difference.deviation()));
    }
    return row;
  }

  private MeanAndDeviation accuracies(String method) {
    return MeanAndDeviation.of(completed(method).stream().map(MethodResult::testAccuracy).toList());
  }

  private static String level(MeanAndDeviation spread, boolean mean) {
    return Units.percent(mean ? spread.mean() : spread.deviation());
  }

  private void addNotes() {
    lines.add("");
    if (methods.size() > 1) {
      lines.add(
          "  difference: "
              + Units.method(methods.get(0))
              + " minus the method left of it, in points; same partition, same pools");
    }
    if (run.seeds().size() > 1) {
      lines.add("  sd: standard deviation over the seeds");
    }
    for (MethodResult result : run.results()) {
      if (!result.complete()) {
        lines.add(
            "  * %s, seed %d, was stopped after %s of %s rounds and counts in no statistic"
                .formatted(
                    Units.method(result.method()),
                    result.seed(),
                    Units.count(result.roundsDone()),
                    Units.count(result.roundsPlanned())));
      }
    }
    for (MethodResult result : run.results()) {
      if (result.endedEarly()) {
        lines.add(
            "  %s, seed %d, ended after %s of %s rounds, as evaluate.patience let it"
                .formatted(
                    Units.method(result.method()),
                    result.seed(),
                    Units.count(result.roundsDone()),
                    Units.count(result.roundsPlanned())));
      }
    }
    if (!lines.get(lines.size() - 1).isEmpty()) {
      lines.add("");
    }
  }

  /** How single clients are served, where that was measured; means over the seeds. */
  private void addClients() {
    RunFolder folder = new RunFolder(run.folder());
    TextTable table =
        new TextTable(
            "lrrrrrr", List.of("method", "clients", "mean", "sd", "worst tenth", "high", "low"));
    boolean any = false;
    for (String method : methods) {
      List<ClientScores> seeds = new ArrayList<>();
      for (MethodResult result : completed(method)) {
        ClientScores scores =
            ClientScores.readOrWarn(folder.clients(method, result.seed())).of(result.roundsDone());
        if (!scores.scores().isEmpty()) {
          seeds.add(scores);
        }
      }
      if (!seeds.isEmpty()) {
        any = true;
        table.add(
            Units.method(method),
            Units.count(seeds.get(0).scores().size()),
            over(seeds, ClientScores::mean),
            over(seeds, ClientScores::deviation),
            over(seeds, ClientScores::worstTenth),
            over(seeds, scores -> scores.of(Client.Type.HIGH).mean()),
            over(seeds, scores -> scores.of(Client.Type.LOW).mean()));
      }
    }
    if (any) {
      lines.add("Final accuracy of clients on the images that each holds back");
      lines.add("");
      lines.addAll(table.lines());
      lines.add("");
    }
  }

  private static String over(List<ClientScores> seeds, ToDoubleFunction<ClientScores> statistic) {
    return Units.percent(seeds.stream().mapToDouble(statistic).average().orElse(Double.NaN));
  }

  private void addCost() {
    int seeds = run.seeds().size();
    lines.add(
        "Bytes of each client that took part, and time, of one seed"
            + (seeds > 1 ? ", mean over the seeds" : ""));
    lines.add("");
    TextTable table =
        new TextTable(
            "llrrrrr",
            List.of(
                "method", "took part", "each sent", "a round", "received", "a round", "wall time"));
    for (String method : methods) {
      addCost(table, method, Client.Type.HIGH, run.highClients());
      addCost(table, method, Client.Type.LOW, run.lowClients());
    }
    lines.addAll(table.lines());
  }

  private void addCost(TextTable table, String method, Client.Type clients, int count) {
    boolean high = clients == Client.Type.HIGH;
    double sent = mean(method, result -> result.totalTraffic().up(clients));
    double received = mean(method, result -> result.totalTraffic().down(clients));
    // a run that an earlier version has begun does not know who took part in its first rounds
    boolean known = !Double.isNaN(mean(method, result -> result.totalWork().flops(clients)));
    double ever = known ? mean(method, result -> result.totalWork().first(clients)) : 0;
    double often = known ? mean(method, result -> result.totalWork().clients(clients)) : 0;
    table.add(
        high ? Units.method(method) : "",
        known ? Units.part(ever, count, clients) : "? of " + Units.part(count, count, clients),
        Units.each(sent, ever),
        Units.each(sent, often),
        Units.each(received, ever),
        Units.each(received, often),
        high ? Units.duration(mean(method, MethodResult::seconds)) : "");
  }

  /** Over the complete results, or over what there is where none is complete. */
  private double mean(String method, ToDoubleFunction<MethodResult> value) {
    List<MethodResult> counted = completed(method);
    if (counted.isEmpty()) {
      counted = run.results().stream().filter(result -> result.method().equals(method)).toList();
    }
    return counted.stream().mapToDouble(value).average().orElse(0);
  }

  private List<MethodResult> completed(String method) {
    return run.results().stream()
        .filter(result -> result.method().equals(method) && result.complete())
        .toList();
  }
}
