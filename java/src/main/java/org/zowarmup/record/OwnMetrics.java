package org.zowarmup.record;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.zowarmup.error.Require;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.file.AtomicFile;

/**
 * Writes own-metrics.csv, a line for every evaluation, a column for every metric of a user's, and
 * tells the listeners.
 */
public final class OwnMetrics implements RunListener, AutoCloseable {
  /** Of a message that ends with the name which {@link #isName} refuses. */
  public static final String EXPECTED_NAME =
      "expected a name of 1 to 40 letters, digits, dashes or underscores, found ";

  private final List<Metric> metrics;
  private final RoundLog log;
  private final RunListener listener;

  /**
   * @param metrics of different names; without any no file is written
   * @param listener is told what they gave
   */
  public OwnMetrics(RunFolder folder, List<Metric> metrics, RunListener listener) {
    for (Metric metric : metrics) {
      Require.that(isName(metric.name()), "metric", EXPECTED_NAME + metric.name());
    }
    this.metrics = List.copyOf(metrics);
    this.listener = listener;
    String names = metrics.stream().map(Metric::name).collect(Collectors.joining(","));
    String head = "method,seed,round," + names;
    requireSame(folder.ownMetrics(), head);
    this.log = new RoundLog(folder.ownMetrics(), head);
  }

  /** Rows of other metrics would have their numbers in these columns. */
  private static void requireSame(Path file, String head) {
    if (!Files.exists(file)) {
      return;
    }
    try {
      String text = Files.readString(file, StandardCharsets.ISO_8859_1); // any bytes
      int end = text.indexOf('\n');
      if (end > 0 && !text.substring(0, end).equals(head)) {
        throw new UserErrorException(
            "%s: expected metrics for its columns %s, found %s; take the metrics that the run was started with, or move the file away"
                .formatted(file, text.substring(0, end), head));
      }
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }

  /** Whether something of a user's can have this name: it becomes that of columns and of files. */
  public static boolean isName(String name) {
    return name != null && name.matches("[A-Za-z0-9_-]{1,40}");
  }

  @Override
  public void resumed(Resumption resumption) {
    log.cutBack(resumption);
  }

  @Override
  public void checkpointing() {
    log.sync();
  }

  @Override
  public void evaluated(EvaluationInfo at) {
    if (metrics.isEmpty()) {
      return;
    }
    float[] logits = at.logits().get();
    Map<String, Double> measured = new LinkedHashMap<>();
    for (Metric metric : metrics) {
      measured.put(metric.name(), metric.of(logits.clone(), at.labels().clone(), at.classes()));
    }
    String cells = measured.values().stream().map(String::valueOf).collect(Collectors.joining(","));
    log.append(at.method(), at.seed(), at.round(), cells);
    listener.measured(at.method(), at.seed(), at.round(), measured);
  }

  @Override
  public void close() {
    log.close();
  }
}
