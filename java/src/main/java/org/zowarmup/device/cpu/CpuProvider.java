package org.zowarmup.device.cpu;

import java.util.List;
import java.util.Set;
import org.zowarmup.device.Device;
import org.zowarmup.device.DeviceLine;
import org.zowarmup.device.DeviceProvider;
import org.zowarmup.error.DeviceUnavailableException;
import org.zowarmup.nn.op.Op;

/** Offers the processor. */
public final class CpuProvider implements DeviceProvider {
  static final String NAME = "cpu";

  @Override
  public List<DeviceLine> list(int threads) {
    Throwable failure = CpuLibraries.failure();
    return List.of(
        failure == null
            ? new DeviceLine(NAME, true, CpuLibraries.description() + ", " + threads + " threads")
            : new DeviceLine(NAME, false, reason(failure)));
  }

  private static String reason(Throwable failure) {
    return failure.getClass().getSimpleName() + ": " + failure.getMessage();
  }

  @Override
  public boolean owns(String name) {
    return name.equals(NAME);
  }

  @Override
  public int autoOrder() {
    return 100;
  }

  @Override
  public String defaultName() {
    return NAME;
  }

  @Override
  public Set<Class<? extends Op>> operations() {
    return CpuProgram.STEPS.operations();
  }

  @Override
  public Device open(String name, int threads) {
    Throwable failure = CpuLibraries.failure();
    if (failure != null) {
      throw new DeviceUnavailableException(
          "device cpu: its native libraries do not load: " + reason(failure), failure);
    }
    return new CpuDevice(threads);
  }
}
