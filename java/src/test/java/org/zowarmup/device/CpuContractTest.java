package org.zowarmup.device;

/** The processor under the contract suite. */
final class CpuContractTest extends DeviceContract {
  @Override
  Device open(int threads) {
    return Devices.open("cpu", threads).device();
  }

  @Override
  double lossTolerance() {
    return 1e-5;
  }

  @Override
  double gradientTolerance() {
    return 1e-4;
  }
}
