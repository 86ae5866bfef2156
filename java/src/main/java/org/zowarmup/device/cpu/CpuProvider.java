package org.zowarmup.device.cpu;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.zowarmup.device.Device;
import org.zowarmup.device.DeviceProvider;
import org.zowarmup.device.Devices;
import org.zowarmup.error.DeviceUnavailableException;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.nn.op.Op;

/**
 * Offers the processor. Its native libraries are loaded once; the reason is kept when that fails.
 */
public final class CpuProvider implements DeviceProvider {
  static final String NAME = "cpu";
  private static final String[] ISA_NAMES = {"portable", "AVX2", "AVX-512"};

  // kept on purpose: the JVM reports the cause of a failed load once, and only NoClassDefFoundError
  // ever after
  @SuppressWarnings("StaticAssignmentOfThrowable")
  private static final Throwable FAILURE = load();

  @Override
  public List<Devices.Line> list(int threads) {
    return List.of(
        FAILURE == null
            ? new Devices.Line(NAME, true, description() + ", " + threads + " threads")
            : new Devices.Line(NAME, false, reason(FAILURE)));
  }

  private static Throwable load() {
    try {
      // oneDNN first: it brings its own libgomp, and both must share one
      Dnnl.version();
      NativeCpu.isa();
      return null;
    } catch (LinkageError | RuntimeException e) {
      return e;
    }
  }

  static String description() {
    return "oneDNN %s, native kernels for %s".formatted(Dnnl.version(), ISA_NAMES[NativeCpu.isa()]);
  }

  static Map<String, String> versions() {
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("oneDNN", Dnnl.version());
    versions.put("native kernels", ISA_NAMES[NativeCpu.isa()]);
    return versions;
  }

  private static String reason(Throwable failure) {
    return failure.getClass().getSimpleName() + ": " + failure.getMessage();
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
    if (FAILURE != null) {
      throw new DeviceUnavailableException(
          "device cpu: its native libraries do not load: " + reason(FAILURE), FAILURE);
    }
    return new CpuDevice(threads);
  }
}
