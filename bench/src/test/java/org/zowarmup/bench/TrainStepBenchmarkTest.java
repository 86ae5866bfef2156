package org.zowarmup.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.device.Executable;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.Plan;

/** The training benchmark times a step of SGD along the gradient of its batch. */
final class TrainStepBenchmarkTest {
  @ParameterizedTest
  @CsvSource({"cnn, 4", "cnn, 16", "resnet18, 1"})
  void isOneStepOfSgd(String model, int batch) {
    TrainStepBenchmark benchmark = open(model, batch);
    try {
      float[] before = benchmark.weights();
      TrainJob.Result found = benchmark.trainStep();
      float[] after = benchmark.weights();

      Gradient gradient = gradient("cpu", model, batch, before, benchmark.jobs().get(0).batches());
      assertEquals(batch, found.count());
      assertEquals(gradient.meanLoss(), found.lossSum() / batch, 1e-12);
      assertTrue(Double.isFinite(found.lossSum()));
      assertFalse(Arrays.equals(before, after), "the step moved nothing");
      assertArrayEquals(step(before, gradient.values()), after);
    } finally {
      benchmark.close();
    }
  }

  /** The gradient that the step follows, against plain Java in double. */
  @Test
  void followsTheReferenceGradient() {
    TrainStepBenchmark benchmark = open("cnn", 4);
    try {
      float[] w = benchmark.weights();
      assertArrayEquals(InitialWeights.draw(BenchModel.CNN.graph().layout(), Rig.SEED), w);
      Gradient cpu = gradient("cpu", "cnn", 4, w, benchmark.jobs().get(0).batches());
      Gradient reference = gradient("reference", "cnn", 4, w, benchmark.jobs().get(0).batches());
      assertEquals(reference.meanLoss(), cpu.meanLoss(), 1e-5 * reference.meanLoss());
      double error = 0;
      double norm = 0;
      for (int i = 0; i < w.length; i++) {
        error += Math.pow(cpu.values()[i] - reference.values()[i], 2);
        norm += Math.pow(reference.values()[i], 2);
      }
      assertTrue(norm > 0 && error < 1e-8 * norm, "squared error " + error + " of " + norm);
    } finally {
      benchmark.close();
    }
  }

  /** However long it runs, it trains the same network: its loss stays where it started. */
  @Test
  void staysWhereItBegan() {
    TrainStepBenchmark benchmark = open("cnn", 64);
    try {
      double first = benchmark.trainStep().lossSum();
      int calls = 50 * benchmark.jobs().size();
      for (int call = 1; call < calls; call++) {
        benchmark.trainStep();
      }
      assertEquals(first, benchmark.trainStep().lossSum(), 1e-2 * first);
    } finally {
      benchmark.close();
    }
  }

  private static TrainStepBenchmark open(String model, int batch) {
    TrainStepBenchmark benchmark = new TrainStepBenchmark();
    benchmark.model = model;
    benchmark.batch = batch;
    benchmark.open();
    return benchmark;
  }

  private record Gradient(double meanLoss, float[] values) {}

  private static Gradient gradient(
      String device, String model, int batch, float[] weights, List<int[]> batches) {
    try (Rig rig = new Rig(device, BenchModel.of(model));
        Executable lane = rig.device().compile(Plan.forwardBackward(rig.graph(), batch), 1)) {
      Vector w = rig.zeros();
      w.write(weights);
      Vector out = rig.zeros();
      double loss = lane.gradient(w, rig.images(), batches.get(0), out);
      return new Gradient(loss, out.read());
    }
  }

  /** PyTorch's SGD without momentum, every product and sum rounded on its own. */
  private static float[] step(float[] w, float[] gradient) {
    float lr = TrainStepBenchmark.SGD.lr();
    float decay = TrainStepBenchmark.SGD.weightDecay();
    float[] next = new float[w.length];
    for (int i = 0; i < w.length; i++) {
      float g = gradient[i] + decay * w[i];
      next[i] = w[i] - lr * g;
    }
    return next;
  }
}
