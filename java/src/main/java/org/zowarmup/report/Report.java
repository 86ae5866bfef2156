package org.zowarmup.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.zowarmup.error.Printable;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.plugin.Plugins;
import org.zowarmup.record.Checksums;
import org.zowarmup.record.Json;
import org.zowarmup.record.Provenance;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.file.AtomicFile;
import org.zowarmup.record.file.OutputFile;

/** Writes a report about one or more runs: a page that needs nothing beside it, and PNG files. */
public final class Report {
  private static final String PAGE = "report.html";

  /** Of more runs, as of a sweep of thousands, those that end best are shown: who reads more? */
  private static final int MOST_RUNS = 200;

  /** Names of runs in the title of the page. */
  private static final int TITLE_NAMES = 3;

  private Report() {}

  /**
   * @param folders run folders, or sweep folders, which mean all their cells
   * @param labels a name for each run, or none for names of the program's choice
   * @param target folder to write to; made where it is missing
   * @param force whether it may hold other things than a report
   * @param paper whether to write for papers too, to the folder paper in the target: each chart as
   *     SVG (and in the formats of modules) and its numbers as CSV, the table of accuracies as
   *     LaTeX and CSV
   * @return the page
   */
  public static Path write(
      List<Path> folders, List<String> labels, Path target, boolean force, boolean paper) {
    requirePlace(target, force);
    List<Path> runs = runFolders(folders);
    List<Curve> curves = curves(runs, labels);
    ReportPage page = new ReportPage(title(curves), false);
    List<Figure> figures = fill(page, curves, runs.size());
    // the page first: by it a folder is known for a report's, also where a kill ends it here
    Path file = write(target, PAGE, page.html().getBytes(StandardCharsets.UTF_8));
    for (Figure figure : figures) {
      write(target, figure.id() + ".png", figure.png());
    }
    if (paper) {
      writePaper(figures, curves, target.resolve("paper"));
    }
    return file;
  }

  private static Path write(Path folder, String name, byte[] bytes) {
    Path file = folder.resolve(name);
    OutputFile.own(file).write(channel -> AtomicFile.writeAll(channel, ByteBuffer.wrap(bytes)));
    return file;
  }

  private static void requirePlace(Path target, boolean force) {
    if (Files.exists(target) && !Files.isDirectory(target)) {
      throw new UserErrorException(
          "report folder %s: expected a folder, found a file; give another --output"
              .formatted(target));
    }
    if (force || !Files.isDirectory(target) || Files.exists(target.resolve(PAGE))) {
      return;
    }
    try (Stream<Path> files = Files.list(target)) {
      files
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .findFirst()
          .ifPresent(
              other -> {
                throw new UserErrorException(
                    "report folder %s: expected an empty folder or an earlier report, found %s; give another --output, or add --force"
                        .formatted(target, other.getFileName()));
              });
    } catch (IOException e) {
      throw AtomicFile.failure(target, e);
    }
  }

  private static void writePaper(List<Figure> figures, List<Curve> curves, Path folder) {
    for (Figure figure : figures) {
      write(folder, figure.id() + ".svg", figure.svg().getBytes(StandardCharsets.UTF_8));
      for (ChartFormat format : Plugins.load(ChartFormat.class)) {
        write(folder, figure.id() + "." + format.ending(), figure.page(format));
      }
      String numbers = ChartNumbers.csv(figure);
      write(folder, figure.id() + ".csv", numbers.getBytes(StandardCharsets.UTF_8));
    }
    write(folder, "results.csv", PaperTables.csv(curves).getBytes(StandardCharsets.UTF_8));
    write(folder, "results.tex", PaperTables.latex(curves).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The page alone.
   *
   * @param live for a server: the page asks it for news, and its lines are drawn by its script only
   */
  static String page(List<Path> folders, List<String> labels, boolean live) {
    List<Path> runs = runFolders(folders);
    List<Curve> curves = curves(runs, labels);
    ReportPage page = new ReportPage(title(curves), live);
    fill(page, curves, runs.size());
    return page.html();
  }

  private static List<Curve> curves(List<Path> all, List<String> asked) {
    List<Path> shown = all.size() > MOST_RUNS && asked.isEmpty() ? best(all) : all;
    List<RunRecords> runs = shown.stream().map(RunRecords::read).toList();
    List<String> labels = asked.stream().map(Printable::name).toList();
    if (!labels.isEmpty() && new HashSet<>(labels).size() != runs.size()) {
      throw new UserErrorException(
          "--label: expected a different one for each of %d runs, found %d: %s"
              .formatted(runs.size(), labels.size(), String.join(", ", labels)));
    }
    List<Curve> curves = Curve.of(Cell.of(runs, labels));
    if (curves.isEmpty()) {
      throw new UserErrorException(
          "run %s: expected at least one finished round, found none".formatted(all.get(0)));
    }
    return curves;
  }

  /** The runs themselves, a sweep's cells for it, each once. */
  public static List<Path> runFolders(List<Path> folders) {
    Map<Path, Path> runs = new LinkedHashMap<>();
    for (Path folder : folders) {
      Path cells = folder.resolve("cells");
      if (!Files.isDirectory(cells)) {
        runs.putIfAbsent(real(folder), folder);
        continue;
      }
      JsonNode listed = Json.tree(folder.resolve("sweep.json")).path("cells");
      for (JsonNode cell : listed) {
        Path run = folder.resolve(cell.path("folder").asText());
        if (Files.exists(run.resolve("metrics.jsonl"))) {
          runs.putIfAbsent(real(run), run);
        }
      }
    }
    return List.copyOf(runs.values());
  }

  /** Those with the best final accuracies, in the order in which they are. */
  private static List<Path> best(List<Path> runs) {
    Map<Path, Double> accuracies = new HashMap<>();
    runs.forEach(run -> accuracies.put(run, accuracy(new RunFolder(run))));
    Set<Path> best =
        runs.stream()
            .sorted(Comparator.comparing(accuracies::get, Comparator.reverseOrder()))
            .limit(MOST_RUNS)
            .collect(Collectors.toSet());
    return runs.stream().filter(best::contains).toList();
  }

  /** The best of a run's methods, on validation images where there are some; -1 without any. */
  private static double accuracy(RunFolder run) {
    Path summary = run.summary();
    double best = -1;
    run.requireFiles();
    if (Files.exists(summary)) {
      Checksums.read(run).require(summary, "");
      for (JsonNode result : Json.tree(summary).path("results")) {
        JsonNode validation = result.path("validationAccuracy");
        JsonNode used = validation.isNumber() ? validation : result.path("testAccuracy");
        best = Math.max(best, used.asDouble(-1));
      }
    }
    return best;
  }

  /** One name for a folder, so that a run that is named twice is shown once. */
  private static Path real(Path folder) {
    try {
      return folder.toRealPath();
    } catch (IOException missing) {
      return folder;
    }
  }

  private static String title(List<Curve> curves) {
    List<RunRecords> runs = curves.stream().map(Curve::run).distinct().toList();
    Set<String> names = new LinkedHashSet<>();
    runs.forEach(run -> names.add(run.description().map(RunDescription::name).orElse("run")));
    String first = String.join(", ", names.stream().limit(TITLE_NAMES).toList());
    String all = names.size() > TITLE_NAMES ? first + ", ..." : first;
    return runs.size() == 1 ? all : all + ": " + runs.size() + " runs";
  }

  /**
   * @param runs that were asked for, of which some may not be shown
   */
  private static List<Figure> fill(ReportPage page, List<Curve> curves, int runs) {
    List<Figure> all = new ArrayList<>();
    Map<String, String> facts = new LinkedHashMap<>();
    // where runs were named, all are shown
    long shown = runs > MOST_RUNS ? curves.stream().map(Curve::run).distinct().count() : runs;
    if (shown < runs) {
      String words = "%d of %d, those with the best final accuracies; of a sweep sweep.csv has all";
      facts.put("Runs shown", words.formatted(shown, runs));
    }
    facts.putAll(ReportTables.facts(curves));
    page.facts(facts);
    page.section("What differs", ReportTables.configs(curves), Stream.empty());
    all.addAll(
        page.section(
            "Accuracy and loss",
            ReportTables.accuracy(curves),
            Stream.of(
                    CostCharts.compared(curves),
                    RoundCharts.overKeys(curves),
                    RoundCharts.overRounds(curves),
                    BudgetCharts.all(curves))
                .flatMap(List::stream)));
    all.addAll(
        page.section(
            "What a client pays",
            ReportTables.cost(curves),
            Stream.of(CostCharts.bytes(curves), CostCharts.memory(curves))));
    all.addAll(
        page.section(
            "Clients",
            ClientCharts.table(curves),
            Stream.of(ClientCharts.sorted(curves), ClientCharts.partitions(curves))
                .flatMap(List::stream)));
    List<Figure> classes = new ArrayList<>();
    classes.add(ClassCharts.perClass(curves));
    classes.addAll(ClassCharts.confusions(curves));
    all.addAll(page.section("Classes", "", classes.stream()));
    all.addAll(
        page.section(
            "The zeroth-order estimator",
            EstimatorCharts.table(curves),
            Stream.of(
                RoundCharts.scalars(curves),
                EstimatorCharts.slopes(curves),
                EstimatorCharts.noiseFloor(curves))));
    all.addAll(page.section("Time", ReportTables.time(curves), Stream.of(CostCharts.time(curves))));
    page.footer(
        "Made by ZOWarmUp "
            + Provenance.current().line()
            + String.format(
                Locale.ROOT,
                " from %s. The PNG files beside this page show the same charts.",
                String.join(
                    ", ",
                    curves.stream()
                        .map(e -> e.run().folder().path().toString())
                        .distinct()
                        .toList())));
    return all.stream().filter(Objects::nonNull).toList();
  }
}
