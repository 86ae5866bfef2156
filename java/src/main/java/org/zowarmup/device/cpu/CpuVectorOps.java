package org.zowarmup.device.cpu;

import java.util.List;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.device.VectorOps;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.random.Distribution;

/** The flat-vector operations by native kernels, with a fixed number of threads. */
final class CpuVectorOps implements VectorOps {
  private final int threads;

  CpuVectorOps(int threads) {
    this.threads = threads;
  }

  private static FloatPointer at(Vector v) {
    return CpuVector.of(v).pointer();
  }

  @Override
  public void copy(Vector from, Vector to) {
    from.requireLengthOf(to);
    Pointer.memcpy(at(to), at(from), from.length() * Float.BYTES);
  }

  @Override
  public void clear(Vector v) {
    Pointer.memset(at(v), 0, v.length() * Float.BYTES);
  }

  @Override
  public void perturbPair(
      Vector w, long seed, float epsilon, Distribution distribution, Vector plus, Vector minus) {
    w.requireLengthOf(plus);
    w.requireLengthOf(minus);
    CpuVector.Layout layout = CpuVector.of(w).layout();
    NativeCpu.perturbPair(
        at(w),
        at(plus),
        at(minus),
        layout.offsets(),
        layout.sizes(),
        layout.segments(),
        seed,
        epsilon,
        distribution.code(),
        threads);
  }

  @Override
  public void accumulateSeeds(Vector y, float beta, SeedTerms terms, Distribution distribution) {
    CpuVector.Layout layout = CpuVector.of(y).layout();
    try (LongPointer seeds = new LongPointer(terms.seeds());
        FloatPointer coefficients = new FloatPointer(terms.coefficients())) {
      NativeCpu.accumulateSeeds(
          at(y),
          beta,
          layout.offsets(),
          layout.sizes(),
          layout.segments(),
          seeds,
          coefficients,
          terms.size(),
          distribution.code(),
          threads);
    }
  }

  @Override
  public void weightedSum(Vector out, List<Vector> vectors, double[] coefficients) {
    VectorOps.requireOneEach(out, vectors, coefficients);
    FloatPointer[] inputs = vectors.stream().map(CpuVectorOps::at).toArray(FloatPointer[]::new);
    try (PointerPointer<FloatPointer> pointers = new PointerPointer<>(inputs);
        DoublePointer factors = new DoublePointer(coefficients)) {
      NativeCpu.weightedSum(at(out), pointers, factors, inputs.length, out.length(), threads);
    }
  }

  @Override
  public void sgdStep(Vector w, Vector gradient, Vector velocity, TrainJob.Sgd sgd) {
    w.requireLengthOf(gradient);
    NativeCpu.sgd(
        at(w),
        at(gradient),
        velocity == null ? null : at(velocity),
        w.length(),
        sgd.lr(),
        sgd.momentum(),
        sgd.weightDecay(),
        threads);
  }

  @Override
  public boolean isFinite(Vector v) {
    return !NativeCpu.hasNonFinite(at(v), v.length(), threads);
  }
}
