package org.zowarmup.device.cpu;

import java.util.LinkedHashMap;
import java.util.Map;
import org.zowarmup.nativecpu.NativeCpu;

/** Loads what the CPU device stands on, once, and keeps the reason when that fails. */
final class CpuLibraries {
  private static final String[] ISA_NAMES = {"portable", "AVX2", "AVX-512"};

  // kept on purpose: the JVM reports the cause of a failed load once, and only NoClassDefFoundError
  // ever after
  @SuppressWarnings("StaticAssignmentOfThrowable")
  private static final Throwable FAILURE = load();

  private CpuLibraries() {}

  /** Null when everything loaded; else what went wrong first. */
  static Throwable failure() {
    return FAILURE;
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
}
