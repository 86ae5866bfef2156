package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.TestImages;
import org.zowarmup.federated.Traffic;
import org.zowarmup.federated.Work;
import org.zowarmup.record.RoundMetrics;

/** What is said about rounds, and that it is said once. Four classes, half of the images of one. */
class WarningsTest {
  private static final RunConfig CONFIG =
      ConfigLoader.ofWords(List.of("zo.server.optimizer=adam", "data.path=unused"));

  private final List<String> heard = new ArrayList<>();
  private ImageSet test;
  private Warnings warnings;

  @BeforeEach
  void open() {
    test = TestImages.set(1, 1, 1, 4, new int[] {0, 0, 1, 2}, new byte[4]);
    warnings = new Warnings(CONFIG, test, heard::add);
  }

  @AfterEach
  void close() {
    test.close();
  }

  private void round(int round, String phase, double loss, Double accuracy) {
    RoundMetrics.Scores scores =
        accuracy == null
            ? RoundMetrics.Scores.NONE
            : new RoundMetrics.Scores(loss, accuracy, null, null);
    warnings.roundFinished(
        new RoundMetrics("zowarmup", 3, round, phase, loss, scores, Traffic.ZERO, Work.ZERO, 1));
  }

  @Test
  void anAccuracyThatFallsToChanceIsSaidOnce() {
    round(1, "warmup", 1, 0.8);
    round(2, "zo", 1, 0.56);
    assertEquals(List.of(), heard);
    round(3, "zo", 1, 0.55);
    round(4, "zo", 1, 0.2);
    assertEquals(
        List.of(
            "zowarmup seed 3, round 3: the test accuracy is 55.0 %, no better than a constant"
                + " answer, after 80.0 % at the pivot; lower zo.server.lr"),
        heard);
    assertEquals(heard, warnings.said());
  }

  /** Nothing was learned that could be lost. */
  @Test
  void aPivotAtChanceIsNothingToFallFrom() {
    round(1, "warmup", 1, 0.74);
    round(2, "zo", 1, 0.1);
    assertEquals(List.of(), heard);
  }

  /** Half of the test images are of one class. */
  @Test
  void aRunThatNeverLeavesChanceIsSaidAtItsEnd() {
    int last = CONFIG.warmup().rounds() + CONFIG.zo().rounds();
    for (int round = last - 5; round < last; round++) {
      this.round(round, "warmup", 1, 0.5);
    }
    assertEquals(List.of(), heard);
    round(last, "warmup", 1, 0.5);
    assertEquals(
        List.of(
            "zowarmup seed 3: no test accuracy was better than a constant answer's 50.0 %; change"
                + " warmup.lr or zo.lr"),
        heard);
  }

  /** 100 ln 4 is 138.6. */
  @Test
  void anExplodedLossIsSaidOnceAPhase() {
    round(1, "warmup", 138, null);
    assertEquals(List.of(), heard);
    round(2, "warmup", 139, null);
    round(3, "warmup", 1e17, null);
    assertEquals(
        List.of(
            "zowarmup seed 3, round 2: the loss is 139, above 139 (100 times that of a guess):"
                + " training has diverged; lower warmup.lr"),
        heard);
  }
}
