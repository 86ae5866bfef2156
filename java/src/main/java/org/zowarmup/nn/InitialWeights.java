package org.zowarmup.nn;

import java.util.Arrays;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.distribution.ContinuousSampler;
import org.apache.commons.rng.sampling.distribution.ZigguratSampler;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * Initial weights as PyTorch's defaults draw them, from named randomness: a function of the run
 * seed and the layout.
 */
public final class InitialWeights {
  private InitialWeights() {}

  /** The flat buffer, [layout.length()] fp32; the padding is zero. */
  public static float[] draw(ParameterLayout layout, long runSeed) {
    float[] weights = new float[Math.toIntExact(layout.length())];
    for (ParameterTensor tensor : layout.tensors()) {
      draw(tensor, weights, runSeed);
    }
    return weights;
  }

  private static void draw(ParameterTensor tensor, float[] weights, long runSeed) {
    int from = Math.toIntExact(tensor.offset());
    int to = from + tensor.size();
    ParameterSpec.Initialization initialization = tensor.spec().initialization();
    if (initialization instanceof ParameterSpec.Initialization.Constant constant) {
      Arrays.fill(weights, from, to, constant.value());
      return;
    }
    UniformRandomProvider draws =
        NamedRandom.generator(
            runSeed, Purpose.INITIAL_WEIGHTS, NamedRandom.NONE, NamedRandom.NONE, tensor.index());
    if (initialization instanceof ParameterSpec.Initialization.Uniform uniform) {
      for (int i = from; i < to; i++) {
        weights[i] = (float) ((2 * draws.nextDouble() - 1) * uniform.bound());
      }
    } else if (initialization instanceof ParameterSpec.Initialization.TruncatedNormal normal) {
      var gaussian = ZigguratSampler.NormalizedGaussian.of(draws);
      for (int i = from; i < to; i++) {
        weights[i] = (float) truncated(gaussian, normal.deviation());
      }
    }
  }

  private static double truncated(ContinuousSampler gaussian, double deviation) {
    double value = deviation * gaussian.sample();
    while (Math.abs(value) > ParameterSpec.Initialization.TruncatedNormal.BOUND) {
      value = deviation * gaussian.sample();
    }
    return value;
  }
}
