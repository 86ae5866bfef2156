package org.zowarmup.device.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.random.Distribution;

/**
 * Kernels on flat vectors. Directions must have the very bits of the Java twin and of native/: both
 * are computed, compared and expected.
 */
final class VectorKernelCases {
  private static final long SEED = 0x0123456789ABCDEFL;
  private static final byte BEFORE = 0x5A;
  private static final int[] SIZES = {1, 13, 127, 128, 129, 207, 4098, 2560};

  private VectorKernelCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (Distribution distribution : Distribution.values()) {
      for (boolean table : new boolean[] {false, true}) {
        cases.add(perturb(distribution, fp32(), table, "fp32"));
        cases.add(perturb(distribution, mixed(), table, "bf16, padded and fp32"));
      }
      for (int terms : new int[] {0, 1, 3, 4, 5, 33}) {
        cases.add(accumulate(distribution, terms, 1, 3));
      }
      cases.add(accumulate(distribution, 7, 0, 1));
      cases.add(drift(distribution, false));
      cases.add(drift(distribution, true));
      cases.add(accumulate(distribution, 7, -0.75f, 1));
    }
    cases.add(kept());
    cases.add(copy(mixed()));
    cases.add(gather(mixed()));
    cases.add(sgdWithCopy(mixed(), false));
    cases.add(sgdWithCopy(mixed(), true));
    for (int n : new int[] {1, 13, 207, 4098}) {
      cases.add(sgd(n, 0.9f, false));
      cases.add(sgd(n, 0, false));
      cases.add(sgd(n, 0.9f, true));
      cases.add(weightedSum(n));
      cases.add(finite(n, -1, 0));
      cases.add(finite(n, n - 1, Float.NaN));
      cases.add(finite(n, n / 2, Float.NEGATIVE_INFINITY));
    }
    cases.add(
        KernelCase.of("advanceJob", "", false)
            .block(1)
            .ints(new int[] {6}, Verdicts.ints(new int[] {7})));
    return cases;
  }

  private static TestSegments fp32() {
    return new TestSegments(
        Arrays.stream(SIZES)
            .mapToObj(n -> TestSegments.Tensor.of(n, 0))
            .toArray(TestSegments.Tensor[]::new));
  }

  private static TestSegments mixed() {
    int padded = TestSegments.BF16 | TestSegments.PADDED;
    return new TestSegments(
        new TestSegments.Tensor(64 * 9 * 3, padded, 3, 8),
        TestSegments.Tensor.of(64, 0),
        new TestSegments.Tensor(27 * 5, TestSegments.PADDED, 3, 4),
        TestSegments.Tensor.of(4098, TestSegments.BF16),
        TestSegments.Tensor.of(13, TestSegments.BF16),
        TestSegments.Tensor.of(512, TestSegments.BF16),
        TestSegments.Tensor.of(10, 0),
        TestSegments.Tensor.of(1280, TestSegments.BF16),
        TestSegments.Tensor.of(207, TestSegments.BF16));
  }

  private static float[] z(TestSegments segments, long seed, Distribution distribution) {
    float[] z = new float[segments.length];
    for (int s = 0; s < segments.tensors.length; s++) {
      float[] part = new float[segments.tensors[s].size()];
      distribution.fill(seed, segments.offsets[s], part);
      System.arraycopy(part, 0, z, segments.offsets[s], part.length);
    }
    return z;
  }

  private static long[] longs(int[] values) {
    return Arrays.stream(values).asLongStream().toArray();
  }

  private static long[] sizes(TestSegments segments) {
    return Arrays.stream(segments.tensors).mapToLong(TestSegments.Tensor::size).toArray();
  }

  /** {w + eps z, w - eps z} by the Java twin; native/ must agree on every bit. */
  private static float[][] perturbed(
      TestSegments segments, float[] w, float epsilon, Distribution distribution) {
    float[][] sides = {new float[w.length], new float[w.length]};
    float[] z = z(segments, SEED, distribution);
    for (int s = 0; s < segments.tensors.length; s++) {
      for (int i = segments.offsets[s]; i < segments.offsets[s] + segments.tensors[s].size(); i++) {
        float step = epsilon * z[i];
        sides[0][i] = w[i] + step;
        sides[1][i] = w[i] - step;
      }
    }
    try (FloatPointer center = new FloatPointer(w);
        FloatPointer plus = new FloatPointer(new float[w.length]);
        FloatPointer minus = new FloatPointer(new float[w.length]);
        LongPointer offsets = new LongPointer(longs(segments.offsets));
        LongPointer sizes = new LongPointer(sizes(segments))) {
      NativeCpu.perturbPair(
          center,
          plus,
          minus,
          offsets,
          sizes,
          segments.tensors.length,
          SEED,
          epsilon,
          distribution.code(),
          1);
      float[] found = new float[w.length];
      plus.get(found);
      assertArrayEquals(sides[0], found, "native plus");
      minus.get(found);
      assertArrayEquals(sides[1], found, "native minus");
    }
    return sides;
  }

  private static String kernel(String prefix, Distribution distribution) {
    return prefix + (distribution == Distribution.RADEMACHER ? "Rademacher" : "Gaussian");
  }

  private static byte[] jobs(int flags, float epsilon) {
    ByteBuffer out = ByteBuffer.allocate(2 * 40).order(ByteOrder.LITTLE_ENDIAN);
    out.position(40);
    out.putLong(SEED).putInt(5).putInt(flags).putFloat(epsilon);
    out.putFloat(0.05f).putFloat(0.9f).putFloat(1e-2f).putInt(2).putInt(2);
    return KernelCase.content(out);
  }

  private static byte[] filled(int n) {
    byte[] out = new byte[n];
    Arrays.fill(out, BEFORE);
    return out;
  }

  private static KernelCase.Verdict bytes(byte[] expected) {
    return result -> assertArrayEquals(expected, KernelCase.content(result));
  }

  private static KernelCase perturb(
      Distribution distribution, TestSegments segments, boolean table, String what) {
    float epsilon = 0.037f;
    float[] w = Samples.normal(1, segments.length);
    float[][] sides = perturbed(segments, w, epsilon, distribution);
    KernelCase c =
        KernelCase.of(
                kernel("perturb", distribution),
                what + (table ? ", from the job table" : ""),
                false)
            .grid(table ? 2 : 3)
            .floats(w)
            .bytes(filled(segments.copyBytes), bytes(segments.copyOf(sides[0], BEFORE)))
            .bytes(filled(segments.copyBytes), bytes(segments.copyOf(sides[1], BEFORE)))
            .bytes(segments.table())
            .ints(segments.blockSegment())
            .i64(segments.blocks());
    return table
        ? c.bytes(jobs(0, epsilon)).ints(new int[] {1}).i64(99).f32(99)
        : c.none().none().i64(SEED).f32(epsilon);
  }

  private static KernelCase kept() {
    TestSegments segments = fp32();
    byte[] before = filled(segments.copyBytes);
    return KernelCase.of("perturbRademacher", "told to keep the weights", false)
        .floats(Samples.normal(1, segments.length))
        .bytes(before, bytes(before))
        .bytes(before, bytes(before))
        .bytes(segments.table())
        .ints(segments.blockSegment())
        .i64(segments.blocks())
        .bytes(jobs(1, 1e-3f))
        .ints(new int[] {1})
        .i64(0)
        .f32(0);
  }

  private static float[] accumulated(
      TestSegments segments,
      float[] y,
      float beta,
      long[] seeds,
      float[] coefficients,
      Distribution distribution) {
    float[] sum = new float[y.length];
    for (int k = 0; k < seeds.length; k++) {
      float[] z = z(segments, seeds[k], distribution);
      for (int i = 0; i < sum.length; i++) {
        float term = coefficients[k] * z[i];
        sum[i] += term;
      }
    }
    float[] out = y.clone();
    for (int s = 0; s < segments.tensors.length; s++) {
      for (int i = segments.offsets[s]; i < segments.offsets[s] + segments.tensors[s].size(); i++) {
        float scaled = beta * y[i];
        out[i] = beta == 0 ? sum[i] : scaled + sum[i];
      }
    }
    try (FloatPointer data = new FloatPointer(y);
        LongPointer offsets = new LongPointer(longs(segments.offsets));
        LongPointer sizes = new LongPointer(sizes(segments));
        LongPointer keys = new LongPointer(Arrays.copyOf(seeds, seeds.length + 1));
        FloatPointer factors = new FloatPointer(Arrays.copyOf(coefficients, seeds.length + 1))) {
      NativeCpu.accumulateSeeds(
          data,
          beta,
          offsets,
          sizes,
          segments.tensors.length,
          keys,
          factors,
          seeds.length,
          distribution.code(),
          1);
      float[] found = new float[y.length];
      data.get(found);
      assertArrayEquals(out, found, "native accumulateSeeds");
    }
    return out;
  }

  private static KernelCase accumulate(Distribution distribution, int terms, float beta, int grid) {
    TestSegments segments = fp32();
    long[] seeds = new long[terms];
    for (int k = 0; k < terms; k++) {
      seeds[k] = SEED * (2 * k + 1);
    }
    float[] coefficients = Samples.normal(2, terms);
    float[] y = Samples.normal(3, segments.length);
    float[] expected = accumulated(segments, y, beta, seeds, coefficients, distribution);
    return KernelCase.of(kernel("accumulate", distribution), terms + " terms, beta " + beta, false)
        .grid(grid)
        .floats(y, Verdicts.bits(expected))
        .same(0)
        .f32(beta)
        .bytes(segments.table())
        .ints(segments.blockSegment())
        .i64(segments.blocks())
        .longs(seeds)
        .floats(coefficients)
        .i32(terms)
        .none()
        .none();
  }

  /** The drift of a job: terms from the middle of the table, into another vector. */
  private static KernelCase drift(Distribution distribution, boolean keeps) {
    TestSegments segments = fp32();
    long[] seeds = {1, 2, SEED, -SEED, 5};
    float[] coefficients = Samples.normal(2, seeds.length);
    float[] w = Samples.normal(3, segments.length);
    float[] expected =
        accumulated(
            segments,
            w,
            1,
            Arrays.copyOfRange(seeds, 2, 4),
            Arrays.copyOfRange(coefficients, 2, 4),
            distribution);
    float[] unset = Samples.unset(segments.length);
    for (int i = 0; i < unset.length; i++) { // padding is not written
      expected[i] = segments.isParameter(i) && !keeps ? expected[i] : unset[i];
    }
    return KernelCase.of(kernel("accumulate", distribution), "a job's drift, kept " + keeps, false)
        .grid(2)
        .floats(w)
        .floats(unset, Verdicts.bits(expected))
        .f32(1)
        .bytes(segments.table())
        .ints(segments.blockSegment())
        .i64(segments.blocks())
        .longs(seeds)
        .floats(coefficients)
        .i32(99)
        .bytes(jobs(keeps ? 1 : 0, 0))
        .ints(new int[] {1});
  }

  private static KernelCase copy(TestSegments segments) {
    float[] w = Samples.normal(4, segments.length);
    return KernelCase.of("copyWeights", "bf16, padded and fp32", false)
        .grid(3)
        .floats(w)
        .bytes(filled(segments.copyBytes), bytes(segments.copyOf(w, BEFORE)))
        .bytes(segments.table())
        .ints(segments.blockSegment())
        .i64(segments.blocks());
  }

  private static KernelCase gather(TestSegments segments) {
    float[] w = Samples.normal(5, segments.length, true);
    float[] before = Samples.normal(6, segments.length);
    float[] expected = before.clone();
    for (int s = 0; s < segments.tensors.length; s++) {
      int from = segments.offsets[s];
      System.arraycopy(w, from, expected, from, segments.tensors[s].size());
    }
    return KernelCase.of("gatherWeights", "bf16, padded and fp32", false)
        .grid(3)
        .bytes(segments.copyOf(w, BEFORE))
        .floats(before, Verdicts.bits(expected))
        .bytes(segments.table())
        .ints(segments.blockSegment())
        .i64(segments.blocks());
  }

  private static KernelCase sgd(int n, float momentum, boolean table) {
    float lr = 0.05f;
    float decay = 1e-2f;
    float[] w = Samples.normal(7, n);
    float[] g = Samples.normal(8, n);
    float[] v = Samples.normal(9, n);
    float[] newW = w.clone();
    float[] newV = v.clone();
    for (int i = 0; i < n; i++) {
      float decayed = decay * w[i];
      float step = g[i] + decayed;
      if (momentum != 0) {
        float kept = momentum * v[i];
        step = kept + step;
        newV[i] = step;
      }
      float change = lr * step;
      newW[i] = w[i] - change;
    }
    KernelCase c =
        KernelCase.of(
                table ? "sgdStepJob" : "sgdStep", n + " elements, momentum " + momentum, false)
            .grid(2)
            .floats(w, Verdicts.bits(newW))
            .floats(g);
    if (momentum == 0) {
      c.none();
    } else {
      c.floats(v, Verdicts.bits(newV));
    }
    c.i64(n);
    return table ? c.bytes(jobs(0, 0)).ints(new int[] {1}) : c.f32(lr).f32(momentum).f32(decay);
  }

  /** The bits of gatherWeights, sgdStepJob and copyWeights one after the other. */
  private static KernelCase sgdWithCopy(TestSegments segments, boolean momentum) {
    float[] w = Samples.normal(14, segments.length);
    float[] g = Samples.normal(15, segments.length, true);
    float[] v = Samples.normal(16, segments.length);
    float[] newW = w.clone();
    float[] newV = v.clone();
    for (int i = 0; i < w.length; i++) {
      if (segments.isParameter(i)) {
        float decayed = 1e-2f * w[i];
        float step = g[i] + decayed;
        if (momentum) {
          float kept = 0.9f * v[i];
          step = kept + step;
          newV[i] = step;
        }
        float change = 0.05f * step;
        newW[i] = w[i] - change;
      }
    }
    KernelCase c =
        KernelCase.of("sgdStepCopy", "bf16, padded and fp32, momentum " + momentum, false)
            .grid(3)
            .floats(w, Verdicts.bits(newW))
            .bytes(segments.copyOf(g, BEFORE));
    if (momentum) {
      c.floats(v, Verdicts.bits(newV));
    } else {
      c.none();
    }
    return c.bytes(filled(segments.copyBytes), bytes(segments.copyOf(newW, BEFORE)))
        .bytes(segments.table())
        .ints(segments.blockSegment())
        .i64(segments.blocks())
        .bytes(jobs(0, 0))
        .ints(new int[] {1});
  }

  private static KernelCase weightedSum(int n) {
    double[] coefficients = {0.1, -2.7, 1 / 3.0};
    float[][] vectors = {Samples.normal(10, n), Samples.normal(11, n), Samples.normal(12, n)};
    float[] expected = new float[n];
    for (int i = 0; i < n; i++) {
      double sum = 0;
      for (int k = 0; k < 3; k++) {
        double term = coefficients[k] * vectors[k][i];
        sum += term;
      }
      expected[i] = (float) sum;
    }
    // the vectors come after the kernel's five arguments; a launch does not look there
    return KernelCase.of("weightedSum", n + " elements, out among the vectors", false)
        .grid(2)
        .floats(vectors[0], Verdicts.bits(expected))
        .pointers(0, 5, 6)
        .doubles(coefficients)
        .i32(3)
        .i64(n)
        .floats(vectors[1])
        .floats(vectors[2]);
  }

  private static KernelCase finite(int n, int at, float value) {
    float[] v = Samples.normal(13, n);
    if (at >= 0) {
      v[at] = value;
    }
    return KernelCase.of("findNonFinite", n + " elements, " + (at < 0 ? "none" : value), false)
        .grid(2)
        .floats(v)
        .i64(n)
        .ints(new int[1], Verdicts.ints(new int[] {at < 0 ? 0 : 1}));
  }
}
