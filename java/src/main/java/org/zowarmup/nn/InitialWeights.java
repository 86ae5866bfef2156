package org.zowarmup.nn;

import org.apache.commons.rng.UniformRandomProvider;
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
      int from = Math.toIntExact(tensor.offset());
      int to = from + tensor.size();
      if (tensor.spec().initialization() instanceof Initialization.Constant constant) {
        java.util.Arrays.fill(weights, from, to, constant.value());
      } else if (tensor.spec().initialization() instanceof Initialization.Uniform uniform) {
        UniformRandomProvider draws =
            NamedRandom.generator(
                runSeed,
                Purpose.INITIAL_WEIGHTS,
                NamedRandom.NONE,
                NamedRandom.NONE,
                tensor.index());
        for (int i = from; i < to; i++) {
          weights[i] = (float) ((2 * draws.nextDouble() - 1) * uniform.bound());
        }
      }
    }
    return weights;
  }
}
