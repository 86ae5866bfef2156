package org.zowarmup.device;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.zowarmup.device.cuda.EmulatedCuda;

/** The flat-vector operations of the CUDA device: the bits of {@link VectorOpsTest}'s formulas. */
@Tag(EmulatedCuda.TAG)
final class CudaVectorOpsTest {
  private final VectorOpsTest formulas = new VectorOpsTest();

  @BeforeAll
  static void emulator() {
    EmulatedCuda.build();
  }

  @Test
  void perturbPair() {
    formulas.perturbPair("cuda:0", 1);
  }

  @Test
  void accumulateSeedsIsTheExplicitSum() {
    formulas.accumulateSeedsIsTheExplicitSum("cuda:0", 1);
  }

  @Test
  void weightedSum() {
    formulas.weightedSum("cuda:0", 1);
  }

  @Test
  void sgdStepFollowsTorchsRecurrence() {
    formulas.sgdStepFollowsTorchsRecurrence("cuda:0", 1);
  }
}
