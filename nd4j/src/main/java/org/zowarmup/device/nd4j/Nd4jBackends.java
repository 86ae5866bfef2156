package org.zowarmup.device.nd4j;

import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;
import org.zowarmup.device.Devices;
import org.zowarmup.error.DeviceUnavailableException;

/**
 * The back end of ND4J that is on the class path: nd4j-native for {@code nd4j}, nd4j-cuda for
 * {@code nd4j-cuda}. ND4J takes the CPU where CUDA does not start; a device that was named must
 * not, so its back end and GPU are looked at.
 */
final class Nd4jBackends {
  static final String CPU = "nd4j";
  static final String CUDA = "nd4j-cuda";

  /** The first and last compute capability that nd4j-cuda-11.6 has machine code for. */
  private static final int FIRST = 37;

  private static final int LAST = 89;

  private Nd4jBackends() {}

  /**
   * A back end that runs.
   *
   * @param onHost whether it computes on the CPU
   */
  record Started(boolean onHost, String description) {}

  /**
   * A GPU as ND4J describes it.
   *
   * @param backend class of ND4J's back end
   */
  record Gpu(String backend, String name, int major, int minor) {}

  /** Says whether a back end's jar is on the class path, without loading a class of it. */
  static boolean isPresent(String device) {
    String backend =
        device.equals(CUDA)
            ? "org/nd4j/linalg/jcublas/JCublasBackend.class"
            : "org/nd4j/linalg/cpu/nativecpu/CpuBackend.class";
    return Nd4jBackends.class.getClassLoader().getResource(backend) != null;
  }

  /** What to do where a back end is not on the class path. */
  static String missing(String device) {
    return "its libraries are not on the class path; " + Devices.wayTo(device);
  }

  /**
   * @throws DeviceUnavailableException with the reason why it cannot run
   */
  static Started start(String device, int threads) {
    if (!isPresent(device)) {
      throw new DeviceUnavailableException("device " + device + ": " + missing(device));
    }
    String backend;
    try {
      backend = Nd4j.getBackend().getClass().getSimpleName();
    } catch (Exception | LinkageError e) {
      throw new DeviceUnavailableException("device %s: %s".formatted(device, root(e)), e);
    }
    Nd4j.getEnvironment().setMaxThreads(threads);
    Nd4j.getEnvironment().setMaxMasterThreads(threads);
    if (device.equals(CPU)) {
      if (!backend.equals("CpuBackend")) {
        throw new DeviceUnavailableException(
            "device nd4j: expected ND4J's CpuBackend, found %s; name device=nd4j-cuda for a GPU"
                .formatted(backend));
      }
      return new Started(true, "CPU, %d threads".formatted(threads));
    }
    NativeOps ops = NativeOpsHolder.getInstance().getDeviceNativeOps();
    boolean cuda = backend.equals("JCublasBackend");
    Gpu gpu =
        new Gpu(
            backend,
            cuda ? ops.getDeviceName(0) : "no GPU",
            cuda ? ops.getDeviceMajor(0) : 0,
            cuda ? ops.getDeviceMinor(0) : 0);
    String refusal = refusalOrNull(gpu);
    if (refusal != null) {
      throw new DeviceUnavailableException("device nd4j-cuda: " + refusal);
    }
    return new Started(
        false, "CUDA 11.6 on %s (sm_%d%d)".formatted(gpu.name(), gpu.major(), gpu.minor()));
  }

  /** Why nd4j-cuda-11.6 cannot run on a GPU; null where it can. */
  static String refusalOrNull(Gpu gpu) {
    if (!gpu.backend().equals("JCublasBackend")) {
      return "expected ND4J's JCublasBackend, found "
          + gpu.backend()
          + ": CUDA did not start and ND4J took the CPU; see its warning, or name device=nd4j";
    }
    int capability = 10 * gpu.major() + gpu.minor();
    if (capability < FIRST || capability > LAST) {
      return "libnd4jcuda has machine code for sm_37 to sm_86 and no PTX, found %s, which is sm_%d%d; take device=cuda:0, or nd4j on the CPU"
          .formatted(gpu.name(), gpu.major(), gpu.minor());
    }
    return null;
  }

  private static String root(Throwable e) {
    Throwable at = e;
    while (at.getCause() != null && at.getCause() != at) {
      at = at.getCause();
    }
    return String.valueOf(at.getMessage()).lines().findFirst().orElse(at.getClass().getName());
  }
}
