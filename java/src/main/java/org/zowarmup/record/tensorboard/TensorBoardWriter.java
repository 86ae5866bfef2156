package org.zowarmup.record.tensorboard;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.zowarmup.config.ResolvedConfig;
import org.zowarmup.record.MethodResult;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunListener.PhaseInfo;

/**
 * Writes the metrics for TensorBoard: below the run folder's {@code tensorboard}, a folder for
 * every method and seed, which TensorBoard shows as a run of its own and, with the keys of the
 * config, as a row of its table of hyperparameters. A resumed run starts another file, as
 * TensorBoard expects.
 */
public final class TensorBoardWriter implements RunListener, AutoCloseable {
  /** Of more classes no one looks at each. */
  private static final int MOST_CLASSES = 200;

  private final LongSupplier millis;
  private final boolean asked;
  private boolean writes;
  private Path folder;
  private Map<String, Object> config = Map.of();
  private List<String> classes = List.of();
  private String open = "";
  private EventFile file;

  /** Of the round at hand, by tag. */
  private final Map<String, Double> values = new LinkedHashMap<>();

  /**
   * @param millis a clock, milliseconds since 1970
   * @param asked whether to write in any case; else only where the run has begun to
   */
  public TensorBoardWriter(LongSupplier millis, boolean asked) {
    this.millis = millis;
    this.asked = asked;
  }

  @Override
  public void started(RunDescription run) {
    folder = run.folder().resolve("tensorboard");
    writes = asked || Files.isDirectory(folder);
    if (writes) {
      config = ResolvedConfig.values(new RunFolder(run.folder()).soundConfig());
      classes = run.data().classNames();
    }
  }

  @Override
  public void phaseStarted(PhaseInfo phase) {
    String run = phase.method() + "-seed" + phase.seed();
    if (writes && !run.equals(open)) {
      close();
      long now = millis.getAsLong();
      Path path = folder.resolve(run).resolve("events.out.tfevents." + now / 1000 + ".zowarmup");
      for (int again = 1; Files.exists(path); again++) {
        path = path.resolveSibling("events.out.tfevents." + now / 1000 + ".zowarmup." + again);
      }
      file = new EventFile(path, now / 1e3);
      open = run;
      file.hyperparameters(now / 1e3, hyperparameters(phase));
    }
  }

  /** The keys of the config, and of those that list several the one that is trained. */
  private Map<String, Object> hyperparameters(PhaseInfo phase) {
    Map<String, Object> all = new LinkedHashMap<>(config);
    all.keySet().removeAll(List.of("methods", "repeats", "output"));
    all.put("method", phase.method());
    all.put("seed", phase.seed());
    return all;
  }

  @Override
  public void learningRates(String method, long seed, int round, Map<String, Double> rates) {
    if (!writes) {
      return;
    }
    rates.forEach((key, rate) -> values.put("learning rate/" + key, rate));
  }

  @Override
  public void evaluated(EvaluationInfo at) {
    if (!writes || at.classes() > MOST_CLASSES) {
      return;
    }
    float[] logits = at.logits().get();
    int[] right = new int[at.classes()];
    int[] all = new int[at.classes()];
    for (int i = 0; i < at.labels().length; i++) {
      int best = 0;
      for (int c = 1; c < at.classes(); c++) {
        best = logits[i * at.classes() + c] > logits[i * at.classes() + best] ? c : best;
      }
      all[at.labels()[i]]++;
      right[at.labels()[i]] += best == at.labels()[i] ? 1 : 0;
    }
    for (int c = 0; c < at.classes(); c++) {
      if (all[c] > 0) {
        values.put("class/" + c + " " + classes.get(c), (double) right[c] / all[c]);
      }
    }
  }

  @Override
  public void roundFinished(RoundMetrics metrics) {
    if (!writes) {
      return;
    }
    values.putAll(metrics.curves());
    file.scalars(millis.getAsLong() / 1e3, metrics.round(), values);
    values.clear();
  }

  @Override
  public void measured(String method, long seed, int round, Map<String, Double> metrics) {
    if (writes) {
      Map<String, Double> named = new LinkedHashMap<>();
      metrics.forEach((name, value) -> named.put("metric/" + name, value));
      file.scalars(millis.getAsLong() / 1e3, round, named);
    }
  }

  /** TensorBoard shows the last value of each tag beside the hyperparameters. */
  @Override
  public void methodFinished(MethodResult result) {
    if (file == null || !result.complete()) {
      return;
    }
    values.putAll(result.accuracies());
    double now = millis.getAsLong() / 1e3;
    file.scalars(now, result.roundsDone(), values);
    file.ended(now);
    values.clear();
  }

  @Override
  public void close() {
    if (file != null) {
      file.close();
      file = null;
      open = "";
    }
  }
}
