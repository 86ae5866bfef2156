package org.zowarmup.nativecpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.junit.jupiter.api.Test;

class LossTest {
  private static final double UNTOUCHED = -77;

  private static final class Losses {
    final double[] loss;
    final int[] correct;

    Losses(double[] loss, int[] correct) {
      this.loss = loss;
      this.correct = correct;
    }
  }

  private static Losses losses(float[] logits, int[] labels, int count, int classes, int threads) {
    int batch = logits.length / classes;
    double[] loss = new double[batch];
    Arrays.fill(loss, UNTOUCHED);
    int[] correct = new int[batch];
    Arrays.fill(correct, -1);
    try (FloatPointer z = new FloatPointer(logits);
        IntPointer label = new IntPointer(labels);
        DoublePointer out = new DoublePointer(loss);
        IntPointer right = new IntPointer(correct)) {
      NativeCpu.softmaxCrossEntropy(z, label, count, classes, out, right, threads);
      out.get(loss);
      right.get(correct);
    }
    return new Losses(loss, correct);
  }

  private static float[] backward(
      float[] logits, int[] labels, int count, int classes, int threads) {
    try (Guarded z = new Guarded(logits);
        IntPointer label = new IntPointer(labels);
        Guarded dz = Guarded.filled(logits.length, 3f)) {
      NativeCpu.softmaxCrossEntropyBackward(
          z.pointer(), label, count, logits.length / classes, classes, dz.pointer(), threads);
      return dz.read();
    }
  }

  @Test
  void isTheFormulaOnTheRowsThatCount() {
    for (int classes : new int[] {1, 2, 10, 207}) {
      int batch = 300;
      int count = 257;
      Random random = new Random(classes);
      float[] logits = Variants.normal(random, batch * classes);
      int[] labels = random.ints(batch, 0, classes).toArray();
      for (int threads = 1; threads <= 3; threads++) {
        Losses found = losses(logits, labels, count, classes, threads);
        float[] gradient = backward(logits, labels, count, classes, threads);
        for (int row = 0; row < batch; row++) {
          checkRow(logits, labels[row], row, count, classes, found, gradient);
        }
      }
    }
  }

  private static void checkRow(
      float[] logits, int label, int row, int count, int classes, Losses found, float[] gradient) {
    if (row >= count) {
      assertEquals(UNTOUCHED, found.loss[row]);
      assertEquals(-1, found.correct[row]);
      for (int k = 0; k < classes; k++) {
        assertEquals(0f, gradient[row * classes + k]);
      }
      return;
    }
    double sum = 0;
    int best = 0;
    for (int k = 0; k < classes; k++) {
      sum += Math.exp(logits[row * classes + k]);
      best = logits[row * classes + k] > logits[row * classes + best] ? k : best;
    }
    assertEquals(Math.log(sum) - logits[row * classes + label], found.loss[row], 1e-13);
    assertEquals(best == label ? 1 : 0, found.correct[row]);
    for (int k = 0; k < classes; k++) {
      double softmax = Math.exp(logits[row * classes + k]) / sum;
      double expected = (softmax - (k == label ? 1 : 0)) / count;
      assertEquals(expected, gradient[row * classes + k], 1e-7 / count);
    }
  }

  @Test
  void theFirstMaximumWinsATie() {
    float[] logits = {1, 5, 5, 0};
    assertEquals(1, losses(logits, new int[] {1}, 1, 4, 1).correct[0]);
    assertEquals(0, losses(logits, new int[] {2}, 1, 4, 1).correct[0]);
    assertEquals(
        Math.log(2 + Math.exp(-4) + Math.exp(-5)),
        losses(logits, new int[] {2}, 1, 4, 1).loss[0],
        1e-15);
  }

  @Test
  void doesNotOverflow() {
    Losses found = losses(new float[] {3e38f, -3e38f, 0}, new int[] {1}, 1, 3, 1);
    assertEquals(2.0 * 3e38f, found.loss[0], 1e24);
    assertEquals(0, found.correct[0]);
  }

  @Test
  void aNaNLogitIsNeverAGoodResult() {
    for (int at = 0; at < 3; at++) {
      float[] logits = {3, 1, 2};
      logits[at] = Float.NaN;
      for (int label = 0; label < 3; label++) {
        Losses found = losses(logits, new int[] {label}, 1, 3, 1);
        assertTrue(Double.isNaN(found.loss[0]), "loss");
        assertEquals(0, found.correct[0]);
        for (float gradient : backward(logits, new int[] {label}, 1, 3, 1)) {
          assertTrue(Float.isNaN(gradient), "gradient");
        }
      }
    }
  }

  @Test
  void refusesALabelOutOfRange() {
    for (int label : new int[] {-1, 3}) {
      RuntimeException refusal =
          assertThrows(
              RuntimeException.class, () -> losses(new float[3], new int[] {label}, 1, 3, 1));
      assertTrue(refusal.getMessage().contains("found " + label), refusal.getMessage());
    }
  }
}
