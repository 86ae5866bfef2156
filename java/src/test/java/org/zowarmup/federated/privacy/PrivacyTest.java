package org.zowarmup.federated.privacy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.zowarmup.config.FaultsConfig;
import org.zowarmup.config.PrivacyConfig;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.algorithm.FedAvg;
import org.zowarmup.federated.algorithm.SmallFederation;
import org.zowarmup.federated.algorithm.ZoSgd;
import org.zowarmup.federated.methods.Methods;
import org.zowarmup.nn.InitialWeights;

/** Clipping and noise in both phases. */
class PrivacyTest {
  private static final int[] EQUAL = {6, 6, 6};

  private static float[] start() {
    return InitialWeights.draw(SmallFederation.graph().layout(), 1);
  }

  private static float[] afterFedAvg(PrivacyConfig privacy) {
    try (SmallFederation small = new SmallFederation("cpu", 1, EQUAL);
        Vector weights = small.executor.allocate()) {
      weights.write(start());
      FederatedContext context = small.context(FaultsConfig.NONE, privacy);
      small.run(
          new FedAvg(context, small.federation.clients(), SmallFederation.warmup(3, 0.1, 1)),
          1,
          0,
          weights);
      return weights.read();
    }
  }

  private static float[] afterZo(PrivacyConfig privacy, boolean ownSeeds) {
    try (SmallFederation small = new SmallFederation("cpu", 1, EQUAL);
        Vector weights = small.executor.allocate()) {
      weights.write(start());
      FederatedContext context = small.context(FaultsConfig.NONE, privacy);
      small.run(
          new ZoSgd(context, small.federation.clients(), SmallFederation.zo(3, 4, ownSeeds, 0, 1)),
          1,
          0,
          weights);
      return weights.read();
    }
  }

  private static double norm(float[] a, float[] b) {
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      squares += Math.pow((double) a[i] - b[i], 2);
    }
    return Math.sqrt(squares);
  }

  @Test
  void wideClippingWithoutNoiseIsNoPrivacyForEqualClients() {
    PrivacyConfig wide = new PrivacyConfig(1e6, 0, 1e6, 0, 1e-5);
    assertArrayEquals(afterFedAvg(PrivacyConfig.NONE), afterFedAvg(wide), 1e-6f);
    assertArrayEquals(afterZo(PrivacyConfig.NONE, true), afterZo(wide, true), 1e-6f);
    assertArrayEquals(afterZo(PrivacyConfig.NONE, false), afterZo(wide, false), 1e-6f);
  }

  @Test
  void noRoundMovesFartherThanTheClip() {
    double freely = norm(start(), afterFedAvg(PrivacyConfig.NONE));
    double clip = freely / 10;
    double clipped = norm(start(), afterFedAvg(new PrivacyConfig(clip, 0, 0, 0, 1e-5)));
    assertTrue(clipped <= clip * (1 + 1e-5), clipped + " for " + clip);
    assertTrue(clipped > clip / 3, "three clients that mostly agree");
  }

  /** 87 weights: the sample deviation of the noise lies within a third of sigma C / P. */
  @Test
  void noiseOfAWarmUpRoundHasItsDeviation() {
    double clip = 0.5;
    float[] silent = afterFedAvg(new PrivacyConfig(clip, 0, 0, 0, 1e-5));
    float[] noisy = afterFedAvg(new PrivacyConfig(clip, 3, 0, 0, 1e-5));
    double deviation = norm(silent, noisy) / Math.sqrt(87);
    assertEquals(3 * clip / 3, deviation, 3 * clip / 3 / 3.0);
  }

  @Test
  void scalarsAreClippedTogether() {
    ScalarPrivacy privacy = new ScalarPrivacy(new PrivacyConfig(0, 0, 2.5, 0, 1e-5), 1);
    assertArrayEquals(new float[] {1.5f, -2}, privacy.clipped(new float[] {3, -4}), 1e-6f);
    float[] within = {0.3f, -0.4f};
    assertArrayEquals(within, privacy.clipped(within));
  }

  /** 4,000 draws: mean within 4, deviation within 5 standard errors. */
  @Test
  void noiseOfScalarsIsGaussianWithItsDeviation() {
    ScalarPrivacy privacy = new ScalarPrivacy(new PrivacyConfig(0, 0, 2, 1.5, 1e-5), 1);
    float[] noise = privacy.noise(3, 7, 4000);
    double sum = 0;
    double squares = 0;
    for (float x : noise) {
      sum += x;
      squares += (double) x * x;
    }
    assertEquals(0, sum / 4000, 4 * 3 / Math.sqrt(4000));
    assertEquals(3, Math.sqrt(squares / 4000), 5 * 3 / Math.sqrt(8000));
    assertTrue(norm(noise, privacy.noise(4, 7, 4000)) > 1);
    assertTrue(norm(noise, privacy.noise(3, 8, 4000)) > 1);
  }

  /** Both kinds of seeds, with noise, follow from the config alone. */
  @Test
  void noiseIsNamed() {
    PrivacyConfig noisy = new PrivacyConfig(1, 1, 1, 1, 1e-5);
    for (boolean own : new boolean[] {true, false}) {
      float[] once = afterZo(noisy, own);
      assertArrayEquals(once, afterZo(noisy, own));
      assertTrue(norm(once, afterZo(PrivacyConfig.NONE, own)) > 1e-4);
    }
    assertArrayEquals(afterFedAvg(noisy), afterFedAvg(noisy));
  }

  @Test
  void aMethodSpendsWhatItsPhasesDo() {
    try (SmallFederation small = new SmallFederation("cpu", 1, EQUAL)) {
      PrivacyConfig privacy = new PrivacyConfig(1, 2, 1, 4, 1e-5);
      FederatedContext context = small.context(FaultsConfig.NONE, privacy);
      RenyiAccountant found = new RenyiAccountant();
      for (Method.Phase phase :
          Methods.find("zowarmup")
              .phases(
                  context,
                  SmallFederation.warmup(1, 0.1, 1),
                  SmallFederation.zo(1, 4, false, 0, 1))) {
        phase.algorithm().spend(found, phase.rounds());
      }
      RenyiAccountant expected = new RenyiAccountant();
      expected.add(1 / 2.0, 2, 4); // one of two high-resource clients
      expected.add(1 / 3.0, 4, 4); // one of all three
      assertEquals(expected.guarantee(1e-5), found.guarantee(1e-5));
    }
  }
}
