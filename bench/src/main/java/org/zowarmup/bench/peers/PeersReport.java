package org.zowarmup.bench.peers;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Findings for people and, every single time, as JSON. */
public final class PeersReport {
  private final List<String> head;
  private final int threads;
  private final Map<String, Map<String, Double>> agreements = new LinkedHashMap<>();
  private final List<Comparison.Result> results = new ArrayList<>();

  /**
   * @param head lines about machine and programs
   */
  public PeersReport(List<String> head, int threads) {
    this.head = head;
    this.threads = threads;
  }

  public void agreed(String model, Map<String, Double> differences) {
    agreements.put(model, differences);
  }

  public void add(Comparison.Result result) {
    results.add(result);
  }

  public static List<String> lines(Comparison.Result result) {
    List<String> lines = new ArrayList<>();
    for (Comparison.Timed way : result.ways()) {
      String ratio =
          way.name().equals(result.ours().name())
              ? ""
              : String.format(Locale.ROOT, "%6.2f x", result.ratio(way));
      lines.add(
          String.format(
                  Locale.ROOT,
                  "  %-11s %-9s %5d   %-14s %10s %10s %10s   %8s   %s",
                  result.operation(),
                  result.model(),
                  result.batch(),
                  way.name(),
                  millis(way.median()),
                  millis(way.quantile(0.25)),
                  millis(way.quantile(0.75)),
                  ratio,
                  way.setting())
              .stripTrailing());
    }
    return lines;
  }

  private static String millis(double seconds) {
    return String.format(Locale.ROOT, seconds < 0.0995 ? "%.3f ms" : "%.1f ms", seconds * 1e3);
  }

  public List<String> text() {
    List<String> lines = new ArrayList<>(head);
    lines.add("");
    agreements.forEach(
        (model, differences) -> {
          List<String> parts = new ArrayList<>();
          differences.forEach(
              (what, value) -> parts.add(String.format(Locale.ROOT, "%s %.1e", what, value)));
          lines.add("  difference, " + model + ": " + String.join(", ", parts));
        });
    lines.add("");
    lines.add(
        String.format(
            "  %-11s %-9s %5s   %-14s %10s %10s %10s   %8s   %s",
            "operation",
            "model",
            "batch",
            "way",
            "median",
            "quarter",
            "three q.",
            "ratio",
            "threads"));
    results.forEach(result -> lines.addAll(lines(result)));
    return lines;
  }

  private Map<String, Object> json() {
    List<Map<String, Object>> cases = new ArrayList<>();
    for (Comparison.Result result : results) {
      List<Map<String, Object>> ways = new ArrayList<>();
      for (Comparison.Timed way : result.ways()) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("way", way.name());
        entry.put("setting", way.setting());
        entry.put("medianSeconds", way.median());
        entry.put("ratioToOurs", result.ratio(way));
        entry.put("seconds", way.seconds());
        ways.add(entry);
      }
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("operation", result.operation());
      entry.put("model", result.model());
      entry.put("batch", result.batch());
      entry.put("ways", ways);
      cases.add(entry);
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("head", head);
    all.put("threads", threads);
    all.put("differences", agreements);
    all.put("cases", cases);
    return all;
  }

  /** Writes NAME.txt and NAME.json. */
  public void write(Path folder, String name) throws IOException {
    Files.createDirectories(folder);
    Files.write(folder.resolve(name + ".txt"), text(), StandardCharsets.UTF_8);
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(folder.resolve(name + ".json").toFile(), json());
  }
}
