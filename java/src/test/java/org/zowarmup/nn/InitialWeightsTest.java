package org.zowarmup.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.zowarmup.nn.models.ResNet18;
import org.zowarmup.nn.models.VisionTransformer;

/**
 * Initial weights against PyTorch's documented defaults: U(-1/sqrt(fan_in), 1/sqrt(fan_in)), gains
 * 1, biases of norms 0.
 */
final class InitialWeightsTest {
  private static final Graph GRAPH = new ResNet18().build(new Shape(8, 8, 3), 10);

  @Test
  void drawsFollowTorchsDefaults() {
    float[] weights = InitialWeights.draw(GRAPH.layout(), 5);
    boolean[] covered = new boolean[weights.length];
    for (ParameterTensor t : GRAPH.layout().tensors()) {
      Arrays.fill(covered, (int) t.offset(), (int) t.end(), true);
      float[] values = Arrays.copyOfRange(weights, (int) t.offset(), (int) t.end());
      boolean norm = t.name().contains("bn") || t.name().contains("downsample.1");
      if (norm) {
        float expected = t.name().endsWith("weight") ? 1 : 0;
        for (float v : values) {
          assertEquals(expected, v, t.name());
        }
      } else {
        assertUniform(t, values);
      }
    }
    for (int i = 0; i < weights.length; i++) {
      assertTrue(covered[i] || weights[i] == 0, "padding at " + i);
    }
  }

  private static void assertUniform(ParameterTensor t, float[] values) {
    int fanIn = 512; // fc, its bias too
    if (t.spec().shape().size() == 4) {
      fanIn = t.spec().shape().get(1) * t.spec().shape().get(2) * t.spec().shape().get(3);
    }
    double bound = 1 / Math.sqrt(fanIn);
    double sum = 0;
    double squares = 0;
    double largest = 0;
    for (float v : values) {
      sum += v;
      squares += (double) v * v;
      largest = Math.max(largest, Math.abs(v));
    }
    int n = values.length;
    assertTrue(largest <= bound && largest > bound * (1 - 10.0 / n), t.name() + ": " + largest);
    // a uniform draw has variance bound^2 / 3 and fourth moment bound^4 / 5
    assertEquals(0, sum / n, 5 * bound / Math.sqrt(3.0 * n), t.name());
    double sigma = bound * bound * Math.sqrt((1 / 5.0 - 1 / 9.0) / n);
    assertEquals(bound * bound / 3, squares / n, 5 * sigma, t.name());
  }

  /** Positions are normal with deviation 0.02; the bound of 2 is a hundred deviations away. */
  @Test
  void embeddingsAreNormal() {
    Graph vit = new VisionTransformer.Vit().build(new Shape(32, 32, 3), 10);
    float[] weights = InitialWeights.draw(vit.layout(), 5);
    ParameterTensor t =
        vit.layout().tensors().stream().filter(p -> p.name().equals("pos_embed")).findAny().get();
    double sum = 0;
    double squares = 0;
    double fourth = 0;
    int within = 0;
    for (long i = t.offset(); i < t.end(); i++) {
      double v = weights[(int) i] / 0.02;
      sum += v;
      squares += v * v;
      fourth += v * v * v * v;
      within += Math.abs(v) < 1 ? 1 : 0;
    }
    int n = t.size();
    // moments of the standard normal: variances 1, 2 and 96
    assertEquals(0, sum / n, 5 / Math.sqrt(n));
    assertEquals(1, squares / n, 5 * Math.sqrt(2.0 / n));
    assertEquals(3, fourth / n, 5 * Math.sqrt(96.0 / n));
    assertEquals(0.682689, within / (double) n, 5 * Math.sqrt(0.25 / n));
  }

  @Test
  void aSeedMeansTheSameBitsAndAnotherSeedOthers() {
    float[] once = InitialWeights.draw(GRAPH.layout(), 5);
    assertArrayEquals(once, InitialWeights.draw(GRAPH.layout(), 5));
    float[] other = InitialWeights.draw(GRAPH.layout(), 6);
    int same = 0;
    for (ParameterTensor t : GRAPH.layout().tensors()) {
      if (t.spec().shape().size() == 4) {
        for (int i = (int) t.offset(); i < t.end(); i++) {
          same += once[i] == other[i] ? 1 : 0;
        }
      }
    }
    assertTrue(same < 100, same + " of 11 million draws agree");
  }
}
