package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.algorithm.SmallFederation;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;
import org.zowarmup.record.RunFolder;

class EstimatorDiagnosticsTest {
  private static final int DIRECTIONS = 32;

  @TempDir Path folder;

  /**
   * A ReLU that passes nothing has parameters of gradient exactly 0, along which the estimate moves
   * all the same: they count in its length, and the padding does not.
   */
  @Test
  void theCosineIsThatOfAllParametersWhereReluIsDead() throws IOException {
    try (SmallFederation small = new SmallFederation("cpu", 1, 7, 4, 9);
        Vector weights = small.executor.allocate();
        Vector slope = small.executor.allocate()) {
      float[] start = InitialWeights.draw(small.graph.layout(), 1);
      List<ParameterTensor> tensors = small.graph.layout().tensors();
      ParameterTensor bias =
          tensors.stream().filter(t -> t.name().equals("norm.bias")).findFirst().orElseThrow();
      start[(int) bias.offset()] = -100; // the first of two channels is dead
      weights.write(start);
      RunFolder run = new RunFolder(folder);
      assertTrue(
          EstimatorDiagnostics.write(
              run, "zowarmup", small.context(), SmallFederation.zo(3, 2, true, 2, 1), weights));
      JsonNode found =
          new ObjectMapper().readTree(run.diagnostics("zowarmup", SmallFederation.SEED).toFile());

      small.executor.gradient(weights, small.images, IntStream.range(0, 20).toArray(), slope);
      float[] gradient = slope.read();
      int[] parameters =
          tensors.stream()
              .flatMapToInt(t -> IntStream.range((int) t.offset(), (int) t.end()))
              .toArray();
      long dead = IntStream.of(parameters).filter(i -> gradient[i] == 0).count();
      assertTrue(dead >= 2 + 18, dead + " of 61: the dead channel's norm, and what reads it");
      double[] estimate = new double[gradient.length];
      float[] z = new float[gradient.length];
      for (int s = 0; s < DIRECTIONS; s++) {
        long seed =
            NamedRandom.key(
                SmallFederation.SEED, Purpose.ESTIMATOR_SAMPLE, 0, NamedRandom.NONE, s + 1);
        Distribution.RADEMACHER.fill(seed, 0, z);
        for (int i : parameters) {
          estimate[i] += found.get("scalars").get(s).doubleValue() * z[i];
        }
      }
      double product = 0;
      double ofEstimate = 0;
      double ofGradient = 0;
      for (int i : parameters) {
        product += estimate[i] * gradient[i];
        ofEstimate += estimate[i] * estimate[i];
        ofGradient += (double) gradient[i] * gradient[i];
      }
      double cosine = product / Math.sqrt(ofEstimate * ofGradient);
      assertEquals(cosine, found.get("cosine").doubleValue(), 1e-5);
    }
  }

  /**
   * What theory expects of n probes of a linear loss: n / (n + d - 1) for signs, n / (n + d + 1)
   * for normal deviates, whose fourth moment is 3 and not 1.
   */
  @ParameterizedTest
  @CsvSource({"RADEMACHER, -1", "GAUSSIAN, 1"})
  void theExpectedCosineIsThatOfTheDirections(Distribution directions, int more)
      throws IOException {
    try (SmallFederation small = new SmallFederation("cpu", 1, 7, 4, 9);
        Vector weights = small.executor.allocate()) {
      weights.write(InitialWeights.draw(small.graph.layout(), 1));
      RunFolder run = new RunFolder(folder);
      ZoConfig config = SmallFederation.zo(3, 2, true, 2, 1, directions);
      assertTrue(EstimatorDiagnostics.write(run, "zowarmup", small.context(), config, weights));
      JsonNode found =
          new ObjectMapper().readTree(run.diagnostics("zowarmup", SmallFederation.SEED).toFile());
      double expected = Math.sqrt(DIRECTIONS / (double) (DIRECTIONS + 61 + more));
      assertEquals(expected, found.get("cosineExpected").doubleValue(), 1e-12);
    }
  }
}
