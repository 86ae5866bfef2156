package org.zowarmup.device.host;

import java.util.Arrays;
import java.util.List;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.device.VectorOps;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.random.Distribution;

/**
 * The flat-vector operations written as the contracts state them, one element at a time. Java's
 * float arithmetic rounds every operation on its own, which is what the contracts ask for.
 */
public final class HostVectorOps implements VectorOps {
  @Override
  public void copy(Vector from, Vector to) {
    float[] source = HostVector.of(from).data();
    System.arraycopy(source, 0, HostVector.of(to).data(), 0, source.length);
  }

  @Override
  public void clear(Vector v) {
    Arrays.fill(HostVector.of(v).data(), 0f);
  }

  @Override
  public void perturbPair(
      Vector w, long seed, float epsilon, Distribution distribution, Vector plus, Vector minus) {
    float[] center = HostVector.of(w).data();
    float[] up = HostVector.of(plus).data();
    float[] down = HostVector.of(minus).data();
    for (ParameterTensor tensor : HostVector.of(w).layout().tensors()) {
      float[] z = direction(tensor, seed, distribution);
      int at = Math.toIntExact(tensor.offset());
      for (int i = 0; i < z.length; i++) {
        float step = epsilon * z[i];
        float x = center[at + i];
        up[at + i] = x + step;
        down[at + i] = x - step;
      }
    }
  }

  @Override
  public void accumulateSeeds(Vector y, float beta, SeedTerms terms, Distribution distribution) {
    float[] data = HostVector.of(y).data();
    for (ParameterTensor tensor : HostVector.of(y).layout().tensors()) {
      float[] sum = new float[tensor.size()];
      for (int k = 0; k < terms.size(); k++) {
        float[] z = direction(tensor, terms.seed(k), distribution);
        for (int i = 0; i < sum.length; i++) {
          float term = terms.coefficient(k) * z[i];
          sum[i] += term;
        }
      }
      int at = Math.toIntExact(tensor.offset());
      for (int i = 0; i < sum.length; i++) {
        float scaled = beta * data[at + i];
        data[at + i] = scaled + sum[i];
      }
    }
  }

  private static float[] direction(ParameterTensor tensor, long seed, Distribution distribution) {
    float[] z = new float[tensor.size()];
    distribution.fill(seed, tensor.offset(), z);
    return z;
  }

  @Override
  public void weightedSum(Vector out, List<Vector> vectors, double[] coefficients) {
    float[][] inputs = vectors.stream().map(v -> HostVector.of(v).data()).toArray(float[][]::new);
    float[] result = HostVector.of(out).data();
    for (int i = 0; i < result.length; i++) {
      double sum = 0;
      for (int k = 0; k < inputs.length; k++) {
        sum += coefficients[k] * inputs[k][i];
      }
      result[i] = (float) sum;
    }
  }

  @Override
  public void sgdStep(Vector w, Vector gradient, Vector velocity, TrainJob.Sgd sgd) {
    float[] weights = HostVector.of(w).data();
    float[] g = HostVector.of(gradient).data();
    float[] v = velocity == null ? null : HostVector.of(velocity).data();
    for (int i = 0; i < weights.length; i++) {
      float decay = sgd.weightDecay() * weights[i];
      float step = g[i] + decay;
      if (v != null) {
        float kept = sgd.momentum() * v[i];
        step = kept + step;
        v[i] = step;
      }
      float change = sgd.lr() * step;
      weights[i] -= change;
    }
  }

  @Override
  public boolean isFinite(Vector v) {
    for (float x : HostVector.of(v).data()) {
      if (!Float.isFinite(x)) {
        return false;
      }
    }
    return true;
  }
}
