package org.zowarmup.device.cuda;

import java.util.List;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.device.VectorOps;
import org.zowarmup.device.cuda.driver.DeviceMemory;
import org.zowarmup.device.cuda.kernel.CudaLayout;
import org.zowarmup.device.cuda.kernel.Kernel;
import org.zowarmup.random.Distribution;

/**
 * The flat-vector operations by the program's own kernels. Every call waits for its end: a round
 * has a handful of them, and lanes on other streams read what they leave.
 */
final class CudaVectorOps implements VectorOps {
  private final CudaDevice device;

  CudaVectorOps(CudaDevice device) {
    this.device = device;
  }

  private DeviceMemory at(Vector v) {
    return device.own(v).memory();
  }

  private static long bytes(Vector v) {
    return Float.BYTES * v.length();
  }

  @Override
  public void copy(Vector from, Vector to) {
    from.requireLengthOf(to);
    device
        .common()
        .withStream(stream -> stream.onDevice(at(to).address(), at(from).address(), bytes(from)));
  }

  @Override
  public void clear(Vector v) {
    device.common().withStream(stream -> stream.clear(at(v).address(), bytes(v)));
  }

  @Override
  public void perturbPair(
      Vector w, long seed, float epsilon, Distribution distribution, Vector plus, Vector minus) {
    w.requireLengthOf(plus);
    w.requireLengthOf(minus);
    CudaLayout layout = device.own(w).layout();
    Kernel kernel = device.common().kernels().perturb(distribution);
    device
        .common()
        .withStream(
            stream ->
                kernel
                    .bind(
                        stream,
                        at(w),
                        at(plus),
                        at(minus),
                        layout.segments(),
                        layout.blockSegments(),
                        layout.blocks(),
                        null,
                        null,
                        seed,
                        epsilon)
                    .enqueue());
  }

  @Override
  public void accumulateSeeds(Vector y, float beta, SeedTerms terms, Distribution distribution) {
    CudaLayout layout = device.own(y).layout();
    Kernel kernel = device.common().kernels().accumulateSeeds(distribution);
    try (LongPointer hostSeeds = new LongPointer(terms.seeds());
        FloatPointer hostCoefficients = new FloatPointer(terms.coefficients());
        DeviceMemory seeds = temporary("seeds", (long) Long.BYTES * terms.size());
        DeviceMemory coefficients = temporary("coefficients", (long) Float.BYTES * terms.size())) {
      device
          .common()
          .withStream(
              stream -> {
                stream.toDevice(seeds.address(), hostSeeds.address(), seeds.bytes());
                stream.toDevice(
                    coefficients.address(), hostCoefficients.address(), coefficients.bytes());
                kernel
                    .bind(
                        stream,
                        at(y),
                        at(y),
                        beta,
                        layout.segments(),
                        layout.blockSegments(),
                        layout.blocks(),
                        seeds,
                        coefficients,
                        terms.size(),
                        null,
                        null)
                    .enqueue();
              });
    }
  }

  private DeviceMemory temporary(String name, long bytes) {
    return new DeviceMemory(device.common().gpu(), name, bytes);
  }

  @Override
  public void weightedSum(Vector out, List<Vector> vectors, double[] coefficients) {
    VectorOps.requireOneEach(out, vectors, coefficients);
    long[] addresses = vectors.stream().mapToLong(v -> at(v).address()).toArray();
    Kernel kernel = device.common().kernels().get("weighted_sum.cu", "weightedSum");
    try (LongPointer hostAddresses = new LongPointer(addresses);
        DoublePointer hostFactors = new DoublePointer(coefficients);
        DeviceMemory inputs = temporary("vectors", (long) Long.BYTES * addresses.length);
        DeviceMemory factors = temporary("coefficients", (long) Double.BYTES * addresses.length)) {
      device
          .common()
          .withStream(
              stream -> {
                stream.toDevice(inputs.address(), hostAddresses.address(), inputs.bytes());
                stream.toDevice(factors.address(), hostFactors.address(), factors.bytes());
                kernel
                    .bind(stream, at(out), inputs, factors, addresses.length, out.length())
                    .enqueue();
              });
    }
  }

  @Override
  public void sgdStep(Vector w, Vector gradient, Vector velocity, TrainJob.Sgd sgd) {
    w.requireLengthOf(gradient);
    Kernel kernel = device.common().kernels().get("sgd_step.cu", "sgdStep");
    device
        .common()
        .withStream(
            stream ->
                kernel
                    .bind(
                        stream,
                        at(w),
                        at(gradient),
                        velocity == null ? null : at(velocity),
                        w.length(),
                        sgd.lr(),
                        sgd.momentum(),
                        sgd.weightDecay())
                    .enqueue());
  }

  @Override
  public boolean isFinite(Vector v) {
    Kernel kernel = device.common().kernels().get("finite.cu", "findNonFinite");
    try (DeviceMemory found = temporary("flag", Integer.BYTES);
        IntPointer flag = new IntPointer(1)) {
      device
          .common()
          .withStream(
              stream -> {
                stream.clear(found.address(), Integer.BYTES);
                kernel.bind(stream, at(v), v.length(), found).enqueue();
                stream.toHost(flag.address(), found.address(), Integer.BYTES);
              });
      return flag.get() == 0;
    }
  }
}
