package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationSubsetTest {
  private static final int[] SAMPLES = IntStream.range(0, 1000).map(i -> 3 * i).toArray();

  @Test
  void takesAllUnlessFewerAreAskedFor() {
    assertSame(SAMPLES, EvaluationSubset.draw(SAMPLES, null, 1, EvaluationSubset.TEST));
    assertSame(SAMPLES, EvaluationSubset.draw(SAMPLES, 1000, 1, EvaluationSubset.TEST));
  }

  @Test
  void drawsByName() {
    int[] drawn = EvaluationSubset.draw(SAMPLES, 100, 1, EvaluationSubset.TEST);
    assertEquals(100, drawn.length);
    assertEquals(100, Arrays.stream(drawn).distinct().count());
    assertTrue(Arrays.stream(drawn).allMatch(s -> s % 3 == 0));
    int[] sorted = drawn.clone();
    Arrays.sort(sorted);
    assertArrayEquals(sorted, drawn);
    assertArrayEquals(drawn, EvaluationSubset.draw(SAMPLES, 100, 1, EvaluationSubset.TEST));
    String text = Arrays.toString(drawn);
    assertNotEquals(
        text, Arrays.toString(EvaluationSubset.draw(SAMPLES, 100, 2, EvaluationSubset.TEST)));
    assertNotEquals(
        text, Arrays.toString(EvaluationSubset.draw(SAMPLES, 100, 1, EvaluationSubset.VALIDATION)));
    // the mean of a uniform draw: 1498.5, standard error 82
    assertEquals(1498.5, Arrays.stream(drawn).average().orElseThrow(), 5 * 82);
  }

  /** Accuracies on two images are halves; the same two at every evaluation. */
  @Test
  void aRunEvaluatesOnThatManyImages(@TempDir Path root) throws IOException {
    Path images = TinyImages.gray(root.resolve("images"), 6, 7);
    Path config =
        Files.writeString(
            root.resolve("run.yaml"),
            """
            device: cpu
            data: {path: "%s"}
            clients: {count: 3, high: 0.34}
            model: {kind: cnn, channels: [4]}
            warmup: {rounds: 2, cohort: 1, lr: 1.0e-9}
            zo: {rounds: 1, cohort: 3, seeds: 1, batch: 2}
            methods: [zowarmup]
            evaluate: {everyRounds: 1, maxImages: 2}
            """
                .formatted(images));
    RealRun run = RealRun.good(config, root.resolve("run"));
    double first = run.rows().get(0).get("testAccuracy").doubleValue();
    assertEquals(first, run.rows().get(1).get("testAccuracy").doubleValue());
    assertEquals(0, 2 * first % 1);
  }
}
