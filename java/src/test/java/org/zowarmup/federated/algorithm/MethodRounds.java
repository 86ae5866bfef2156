package org.zowarmup.federated.algorithm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.Books;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Round;
import org.zowarmup.federated.methods.Methods;

/**
 * The rounds of a method of the registry on a small problem, numbered as in a run: from 1 through
 * all phases, and from 0 in each phase.
 */
final class MethodRounds {
  /** Whole batches, no decay, all clients high-resource as far as limits of cohorts go. */
  private static final String BASE =
      """
      data: {source: fashion-mnist-mini}
      clients: {count: 4, high: 1.0}
      warmup: {rounds: 2, cohort: 2, localEpochs: 1, batch: 64, weightDecay: 0, lr: 0.3}
      zo: {rounds: 2, cohort: 4, seeds: 3, batch: 0, freshBatchPerSeed: false, lr: 0.05, schedule: constant}
      """;

  private MethodRounds() {}

  /**
   * @param words as on the command line, over settings that make rounds easy to write down
   */
  static RunConfig config(String... words) {
    try {
      Path file = Files.createTempFile("rounds", ".yaml");
      try {
        Files.writeString(file, BASE);
        List<String> all = new ArrayList<>();
        Arrays.stream(words).forEach(w -> all.addAll(List.of(w.split(" ", -1))));
        return ConfigLoader.load(file, all);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Weights after the first so many rounds of a method. */
  static float[] after(
      int rounds, String method, FederatedContext context, RunConfig config, float[] start) {
    try (Vector weights = context.executor().allocate()) {
      weights.write(start);
      int done = 0;
      Books books = Books.EMPTY;
      for (Method.Phase phase :
          Methods.find(method).phases(context, config.warmup(), config.zo())) {
        for (int r = 0; r < phase.rounds() && done < rounds; r++) {
          done++;
          Round round = phase.algorithm().round(new Round.Key(done, r), books, weights);
          books = round.messages().after().accepted();
        }
      }
      return weights.read();
    }
  }

  /** Weights after all rounds. */
  static float[] after(String method, FederatedContext context, RunConfig config, float[] start) {
    return after(Integer.MAX_VALUE, method, context, config, start);
  }
}
