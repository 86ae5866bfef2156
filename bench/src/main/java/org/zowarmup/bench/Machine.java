package org.zowarmup.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.record.Provenance;

/**
 * Where figures were measured; without it they mean nothing.
 *
 * @param processor model as the kernel names it
 * @param cores that this process may use
 * @param java version and name of the virtual machine
 * @param device what the cpu device found: libraries and instruction set
 * @param program version and commit of what was measured
 */
public record Machine(String processor, int cores, String java, String device, String program) {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  public static Machine here() {
    String description;
    try (Device device = Devices.open("cpu", 1).device()) {
      description = device.description();
    }
    return new Machine(
        processor(cpuInfo()),
        Runtime.getRuntime().availableProcessors(),
        Runtime.version() + ", " + System.getProperty("java.vm.name"),
        description,
        Provenance.current().line());
  }

  private static List<String> cpuInfo() {
    try {
      return Files.readAllLines(CPU_INFO);
    } catch (IOException e) {
      // The name is for people; figures without it are still figures.
      return List.of();
    }
  }

  /** Name, family and model of the first processor; a hypervisor often hides the full name. */
  static String processor(List<String> cpuInfo) {
    String name = field(cpuInfo, "model name");
    if (name.isEmpty()) {
      return "unknown processor";
    }
    String family = field(cpuInfo, "cpu family");
    String model = field(cpuInfo, "model");
    return family.isEmpty() ? name : name + " (family " + family + ", model " + model + ")";
  }

  private static String field(List<String> cpuInfo, String key) {
    for (String line : cpuInfo) {
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).strip().equals(key)) {
        return line.substring(colon + 1).strip();
      }
    }
    return "";
  }

  /**
   * The lines at the head of a table.
   *
   * @param before part of the cores' time that others used just before the run, NaN where unknown
   * @param after the same just after it
   */
  public List<String> lines(double before, double after) {
    return List.of(
        "  machine   " + processor + ", " + cores + (cores == 1 ? " core" : " cores"),
        "  java      " + java,
        "  device    cpu: " + device,
        "  program   ZOWarmUp " + program,
        String.format(
            Locale.ROOT,
            "  others    used %.0f %% of the cores before the run, %.0f %% after it",
            100 * before,
            100 * after));
  }
}
