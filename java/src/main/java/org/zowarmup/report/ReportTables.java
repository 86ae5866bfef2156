package org.zowarmup.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.methods.Methods;
import org.zowarmup.record.MeanAndDeviation;
import org.zowarmup.record.MethodResult;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunDescription.Memory;
import org.zowarmup.record.Summary;

/** The numbers beside the charts. */
final class ReportTables {
  private ReportTables() {}

  /** Runs whose own values of a fact are written out; of more only how many there are. */
  private static final int MAX_RUNS = 6;

  /** Longer names of runs are not said in each of their facts. */
  private static final int MOST_LETTERS = 30;

  /** What is known of the runs, as name and text: once where all agree, else run by run. */
  static Map<String, String> facts(List<Curve> curves) {
    Map<RunRecords, String> names = new LinkedHashMap<>();
    curves.forEach(
        curve ->
            names.putIfAbsent(
                curve.run(),
                curve
                    .fullLabel()
                    .replaceFirst("^\\Q" + Methods.label(curve.method()) + "\\E,? ?", "")));
    boolean numbered =
        names.size() > 2
            && names.values().stream().anyMatch(name -> name.length() > MOST_LETTERS)
            && !configs(curves).isEmpty();
    if (numbered) {
      List<RunRecords> runs = List.copyOf(names.keySet());
      names.replaceAll((run, name) -> Integer.toString(1 + runs.indexOf(run)));
    }
    Map<String, Map<String, String>> all = new LinkedHashMap<>();
    names.forEach(
        (run, name) ->
            facts(run, names.size() == 1)
                .forEach(
                    (fact, text) ->
                        all.computeIfAbsent(fact, f -> new LinkedHashMap<>()).put(name, text)));
    Map<String, String> facts = new LinkedHashMap<>();
    all.forEach(
        (fact, own) -> {
          Map<String, List<String>> runs = new LinkedHashMap<>();
          own.forEach((name, text) -> runs.computeIfAbsent(text, t -> new ArrayList<>()).add(name));
          boolean same = runs.size() == 1 && own.size() == names.size();
          List<String> lines = new ArrayList<>();
          runs.forEach(
              (text, who) -> {
                String of = numbered ? numbers(who) : String.join("; ", who);
                lines.add(same ? text : of + ": " + text);
              });
          int shown = Math.min(MAX_RUNS, lines.size());
          facts.put(
              fact,
              String.join("\n", lines.subList(0, shown))
                  + (shown < lines.size() ? "\nand %d more".formatted(lines.size() - shown) : ""));
        });
    return facts;
  }

  /** Of runs, as the table of what differs numbers them. */
  private static String numbers(List<String> runs) {
    int first = Integer.parseInt(runs.get(0));
    int last = Integer.parseInt(runs.get(runs.size() - 1));
    boolean range = runs.size() > 2 && runs.size() == last - first + 1;
    return runs.size() == 1
        ? "run " + first
        : "runs " + (range ? first + " to " + last : String.join(", ", runs));
  }

  private static Map<String, String> facts(RunRecords run, boolean alone) {
    Map<String, String> facts = new LinkedHashMap<>();
    run.description().ifPresent(description -> describe(description, facts));
    run.summary()
        .map(Summary::peakMemoryBytes)
        .filter(peak -> alone)
        .ifPresent(
            peak ->
                facts.put(
                    "Memory",
                    "%s resident at most: the whole simulation, all clients in one process"
                        .formatted(bytes(peak))));
    JsonNode p = run.provenance();
    if (!p.isMissingNode()) {
      String commit = p.path("commit").asText("");
      facts.put(
          "Made by",
          "version %s, commit %s%s"
              .formatted(
                  p.path("version").asText(),
                  commit.substring(0, Math.min(7, commit.length())),
                  alone ? ", started " + p.path("start").asText().replaceAll("\\..*", "") : ""));
      List<String> words = new ArrayList<>();
      p.path("commandLine").forEach(word -> words.add(word.asText()));
      if (!words.isEmpty()) {
        facts.put("Command", String.join(" ", words));
      }
    }
    Summary summary = run.summary().orElse(null);
    if (summary == null) {
      facts.put("State", "not ended: this is what there is so far");
    } else if (!summary.warnings().isEmpty()) {
      facts.put("Warnings", String.join(". ", summary.warnings()));
    }
    String early =
        summary == null
            ? ""
            : summary.results().stream()
                .filter(MethodResult::endedEarly)
                .map(
                    one ->
                        "%s seed %d after round %,d of %,d"
                            .formatted(
                                Methods.label(one.method()),
                                one.seed(),
                                one.roundsDone(),
                                one.roundsPlanned()))
                .collect(Collectors.joining(", "));
    if (!early.isEmpty()) {
      facts.put("Ended early", early + ": no better on the validation images (evaluate.patience)");
    }
    if (summary != null && !summary.finished()) {
      facts.put("State", summary.failure() == null ? "stopped before its end" : summary.failure());
    }
    return facts;
  }

  private static void describe(RunDescription run, Map<String, String> facts) {
    facts.put(
        "Data",
        "%s: %,d training and %,d test images of %s, %d classes"
            .formatted(
                run.data().source(),
                run.data().trainImages(),
                run.data().testImages(),
                run.network().inputShape(),
                run.data().classes()));
    facts.put(
        "Clients",
        "%,d: %,d high-resource, %,d low-resource"
            .formatted(run.federation().count(), run.federation().high(), run.federation().low()));
    facts.put(
        "Model", "%s, %,d parameters".formatted(run.network().name(), run.network().parameters()));
    facts.put(
        "Rounds",
        "%,d warm-up, %,d zeroth-order (lr %.4g)"
            .formatted(
                run.schedule().warmupRounds(), run.schedule().zoRounds(), run.schedule().zoLr()));
    int threads = run.machine().threads();
    facts.put(
        "Device",
        "%s: %s, %s"
            .formatted(
                run.machine().name(),
                run.machine().description(),
                threads == 1 ? "1 thread" : threads + " threads"));
  }

  /** One table a cell: only what has the same partitions, weights and rounds has a difference. */
  static String accuracy(List<Curve> curves) {
    StringBuilder tables = new StringBuilder();
    List<List<Curve>> cells = Curve.byCell(curves);
    if (cells.size() > 1) {
      tables.append(
          ReportPage.paragraph(
              "These runs differ in data, partition, clients, model or number of rounds:"
                  + " differences are only given between methods and runs that agree in all of"
                  + " them."));
    }
    for (List<Curve> cell : cells) {
      Curve first = cell.get(0);
      boolean differs = cell.size() > 1;
      List<List<String>> rows = new ArrayList<>();
      for (Curve curve : cell) {
        MeanAndDeviation last = curve.spread(MethodResult::testAccuracy);
        MeanAndDeviation pivot =
            curve.spread(one -> one.pivotAccuracy() == null ? Double.NaN : one.pivotAccuracy());
        List<String> row =
            new ArrayList<>(
                List.of(
                    curve.label(), percent(pivot), percent(last), Integer.toString(last.count())));
        if (differs) {
          row.add(curve.equals(first) ? "" : difference(first, curve));
        }
        rows.add(row);
      }
      List<String> heads =
          new ArrayList<>(List.of("mean (sd) over seeds", "at the pivot, %", "final, %", "seeds"));
      if (differs) {
        heads.add("first minus this");
      }
      if (cells.size() > 1) {
        tables.append(ReportPage.subheading(first.cellTitle()));
      }
      tables.append(ReportPage.table(heads, rows));
    }
    return tables.toString();
  }

  /** The keys in which the runs' configs differ; empty for a single run. */
  static String configs(List<Curve> curves) {
    List<RunRecords> runs = curves.stream().map(Curve::run).distinct().toList();
    List<Map<String, String>> values = Cell.values(runs);
    if (runs.size() < 2 || values.get(0).isEmpty()) {
      return "";
    }
    List<String> folders = new ArrayList<>();
    for (int r = 0; r < runs.size(); r++) {
      folders.add((runs.size() > 2 ? 1 + r + ": " : "") + runs.get(r).folder().path());
    }
    Set<String> keys = values.get(0).keySet();
    List<List<String>> rows = new ArrayList<>();
    if (runs.size() > 2 && keys.size() > runs.size()) {
      // a column a run, which a page is wide enough for
      List<String> heads = new ArrayList<>(List.of("run"));
      IntStream.rangeClosed(1, runs.size()).forEach(r -> heads.add(Integer.toString(r)));
      for (String key : keys) {
        List<String> row = new ArrayList<>(List.of(key));
        values.forEach(own -> row.add(own.get(key)));
        rows.add(row);
      }
      return ReportPage.table(heads, rows) + ReportPage.paragraph(String.join("; ", folders));
    }
    List<String> heads = new ArrayList<>(List.of("run"));
    heads.addAll(keys);
    for (int r = 0; r < runs.size(); r++) {
      List<String> row = new ArrayList<>(List.of(folders.get(r)));
      row.addAll(values.get(r).values());
      rows.add(row);
    }
    return ReportPage.table(heads, rows);
  }

  /** Paired by seed. */
  private static String difference(Curve first, Curve other) {
    List<Double> differences = new ArrayList<>();
    for (MethodResult one : first.results()) {
      for (MethodResult two : other.results()) {
        if (one.seed() == two.seed()) {
          differences.add(one.testAccuracy() - two.testAccuracy());
        }
      }
    }
    MeanAndDeviation spread = MeanAndDeviation.of(differences);
    return spread.count() == 0
        ? "-"
        : String.format(Locale.ROOT, "%+.2f", 100 * spread.mean()) + deviation(spread);
  }

  private static String percent(MeanAndDeviation spread) {
    return spread.count() == 0
        ? "-"
        : String.format(Locale.ROOT, "%.2f", 100 * spread.mean()) + deviation(spread);
  }

  private static String deviation(MeanAndDeviation spread) {
    return spread.count() < 2
        ? ""
        : String.format(Locale.ROOT, " (%.2f)", 100 * spread.deviation());
  }

  static String cost(List<Curve> curves) {
    List<List<String>> rows = new ArrayList<>();
    for (Curve curve : curves) {
      for (MethodResult one : curve.results().stream().limit(1).toList()) {
        Summary run = curve.run().summary().orElseThrow();
        boolean zo = curve.rounds("zo") > 0;
        boolean warmup = curve.rounds("warmup") > 0;
        String train = memory(curve, Memory::trainBytes);
        String probe = memory(curve, Memory::probeBytes);
        rows.add(
            row(
                curve.fullLabel() + ", " + run.highClients() + " high",
                one.totalTraffic().upHigh(),
                one.totalTraffic().downHigh(),
                curve.clients(one, Client.Type.HIGH),
                warmup ? train : probe));
        if (run.lowClients() > 0) {
          rows.add(
              row(
                  curve.fullLabel() + ", " + run.lowClients() + " low",
                  one.totalTraffic().upLow(),
                  one.totalTraffic().downLow(),
                  curve.clients(one, Client.Type.LOW),
                  zo ? probe : training(curve, one)));
        }
      }
    }
    return rows.isEmpty()
        ? ""
        : ReportPage.table(
            List.of("a client that took part, of", "sends", "receives", "memory, planned"), rows);
  }

  /** Memory that a low-resource client needs under a method that knows no probes. */
  private static String training(Curve curve, MethodResult result) {
    if (result.totalTraffic().upLow() + result.totalTraffic().downLow() == 0) {
      return "takes no part";
    }
    boolean isSub =
        Methods.names().contains(curve.method()) && Methods.find(curve.method()).trainsSubNetwork();
    return memory(curve, isSub ? Memory::subTrainBytes : Memory::trainBytes);
  }

  private static String memory(Curve curve, ToLongFunction<Memory> which) {
    return bytes(curve.run().description().map(run -> which.applyAsLong(run.memory())).orElse(0L));
  }

  private static List<String> row(String label, long up, long down, double clients, String memory) {
    double n = Math.max(1, clients);
    return List.of(label, bytes(up / n), bytes(down / n), memory);
  }

  static String time(List<Curve> curves) {
    List<List<String>> rows = new ArrayList<>();
    for (Curve curve : curves) {
      for (String phase : List.of("warmup", "zo")) {
        long rounds = curve.rounds(phase);
        double seconds = curve.seconds(phase);
        if (rounds > 0) {
          rows.add(
              List.of(
                  curve.fullLabel() + ", " + (phase.equals("zo") ? "zeroth-order" : "warm-up"),
                  "%,d".formatted(rounds),
                  String.format(Locale.ROOT, "%.1f", seconds),
                  String.format(Locale.ROOT, "%.1f", 1000 * seconds / rounds)));
        }
      }
    }
    return ReportPage.table(List.of("", "rounds", "seconds", "ms a round"), rows);
  }

  /** Three digits and a decimal unit. */
  static String bytes(double bytes) {
    String[] units = {"B", "kB", "MB", "GB", "TB", "PB"};
    double value = bytes;
    int unit = 0;
    while (value >= 999.5 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    return String.format(Locale.ROOT, "%." + decimals + "f %s", value, units[unit]);
  }
}
