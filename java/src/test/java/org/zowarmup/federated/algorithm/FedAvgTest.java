package org.zowarmup.federated.algorithm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.executor.Collected;
import org.zowarmup.executor.Training;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.DivergedException;
import org.zowarmup.nn.InitialWeights;

/** Federated averaging against what it is made of. */
final class FedAvgTest {
  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void withOneClientAndOneBatchItIsSgd(String device) {
    try (SmallFederation small = new SmallFederation(device, 1, 4, 3);
        Vector weights = small.executor.allocate()) {
      weights.write(InitialWeights.draw(small.graph.layout(), 1));
      Collected expected = new Collected(1);
      Client only = small.federation.clients().get(0);
      // 4 images in a batch of 4: the shuffle changes the order of a sum only, and only of the
      // losses
      List<int[]> twoEpochs = List.of(only.train(), only.train());
      TrainJob job = new TrainJob(twoEpochs, new TrainJob.Sgd(0.1f, 0, 1e-5f));
      small.executor.train(
          weights, null, small.images, List.of(new Training(job, false)), expected);
      small.run(
          new FedAvg(small.context(), List.of(only), SmallFederation.warmup(1, 0.1, 1)),
          1,
          0,
          weights);
      assertArrayEquals(expected.values[0], weights.read(), 1e-6f);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 0.5})
  void theAverageIsWeightedBySamples(double serverLr) {
    try (SmallFederation small = new SmallFederation("reference", 1, 12, 4, 1);
        Vector weights = small.executor.allocate()) {
      float[] start = InitialWeights.draw(small.graph.layout(), 1);
      float[][] alone = new float[2][];
      for (int i = 0; i < 2; i++) {
        weights.write(start);
        List<Client> one = List.of(small.federation.clients().get(i));
        small.run(
            new FedAvg(small.context(), one, SmallFederation.warmup(1, 0.1, 1)), 3, 2, weights);
        alone[i] = weights.read();
      }
      weights.write(start);
      List<Client> both = small.federation.of(Client.Type.HIGH);
      small.run(
          new FedAvg(small.context(), both, SmallFederation.warmup(2, 0.1, serverLr)),
          3,
          2,
          weights);
      float[] average = weights.read();
      for (int i = 0; i < average.length; i++) {
        double mean = 0.75 * alone[0][i] + 0.25 * alone[1][i];
        double expected = start[i] + serverLr * (mean - start[i]);
        assertEquals(expected, average[i], 1e-7 + 1e-6 * Math.abs(expected));
      }
    }
  }

  @Test
  void weightsThatAreNotFiniteAreRefusedAndTheGlobalOnesStay() {
    try (SmallFederation small = new SmallFederation("cpu", 1, 4, 3);
        Vector weights = small.executor.allocate()) {
      float[] start = InitialWeights.draw(small.graph.layout(), 1);
      start[0] = Float.NaN;
      weights.write(start);
      FedAvg fedAvg =
          new FedAvg(
              small.context(), small.federation.clients(), SmallFederation.warmup(2, 0.1, 1));
      DivergedException e =
          assertThrows(DivergedException.class, () -> small.run(fedAvg, 2, 1, weights));
      assertTrue(e.getMessage().contains("lower warmup.lr"), e.getMessage());
      assertArrayEquals(start, weights.read());
    }
  }

  @Test
  void aRoundIsAFunctionOfItsNameAlone() {
    float[][] twice = new float[2][];
    for (int i = 0; i < 2; i++) {
      try (SmallFederation small = new SmallFederation("cpu", 1 + i, 12, 9, 5);
          Vector weights = small.executor.allocate()) {
        weights.write(InitialWeights.draw(small.graph.layout(), 1));
        FedAvg fedAvg =
            new FedAvg(
                small.context(), small.federation.clients(), SmallFederation.warmup(2, 0.1, 1));
        small.run(fedAvg, 1, 0, weights);
        small.run(fedAvg, 2, 1, weights);
        twice[i] = weights.read();
      }
    }
    assertArrayEquals(twice[0], twice[1]);
  }
}
