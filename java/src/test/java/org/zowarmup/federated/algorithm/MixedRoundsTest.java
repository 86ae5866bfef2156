package org.zowarmup.federated.algorithm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.Algorithm;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Round;
import org.zowarmup.federated.Traffic;
import org.zowarmup.nn.InitialWeights;

/** High-resource clients that still back-propagate after the pivot. */
class MixedRoundsTest {
  private static final int[] SIZES = {7, 4, 9, 1, 13};
  private static final WarmupConfig WARMUP = SmallFederation.warmup(2, 0.1, 1);
  private static final ZoConfig ZO = SmallFederation.zo(5, 3, true, 2, 1);

  private static float[] start() {
    return InitialWeights.draw(SmallFederation.graph().layout(), 1);
  }

  private static float[] after(SmallFederation small, Algorithm algorithm) {
    try (Vector weights = small.executor.allocate()) {
      weights.write(start());
      small.run(algorithm, 6, 1, weights);
      return weights.read();
    }
  }

  /** 11 of 34 images lie with the two high-resource clients. */
  @Test
  void theTwoStepsAreAveragedBySamples() {
    try (SmallFederation small = new SmallFederation("cpu", 1, SIZES)) {
      FederatedContext context = small.context();
      List<Client> high = small.federation.of(Client.Type.HIGH);
      List<Client> low = small.federation.of(Client.Type.LOW);
      float[] first = after(small, new FedAvg(context, high, WARMUP));
      float[] zeroth = after(small, new ZoSgd(context, low, ZO.withCohort(3).withLr(0.05)));
      float[] mixed = after(small, new MixedRounds(context, WARMUP, ZO));
      for (int i = 0; i < mixed.length; i++) {
        double expected = 11 / 34.0 * first[i] + 23 / 34.0 * zeroth[i];
        assertEquals(expected, mixed[i], 1e-7 + 1e-6 * Math.abs(expected));
      }
    }
  }

  @Test
  void withHighResourceClientsAloneItIsFedAvg() {
    try (SmallFederation small = new SmallFederation("cpu", 1, 6, 4)) {
      FederatedContext context = small.context();
      float[] average = after(small, new FedAvg(context, small.federation.clients(), WARMUP));
      ZoConfig both = SmallFederation.zo(2, 3, true, 2, 1);
      assertArrayEquals(average, after(small, new MixedRounds(context, WARMUP, both)));
    }
  }

  /** All five fetch the model, two send it back, three send 3 scalars, no one receives terms. */
  @Test
  void bytesAreThoseOfBothKinds() {
    try (SmallFederation small = new SmallFederation("cpu", 1, SIZES);
        Vector weights = small.executor.allocate()) {
      weights.write(start());
      Round round = small.run(new MixedRounds(small.context(), WARMUP, ZO), 6, 1, weights);
      long model = 4 * small.graph.layout().parameters();
      assertEquals(
          new Traffic(2 * model, 3 * 3 * 4, 2 * model, 3 * model), round.messages().traffic());
    }
  }
}
