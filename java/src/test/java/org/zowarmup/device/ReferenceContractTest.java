package org.zowarmup.device;

/**
 * The reference device under the contract suite: against itself, and against finite differences.
 */
final class ReferenceContractTest extends DeviceContract {
  @Override
  Device open(int threads) {
    return Devices.open("reference", threads).device();
  }

  @Override
  double lossTolerance() {
    return 0;
  }

  @Override
  double gradientTolerance() {
    return 0;
  }
}
