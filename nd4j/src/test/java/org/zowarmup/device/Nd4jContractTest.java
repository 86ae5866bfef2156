package org.zowarmup.device;

/** ND4J under the contract suite: an opinion on every network that no one here wrote. */
final class Nd4jContractTest extends DeviceContract {
  @Override
  Device open(int threads) {
    return Devices.open("nd4j", threads).device();
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
