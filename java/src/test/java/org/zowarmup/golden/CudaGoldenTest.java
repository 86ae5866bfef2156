package org.zowarmup.golden;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.device.cuda.EmulatedCuda;

/**
 * The CUDA device on the emulator against PyTorch's values; the larger models take too long there.
 */
@Tag(EmulatedCuda.TAG)
final class CudaGoldenTest {
  @BeforeAll
  static void emulator() {
    EmulatedCuda.build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cnn", "vit-class-token"})
  void agreesWithPyTorch(String name) {
    GoldenTest.check("cuda:0", name, true);
  }
}
