package org.zowarmup.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.experiment.ProgramVersion;

/**
 * Where figures were measured; without it they mean nothing.
 *
 * @param processor model as the kernel names it
 * @param cores that this process may use
 * @param java version and name of the virtual machine
 * @param device what the cpu device found: libraries and instruction set
 * @param program version and commit of what was measured
 */
record Machine(String processor, int cores, String java, String device, String program) {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  static Machine here() {
    String description;
    try (Device device = Devices.open("cpu", 1).device()) {
      description = device.description();
    }
    return new Machine(
        processor(cpuInfo()),
        Runtime.getRuntime().availableProcessors(),
        Runtime.version() + ", " + System.getProperty("java.vm.name"),
        description,
        ProgramVersion.current().line());
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

  /** Processes that ran or wanted to run, a mean over the last minute; negative when unknown. */
  static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  /**
   * The lines at the head of a table.
   *
   * @param loadBefore {@link #load()} when the run began
   */
  List<String> lines(double loadBefore) {
    List<String> lines = new ArrayList<>();
    lines.add("  machine   " + processor + ", " + cores + (cores == 1 ? " core" : " cores"));
    lines.add("  java      " + java);
    lines.add("  device    cpu: " + device);
    lines.add("  program   ZOWarmUp " + program);
    if (loadBefore >= 0) {
      lines.add(
          String.format(
              Locale.ROOT,
              "  load      %.2f before the run (mean of the last minute)",
              loadBefore));
    }
    return lines;
  }
}
