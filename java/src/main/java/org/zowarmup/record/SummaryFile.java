package org.zowarmup.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes summary.json: every result, the paired differences between the methods, and mean and
 * spread over the seeds. Accuracies are fractions, deviations those of a sample; the peak of memory
 * is that of the whole process, in bytes; null stands for what was not measured.
 */
public final class SummaryFile {
  private static final ObjectMapper READER = new ObjectMapper();
  private static final ObjectWriter JSON =
      new ObjectMapper()
          .writer(new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n")));

  private SummaryFile() {}

  /**
   * @param failure what ended the run before its time, null where nothing did
   */
  public static void write(Path file, RunResult run, String failure) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("interrupted", run.interrupted());
    tree.put("failure", failure);
    tree.put("highClients", run.highClients());
    tree.put("lowClients", run.lowClients());
    tree.put("peakMemoryBytes", peakMemory(file));
    tree.put("results", run.results().stream().map(SummaryFile::result).toList());
    tree.put("paired", Comparison.ofAll(run).stream().map(SummaryFile::comparison).toList());
    tree.put("methods", run.methods().stream().map(method -> method(run, method)).toList());
    AtomicFile.writeText(file, json(tree));
  }

  /** The most that this process or one before it that has written the file has needed. */
  private static Long peakMemory(Path file) {
    Long now = ProcessMemory.peakBytes();
    try {
      JsonNode before =
          Files.exists(file)
              ? READER.readTree(file.toFile()).path("peakMemoryBytes")
              : MissingNode.getInstance();
      return now == null || !before.isNumber() ? now : (Long) Math.max(now, before.longValue());
    } catch (IOException e) {
      return now; // torn, and about to be written anew
    }
  }

  /** Any tree of maps, lists and values as indented JSON that ends with a line feed. */
  public static String json(Map<String, Object> tree) {
    try {
      return JSON.writeValueAsString(tree) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree that cannot be written", e);
    }
  }

  private static Map<String, Object> result(MethodResult result) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("method", result.method());
    tree.put("seed", result.seed());
    tree.put("testAccuracy", MetricsWriter.finite(result.testAccuracy()));
    tree.put("testLoss", MetricsWriter.finite(result.testLoss()));
    tree.put("pivotAccuracy", MetricsWriter.finite(result.pivotAccuracy()));
    tree.put("validationAccuracy", MetricsWriter.finite(result.validationAccuracy()));
    tree.put("roundsDone", result.roundsDone());
    tree.put("roundsPlanned", result.roundsPlanned());
    tree.put("bytesUpHigh", result.totalTraffic().upHigh());
    tree.put("bytesUpLow", result.totalTraffic().upLow());
    tree.put("bytesDownHigh", result.totalTraffic().downHigh());
    tree.put("bytesDownLow", result.totalTraffic().downLow());
    tree.put("seconds", MetricsWriter.finite(result.seconds()));
    return tree;
  }

  private static Map<String, Object> comparison(Comparison comparison) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("method", comparison.method());
    tree.put("against", comparison.against());
    tree.put(
        "differences",
        comparison.pairs().stream()
            .map(
                pair -> {
                  Map<String, Object> one = new LinkedHashMap<>();
                  one.put("seed", pair.seed());
                  one.put("difference", MetricsWriter.finite(pair.difference()));
                  return one;
                })
            .toList());
    putSpread(tree, comparison.spread());
    return tree;
  }

  private static Map<String, Object> method(RunResult run, String method) {
    List<Double> accuracies =
        run.results().stream()
            .filter(result -> result.method().equals(method) && result.complete())
            .map(MethodResult::testAccuracy)
            .toList();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("method", method);
    putSpread(tree, Spread.of(accuracies));
    return tree;
  }

  private static void putSpread(Map<String, Object> tree, Spread spread) {
    tree.put("count", spread.count());
    tree.put("mean", MetricsWriter.finite(spread.mean()));
    tree.put("standardDeviation", MetricsWriter.finite(spread.deviation()));
  }
}
