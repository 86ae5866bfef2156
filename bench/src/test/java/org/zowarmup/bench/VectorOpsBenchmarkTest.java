package org.zowarmup.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.random.Distribution;

/** The vector benchmarks time what they say, for every element. */
final class VectorOpsBenchmarkTest {
  @Test
  void sizesAreThoseOfTheTable() {
    assertEquals(9_122, BenchModel.CNN.parameters());
    // torchvision's ResNet-18 has 11,689,512; a 3x3x3 stem for 7x7x3 and 10 classes for 1,000
    // take away 64 * 3 * (49 - 9) + 513 * 990
    assertEquals(11_689_512 - 64 * 3 * 40 - 513 * 990, BenchModel.RESNET18.parameters());
    assertEquals(600, BenchModel.CNN.roundTerms());
    assertEquals(150, BenchModel.RESNET18.roundTerms());
  }

  @ParameterizedTest
  @ValueSource(strings = {"cnn", "resnet18"})
  void perturbPairMakesBothEnds(String model) {
    with(
        model,
        benchmark -> {
          long seed = benchmark.seed();
          float[] w = benchmark.vectors().weights().read();
          benchmark.perturbPair();
          float[] plus = w.clone();
          float[] minus = w.clone();
          for (ParameterTensor tensor : tensors(benchmark)) {
            float[] z = direction(seed, tensor);
            for (int i = 0, at = (int) tensor.offset(); i < z.length; i++, at++) {
              plus[at] = w[at] + VectorOpsBenchmark.EPSILON * z[i];
              minus[at] = w[at] - VectorOpsBenchmark.EPSILON * z[i];
            }
          }
          assertArrayEquals(plus, benchmark.vectors().plus().read());
          assertArrayEquals(minus, benchmark.vectors().minus().read());
          assertEquals(seed + 1, benchmark.seed());
        });
  }

  @Test
  void accumulateSeedsAppliesEveryTerm() {
    with(
        "cnn",
        benchmark -> {
          float[] y = benchmark.vectors().weights().read();
          float[] before = y.clone();
          benchmark.accumulateSeeds();
          SeedTerms terms = benchmark.terms();
          assertEquals(600, terms.size());
          for (ParameterTensor tensor : tensors(benchmark)) {
            float[] sum = new float[tensor.size()];
            for (int k = 0; k < terms.size(); k++) {
              float[] z = direction(terms.seed(k), tensor);
              for (int i = 0; i < z.length; i++) {
                sum[i] += terms.coefficient(k) * z[i];
              }
            }
            for (int i = 0; i < sum.length; i++) {
              y[(int) tensor.offset() + i] += sum[i];
            }
          }
          assertFalse(Arrays.equals(before, y), "the terms moved nothing");
          assertArrayEquals(y, benchmark.vectors().weights().read());
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"cnn", "resnet18"})
  void weightedSumIsTheAverageOfFive(String model) {
    with(
        model,
        benchmark -> {
          benchmark.weightedSum();
          List<float[]> summands =
              benchmark.vectors().summands().stream().map(Vector::read).toList();
          assertEquals(5, summands.size());
          assertEquals(1, Arrays.stream(benchmark.shares()).sum(), 1e-12);
          float[] expected = new float[summands.get(0).length];
          for (int i = 0; i < expected.length; i++) {
            double sum = 0;
            for (int k = 0; k < summands.size(); k++) {
              sum += benchmark.shares()[k] * summands.get(k)[i];
            }
            expected[i] = (float) sum;
          }
          assertArrayEquals(expected, benchmark.vectors().sum().read());
        });
  }

  private static List<ParameterTensor> tensors(VectorOpsBenchmark benchmark) {
    return benchmark.rig().graph().layout().tensors();
  }

  private static float[] direction(long seed, ParameterTensor tensor) {
    float[] z = new float[tensor.size()];
    Distribution.RADEMACHER.fill(seed, tensor.offset(), z);
    return z;
  }

  private static void with(String model, Consumer<VectorOpsBenchmark> check) {
    VectorOpsBenchmark benchmark = new VectorOpsBenchmark();
    benchmark.model = model;
    benchmark.open();
    try {
      check.accept(benchmark);
    } finally {
      benchmark.close();
    }
  }
}
