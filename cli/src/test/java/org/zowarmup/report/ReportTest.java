package org.zowarmup.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.run.RealRun;
import org.zowarmup.run.TinyImages;

/** Reports about real runs on tiny images, from the command line. */
class ReportTest {
  @TempDir static Path folder;
  private static RealRun run;
  private static Path config;

  @BeforeAll
  static void trainOnce() throws IOException {
    TinyImages.gray(folder.resolve("images"), 20, 5);
    config =
        Files.writeString(
            folder.resolve("tiny.yaml"),
            """
            name: tiny
            threads: 1
            repeats: 2
            data: {source: image-folder, path: "%s", partition: {kind: iid}}
            clients: {count: 4, high: 0.5}
            model: {kind: cnn, channels: [2], normGroups: 1}
            warmup: {rounds: 3, cohort: 2, localEpochs: 2, batch: 8}
            zo: {rounds: 4, cohort: 4, seeds: 3, batch: 4}
            evaluate: {everyRounds: 1}
            """
                .formatted(folder.resolve("images")));
    run = RealRun.train(() -> false, config, folder.resolve("run"));
    assertEquals(0, run.code(), run.err());
  }

  private static String report(String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of("report"));
    all.addAll(List.of(words));
    RealRun report = RealRun.main(() -> false, run.folder(), all.toArray(String[]::new));
    assertEquals("", report.err());
    assertEquals(0, report.code());
    String first = report.out().lines().findFirst().get();
    return Files.readString(Path.of(first.replaceFirst("Report: ", "")));
  }

  private static JsonNode json(String file) throws IOException {
    return new ObjectMapper().readTree(run.folder().resolve(file).toFile());
  }

  @Test
  void thePageNeedsNothingBesideIt() throws IOException {
    String page = report(run.folder().toString(), "--output", folder.resolve("one").toString());
    for (String heading :
        List.of(
            "Accuracy and loss",
            "What a client pays",
            "Clients",
            "Classes",
            "The zeroth-order estimator",
            "Time")) {
      assertTrue(page.contains("<h2>" + heading + "</h2>"), heading);
    }
    assertTrue(page.contains("pivot, round 3"));
    assertFalse(Pattern.compile("(src|href)=\"(?!#)").matcher(page).find());
    assertFalse(Pattern.compile("<(script|link|img|iframe)[^>]* (src|href)=").matcher(page).find());
    assertTrue(page.contains("default-src 'none'"));
    Matcher ids = Pattern.compile(" id=\"([^\"]+)\"").matcher(page);
    HashSet<String> seen = new HashSet<>();
    while (ids.find()) {
      assertTrue(seen.add(ids.group(1)), "twice: " + ids.group(1));
    }
    Matcher used = Pattern.compile("url\\(#([^)]+)\\)").matcher(page);
    while (used.find()) {
      assertTrue(seen.contains(used.group(1)), "nowhere: " + used.group(1));
    }
    try (Stream<Path> files = Files.list(folder.resolve("one"))) {
      List<Path> pictures = files.filter(file -> file.toString().endsWith(".png")).toList();
      assertTrue(pictures.size() >= 12, pictures.toString());
      for (Path picture : pictures) {
        BufferedImage image = ImageIO.read(picture.toFile());
        assertNotNull(image, picture.toString());
        assertEquals(2 * Figure.WIDE, image.getWidth());
        assertEquals(0xFFFFFFFF, image.getRGB(0, 0), "opaque white");
      }
    }
  }

  /** As of a large sweep: 205 runs, the first five of which have no result yet. */
  @Test
  void ofHundredsOfRunsThoseThatEndBestAreShown() throws IOException {
    Path one = folder.resolve("of one method");
    List<String> words = new ArrayList<>();
    RealRun small = RealRun.train(() -> false, config, one, "methods=[zo-only]", "repeats=1");
    assertEquals(0, small.code(), small.err());
    for (int i = 0; i < 205; i++) {
      Path copy = Files.createDirectories(folder.resolve("many").resolve("run-" + i));
      for (String file : List.of("config.yaml", "identity.json", "metrics.jsonl", "summary.json")) {
        if (i >= 5 || !file.equals("summary.json")) {
          Files.copy(one.resolve(file), copy.resolve(file));
        }
      }
      words.add(copy.toString());
    }
    words.addAll(List.of("--output", folder.resolve("of many").toString()));
    String page = report(words.toArray(String[]::new));
    assertTrue(page.contains("<dt>Runs shown</dt><dd>200 of 205, "), "200 of 205");
    assertFalse(page.contains(folder.resolve("many/run-4").toString() + ","), "run-4");
    assertTrue(page.contains(folder.resolve("many/run-5").toString() + ","), "run-5");
  }

  /** Of a long run: the ends and whatever stands out, in order; of a short one, all. */
  @Test
  void aLongLineKeepsItsEndsAndItsPeaks() {
    Random random = new Random(5);
    for (int rounds : new int[] {1, 2, 1999, 2000, 2001, 2003, 100_000}) {
      double[] means = random.doubles(rounds).toArray();
      means[random.nextInt(rounds)] = 7;
      means[rounds / 3] = -7;
      int[] shown = Lines.Line.shown(means);
      assertTrue(shown.length <= 2000 && (rounds > 2000 || shown.length == rounds), "" + rounds);
      assertEquals(0, shown[0]);
      assertEquals(rounds - 1, shown[shown.length - 1]);
      assertTrue(IntStream.range(1, shown.length).allMatch(i -> shown[i] > shown[i - 1]));
      double[] kept = Arrays.stream(shown).mapToDouble(i -> means[i]).sorted().toArray();
      double[] all = Arrays.stream(means).sorted().toArray();
      assertEquals(all[0], kept[0]);
      assertEquals(all[rounds - 1], kept[kept.length - 1]);
    }
  }

  /** Known answer: scipy.stats.ttest_rel of the five seeds in README. */
  @Test
  void differencesAreTestedInPairs() {
    double[] test =
        PaperTables.pairedTest(
            new double[] {79.25, 81.45, 80.55, 79.55, 79.95},
            new double[] {59.95, 70.70, 59.85, 66.10, 62.05});
    assertEquals(8.79112494040108, test[0], 1e-10);
    assertEquals(0.0009234409045284614, test[1], 1e-12);
    assertTrue(Double.isNaN(PaperTables.pairedTest(new double[] {1}, new double[] {2})[1]));
    assertEquals("50\\% of a\\_b \\& \\{c\\}", PaperTables.escape("50% of a_b & {c}"));
    assertEquals("{[}x] {*} -{}- \\textasciitilde{}a?", PaperTables.escape("[x] * -- ~a\n"));
    assertEquals(
        "\\textless{}b\\textgreater{}\\textbackslash{}end\\{t\\}",
        PaperTables.escape("<b>\\end{t}"));
  }

  /** Every picture of the page again in vectors, and its numbers. */
  @Test
  void papersGetVectorsAndNumbers() throws IOException {
    Path out = folder.resolve("latex");
    report(run.folder().toString(), "--output", out.toString(), "--latex");
    List<String> tables = Files.readAllLines(out.resolve("paper/results.csv"));
    JsonNode paired = json("summary.json").get("paired").get(0);
    String[] cells = tables.get(2).split(",", -1);
    assertEquals("High-Res-Only", cells[1]);
    assertEquals(100 * paired.get("mean").asDouble(), Double.parseDouble(cells[8]), 1e-6);
    String latex = Files.readString(out.resolve("paper/results.tex"));
    assertTrue(latex.contains("\nHigh-Res-Only & 2 & $"), latex);
    try (Stream<Path> files = Files.list(out)) {
      for (Path picture : files.filter(file -> file.toString().endsWith(".png")).toList()) {
        String name = picture.getFileName().toString().replace(".png", "");
        String svg = Files.readString(out.resolve("paper/" + name + ".svg"));
        assertTrue(svg.contains("<path") && !svg.contains("<text"), name);
        assertTrue(Files.readAllLines(out.resolve("paper/" + name + ".csv")).size() > 1, name);
      }
    }
    List<String> accuracy = Files.readAllLines(out.resolve("paper/accuracy.csv"));
    assertEquals("line,round,test accuracy in %,standard deviation,seeds", accuracy.get(0));
    assertEquals(1 + 2 * 7, accuracy.size());
  }

  @Test
  void confusionMatricesCountWhatTheAccuracyCounts() throws IOException {
    for (JsonNode result : json("summary.json").get("results")) {
      String method = result.get("method").asText();
      JsonNode matrix =
          json("confusion-" + method + "-seed" + result.get("seed") + ".json").get("matrix");
      long right = 0;
      for (int c = 0; c < 3; c++) {
        right += matrix.get(c).get(c).asLong();
        assertEquals(
            5,
            matrix.get(c).get(0).asLong()
                + matrix.get(c).get(1).asLong()
                + matrix.get(c).get(2).asLong());
      }
      assertEquals(result.get("testAccuracy").asDouble(), right / 15.0, 1e-12);
    }
  }

  /** Along a direction the two forward passes and back-propagation must say the same. */
  @Test
  void scalarsAreTheSlopesOfBackPropagation() throws IOException {
    for (int seed = 1; seed <= 2; seed++) {
      JsonNode d = json("estimator-zowarmup-seed" + seed + ".json");
      assertTrue(d.get("cosineOfScalarsAndSlopes").asDouble() > 0.99, d.toString());
      assertTrue(d.get("cosine").asDouble() > 0, d.toString());
      // E g^2 = |gradient|^2 for signs; 32 draws of it spread by about a quarter
      assertEquals(1, d.get("varianceOverSquaredNorm").asDouble(), 0.9, d.toString());
    }
  }

  @Test
  void probesAreWrittenForEveryZerothOrderRound() throws IOException {
    List<String> lines = Files.readAllLines(run.folder().resolve("probes.csv"));
    assertEquals(1 + 2 * 4, lines.size());
    assertTrue(lines.get(1).startsWith("zowarmup,1,4,12,"), lines.get(1));
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",", -1);
      for (int i = 7; i < 13; i++) {
        assertTrue(Double.parseDouble(cells[i]) >= Double.parseDouble(cells[i - 1]), line);
      }
    }
  }

  @Test
  void aRunThatWasKilledIsShownAsFarAsItWent() throws IOException {
    Path killed = Files.createDirectories(folder.resolve("killed"));
    Files.copy(run.folder().resolve("config.yaml"), killed.resolve("config.yaml"));
    String metrics = Files.readString(run.folder().resolve("metrics.jsonl"));
    Files.writeString(killed.resolve("metrics.jsonl"), metrics.substring(0, metrics.length() / 3));
    assertTrue(report(killed.toString()).contains("not ended"));
  }

  @Test
  void runsAreDistinguishedByTheKeysInWhichTheyDiffer() throws IOException {
    Path other = folder.resolve("other");
    RealRun second =
        RealRun.train(() -> false, folder.resolve("tiny.yaml"), other, "zo.seeds=2", "repeats=1");
    assertEquals(0, second.code(), second.err());
    String page =
        report(
            run.folder().toString(),
            other.toString(),
            "--output",
            folder.resolve("two").toString());
    assertTrue(page.contains("ZOWarmUp, repeats=2, zo.seeds=3"), page.substring(0, 3000));
    assertTrue(page.contains("ZOWarmUp, repeats=1, zo.seeds=2"));
    String named =
        report(
            run.folder().toString(),
            other.toString(),
            run.folder().toString(),
            "--label=three",
            "--label=two",
            "--output",
            folder.resolve("two").toString());
    assertTrue(named.contains("ZOWarmUp, three") && named.contains("ZOWarmUp, two"));
  }

  /** Runs whose clients hold other images have no difference, nor those with more rounds. */
  @Test
  void differencesAreGivenWhereAllElseIsEqual() throws IOException {
    List<Path> runs = new ArrayList<>(List.of(run.folder()));
    for (String change :
        List.of("data.partition={kind: dirichlet, alpha: 0.5}", "zo.rounds=5", "zo.seeds=4")) {
      Path other = folder.resolve("changed-" + runs.size());
      RealRun second =
          RealRun.train(() -> false, folder.resolve("tiny.yaml"), other, change, "repeats=1");
      assertEquals(0, second.code(), second.err());
      runs.add(other);
    }
    List<Curve> curves = Curve.of(Cell.of(runs.stream().map(RunRecords::read).toList(), List.of()));
    assertEquals(
        List.of(0, 0, 0, 0, 1, 1, 2, 2), curves.stream().map(Curve::cell).toList(), "by run");
    List<String> rows = ReportTables.accuracy(curves).lines().toList();
    String table = String.join("", rows);
    // one reference a cell, and a paired difference in every other row
    assertEquals(3, table.split("first minus this", -1).length - 1);
    assertEquals(
        5,
        Pattern.compile("<td>[+-][0-9.]+( \\([0-9.]+\\))?</td></tr>")
            .matcher(table)
            .results()
            .count());
    // one colour a method, whatever the cell
    assertEquals(2, curves.stream().map(Curve::hue).distinct().count());
    for (Curve curve : curves) {
      assertEquals(
          curves.get(0).method().equals(curve.method()) ? curves.get(0).hue() : curves.get(1).hue(),
          curve.hue());
    }
    assertEquals(curves.size(), curves.stream().map(Curve::fullLabel).distinct().count(), "labels");
  }

  /**
   * A run that differs in everything makes no title of ten keys, nor a head of hundreds of words.
   */
  @Test
  void runsThatDifferInManyKeysHaveShortNames() throws IOException {
    List<Path> runs = new ArrayList<>(List.of(run.folder()));
    for (String[] words :
        List.of(
            new String[] {"zo.seeds=3"},
            new String[] {
              "zo.seeds=3",
              "data.validation=0.2",
              "clients.count=4",
              "model.channels=[3]",
              "zo.rounds=2",
              "name=other",
              "data.partition={kind: iid}",
              "zo.cohort=2"
            })) {
      Path other = folder.resolve("many-" + runs.size());
      List<String> all = new ArrayList<>(List.of(words));
      all.addAll(List.of("repeats=1", "methods=[zowarmup]"));
      RealRun second =
          RealRun.train(
              () -> false, folder.resolve("tiny.yaml"), other, all.toArray(String[]::new));
      assertEquals(0, second.code(), second.err());
      runs.add(other);
    }
    List<Curve> curves = Curve.of(Cell.of(runs.stream().map(RunRecords::read).toList(), List.of()));
    for (Curve curve : curves) {
      assertTrue(curve.cellTitle().chars().filter(c -> c == '=').count() <= 3, curve.cellTitle());
      assertTrue(curve.label().chars().filter(c -> c == '=').count() <= 3, curve.label());
    }
    assertEquals(curves.size(), curves.stream().map(Curve::fullLabel).distinct().count());
    Map<String, String> facts = ReportTables.facts(curves);
    facts.forEach((fact, text) -> assertTrue(text.length() < 600, fact + ": " + text));
    String configs = ReportTables.configs(curves);
    assertTrue(configs.contains("3: " + runs.get(2)), configs);
    assertTrue(configs.contains("<th>3</th>") && configs.contains("<td>zo.rounds</td>"), configs);
    assertTrue(Report.page(runs, List.of(), false).contains("<h1>tiny, other: 3 runs</h1>"));
    // both networks are called cnn
    List<String> memory = ChartNumbers.csv(CostCharts.memory(curves)).lines().toList();
    assertEquals(1 + 2 * 2, memory.size(), memory.toString());
  }

  /** Pointed at, a line says what metrics.jsonl says. */
  @Test
  void aBrowserShowsTheNumbersUnderThePointer() throws Exception {
    report(run.folder().toString(), "--output", folder.resolve("seen").toString());
    URI page = folder.resolve("seen/report.html").toUri();
    try (Browser browser = Browser.open(folder.resolve("profile"), 1280, 900, page)) {
      String plot = "document.querySelector('#figure-accuracy .u-over')";
      browser.await(plot + " !== null");
      browser.evaluate(plot + ".scrollIntoView({block: 'center'})");
      JsonNode box =
          browser.evaluate(
              "(r => ({left: r.left, right: r.right, top: r.top, bottom: r.bottom}))("
                  + plot
                  + ".getBoundingClientRect())");
      browser.point(box.get("right").asDouble() - 2, box.get("top").asDouble() + 20);
      String legend =
          "Array.from(document.querySelectorAll('#figure-accuracy .u-series:not(.spread)"
              + " .u-value')).map(e => e.textContent).join(' ')";
      browser.await(legend + ".startsWith('7 ')");
      StringBuilder expected = new StringBuilder("7");
      for (String method : List.of("zowarmup", "high-res-only")) {
        double sum = 0;
        for (JsonNode result : json("summary.json").get("results")) {
          sum +=
              result.get("method").asText().equals(method)
                  ? result.get("testAccuracy").asDouble()
                  : 0;
        }
        double percent = Double.parseDouble(String.format(java.util.Locale.ROOT, "%.5g", 50 * sum));
        expected
            .append(' ')
            .append(
                percent == Math.rint(percent)
                    ? String.valueOf((long) percent)
                    : String.valueOf(percent));
      }
      assertEquals(expected.toString(), browser.evaluate(legend).asText());
      // a smoothed line is another one
      browser.evaluate(
          "(i => { i.value = 0.9; i.dispatchEvent(new Event('input')); })"
              + "(document.querySelector('#figure-accuracy input[type=range]'))");
      assertEquals(
          "0.9",
          browser
              .evaluate("document.querySelector('#figure-accuracy input[type=range]').value")
              .asText());
    }
  }

  /** A round that another process writes appears on the page without a reload; names stay text. */
  @Test
  void aLivePageFollowsTheRun() throws Exception {
    Path growing = Files.createDirectories(folder.resolve("growing"));
    String config = Files.readString(run.folder().resolve("config.yaml"));
    Files.writeString(growing.resolve("config.yaml"), config);
    try (LiveReport live =
            new LiveReport(List.of(growing), List.of("<img src=x onerror='window.hit=1'>"), 0);
        Browser browser = Browser.open(folder.resolve("profile-live"), 390, 800, live.address())) {
      browser.await("document.body.textContent.includes('expected a run folder')");
      browser.evaluate("window.kept = 1");
      List<String> rows = Files.readAllLines(run.folder().resolve("metrics.jsonl"));
      Files.write(growing.resolve("metrics.jsonl"), rows.subList(0, 2));
      String numbers =
          "JSON.parse(document.querySelector('#figure-accuracy"
              + " script').textContent).lines[0].at.length";
      browser.await(
          "document.querySelector('#figure-accuracy script') !== null && " + numbers + " === 2");
      Files.write(growing.resolve("metrics.jsonl"), rows.subList(0, 3));
      browser.await(numbers + " === 3");
      assertEquals(1, browser.evaluate("window.kept").asInt());
      assertTrue(browser.evaluate("window.hit === undefined").asBoolean());
      assertEquals(
          0, browser.evaluate("document.querySelectorAll('img').length").asInt(), "names are text");
      assertTrue(
          browser.evaluate("document.documentElement.scrollWidth <= window.innerWidth").asBoolean(),
          "no wider than the screen");
    }
    RealRun bad = RealRun.main(() -> false, folder, "watch", folder.resolve("images").toString());
    assertEquals(2, bad.code());
    assertTrue(bad.err().contains("expected a run folder"), bad.err());
  }

  @Test
  void whatIsNoRunIsNamed() {
    RealRun bad = RealRun.main(() -> false, folder, "report", folder.resolve("images").toString());
    assertEquals(2, bad.code());
    assertTrue(bad.err().contains("expected a run folder"), bad.err());
  }
}
