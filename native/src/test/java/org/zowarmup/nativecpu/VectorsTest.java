package org.zowarmup.nativecpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerPointer;
import org.junit.jupiter.api.Test;

class VectorsTest {
  @Test
  void weightedSumRoundsOnce() {
    for (int n : Variants.SIZES) {
      for (int count : new int[] {0, 1, 5}) {
        for (boolean inPlace : new boolean[] {false, true}) {
          if (count > 0 || !inPlace) {
            weightedSum(n, count, inPlace);
          }
        }
      }
    }
  }

  private static void weightedSum(int n, int count, boolean inPlace) {
    Random random = new Random(n + count);
    float[][] xs = new float[count][];
    double[] coefficients = new double[count];
    double[] sum = new double[n];
    for (int k = 0; k < count; k++) {
      xs[k] = Variants.normal(random, n);
      coefficients[k] = random.nextGaussian();
      for (int i = 0; i < n; i++) {
        sum[i] += coefficients[k] * xs[k][i];
      }
    }
    float[] expected = new float[n];
    for (int i = 0; i < n; i++) {
      expected[i] = (float) sum[i];
    }
    float[][] found =
        Variants.sameBits(
            "weightedSum",
            threads -> {
              Guarded[] buffers = new Guarded[count];
              FloatPointer[] pointers = new FloatPointer[count];
              for (int k = 0; k < count; k++) {
                buffers[k] = new Guarded(xs[k], k % 3);
                pointers[k] = buffers[k].address();
              }
              try (Guarded apart = Guarded.filled(n, 3f);
                  PointerPointer<FloatPointer> list = new PointerPointer<>(pointers);
                  DoublePointer factors = new DoublePointer(coefficients)) {
                Guarded out = inPlace ? buffers[count - 1] : apart;
                NativeCpu.weightedSum(out.pointer(), list, factors, count, n, threads);
                return new float[][] {out.read()};
              } finally {
                for (Guarded buffer : buffers) {
                  buffer.close();
                }
              }
            });
    Variants.assertBits(expected, found[0], n + " elements, " + count + " vectors");
  }

  @Test
  void sgdIsPyTorchs() {
    for (int n : Variants.SIZES) {
      for (boolean momentum : new boolean[] {false, true}) {
        for (float weightDecay : new float[] {0f, 0.01f}) {
          sgd(n, momentum, weightDecay);
        }
      }
    }
  }

  private static void sgd(int n, boolean withMomentum, float weightDecay) {
    Random random = new Random(n);
    float[] w = Variants.normal(random, n);
    float[] grad = Variants.normal(random, n);
    float[] buffer = Variants.normal(random, n);
    float lr = 0.1f;
    float momentum = 0.9f;
    float[] newW = new float[n];
    float[] newBuffer = buffer.clone();
    for (int i = 0; i < n; i++) {
      float g = grad[i];
      if (weightDecay != 0) {
        g += weightDecay * w[i];
      }
      if (withMomentum) {
        newBuffer[i] = momentum * buffer[i] + g;
        g = newBuffer[i];
      }
      newW[i] = w[i] - lr * g;
    }
    float[][] found =
        Variants.sameBits(
            "sgd",
            threads -> {
              try (Guarded weights = new Guarded(w);
                  Guarded gradient = new Guarded(grad, 1);
                  Guarded velocity = new Guarded(buffer, 2)) {
                NativeCpu.sgd(
                    weights.pointer(),
                    gradient.pointer(),
                    withMomentum ? velocity.pointer() : null,
                    n,
                    lr,
                    momentum,
                    weightDecay,
                    threads);
                Variants.assertBits(grad, gradient.read(), "gradients are only read");
                return new float[][] {weights.read(), velocity.read()};
              }
            });
    Variants.assertBits(newW, found[0], "weights, n " + n);
    Variants.assertBits(newBuffer, found[1], "momentum, n " + n);
  }

  @Test
  void reluAndAdd() {
    for (int n : Variants.SIZES) {
      float[] a = Variants.normal(new Random(n), n);
      float[] b = Variants.normal(new Random(n + 1), n);
      if (n > 2) {
        a[1] = Float.NaN;
        a[2] = Float.NEGATIVE_INFINITY;
      }
      float[] relu = new float[n];
      float[] sum = new float[n];
      float[] reluOfSum = new float[n];
      float[] masked = new float[n];
      for (int i = 0; i < n; i++) {
        relu[i] = a[i] < 0 ? 0 : a[i];
        sum[i] = a[i] + b[i];
        reluOfSum[i] = sum[i] < 0 ? 0 : sum[i];
        masked[i] = a[i] > 0 ? b[i] : 0;
      }
      for (boolean inPlace : new boolean[] {false, true}) {
        float[][] found = Variants.sameBits("relu", threads -> reluAndAdd(a, b, inPlace, threads));
        Variants.assertBits(relu, found[0], "relu");
        Variants.assertBits(sum, found[1], "addRelu without");
        Variants.assertBits(reluOfSum, found[2], "addRelu");
        Variants.assertBits(masked, found[3], "reluBackward");
      }
    }
  }

  private static float[][] reluAndAdd(float[] a, float[] b, boolean inPlace, int threads) {
    int n = a.length;
    float[][] results = new float[4][];
    for (int operation = 0; operation < results.length; operation++) {
      try (Guarded first = new Guarded(a);
          Guarded second = new Guarded(b, 1);
          Guarded apart = Guarded.filled(n, 5f)) {
        Guarded out = !inPlace ? apart : operation == 3 ? second : first;
        FloatPointer x = first.pointer();
        FloatPointer z = second.pointer();
        FloatPointer y = out.pointer();
        switch (operation) {
          case 0 -> NativeCpu.relu(x, y, n, threads);
          case 1 -> NativeCpu.addRelu(x, z, y, n, false, threads);
          case 2 -> NativeCpu.addRelu(x, z, y, n, true, threads);
          default -> NativeCpu.reluBackward(x, z, y, n, threads);
        }
        results[operation] = out.read();
      }
    }
    return results;
  }

  @Test
  void findsEveryNonFiniteElement() {
    for (int n : Variants.SIZES) {
      assertFalse(anyNonFinite(new float[n]), "zeros");
      float[] values = Variants.normal(new Random(n), n);
      for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
        for (int at : new int[] {0, n / 2, n - 1}) {
          if (at >= 0 && at < n) {
            float[] spoiled = values.clone();
            spoiled[at] = bad;
            assertTrue(anyNonFinite(spoiled), bad + " at " + at + " of " + n);
          }
        }
      }
      if (n > 0) {
        values[n - 1] = Float.MAX_VALUE;
        assertFalse(anyNonFinite(values), "the greatest finite value");
      }
    }
  }

  private static boolean anyNonFinite(float[] values) {
    float[][] found =
        Variants.sameBits(
            "hasNonFinite",
            threads -> {
              try (Guarded x = new Guarded(values)) {
                boolean any = NativeCpu.hasNonFinite(x.pointer(), values.length, threads);
                return new float[][] {{any ? 1 : 0}};
              }
            });
    return found[0][0] != 0;
  }

  @Test
  void openMpThreadsAreTheCallingThreads() {
    int before = NativeCpu.maxOpenMpThreads();
    NativeCpu.setOpenMpThreads(3);
    assertEquals(3, NativeCpu.maxOpenMpThreads());
    NativeCpu.setOpenMpThreads(before);
    assertEquals(before, NativeCpu.maxOpenMpThreads());
  }

  @Test
  void refusesAnUnknownInstructionSet() {
    int best = NativeCpu.isa();
    assertEquals(best, NativeCpu.setIsa(7));
    assertEquals(best, NativeCpu.setIsa(-1));
    assertEquals(NativeCpu.ISA_PORTABLE, NativeCpu.setIsa(NativeCpu.ISA_PORTABLE));
    assertEquals(best, NativeCpu.setIsa(best));
  }
}
