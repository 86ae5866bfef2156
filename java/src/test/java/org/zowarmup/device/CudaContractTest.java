package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.zowarmup.device.cuda.EmulatedCuda;
import org.zowarmup.error.UnsupportedException;
import org.zowarmup.nn.Plan;

/** The CUDA device under the contract suite, on the emulator. */
@Tag(EmulatedCuda.TAG)
final class CudaContractTest extends DeviceContract {
  @BeforeAll
  static void emulator() {
    EmulatedCuda.build();
  }

  @Override
  Device open(int threads) {
    return Devices.open("cuda:0", threads).device();
  }

  @Override
  double lossTolerance() {
    return 1e-5;
  }

  @Override
  double gradientTolerance() {
    return 1e-4;
  }

  @Override
  boolean runsCustomLayers() {
    return false;
  }

  @Test
  void customLayersAreRefusedByName() {
    ContractCase custom =
        ContractCase.all().stream().filter(ContractCase::hasCustomLayer).findFirst().orElseThrow();
    try (Device device = open(1)) {
      Plan plan = Plan.forward(custom.graph(), 1);
      UnsupportedException e =
          assertThrows(UnsupportedException.class, () -> device.compile(plan, 1));
      assertTrue(e.getMessage().contains("layer scale"), e.getMessage());
    }
  }
}
