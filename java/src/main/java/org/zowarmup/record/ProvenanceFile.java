package org.zowarmup.record;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Writes provenance.json: all that a result was made with, so that it can be made again. */
public final class ProvenanceFile {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private ProvenanceFile() {}

  /**
   * @param libraries name to version of the libraries that compute
   * @param commandLine what the program was started with
   * @param start time of the start
   */
  public static void write(
      Path file, Map<String, String> libraries, List<String> commandLine, Instant start) {
    ProgramVersion program = ProgramVersion.current();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("version", program.version());
    tree.put("commit", program.commit());
    tree.put("dirty", program.dirty());
    tree.put("start", start.truncatedTo(ChronoUnit.MILLIS).toString());
    tree.put("commandLine", commandLine);
    tree.put("jdk", property("java.vm.name") + " " + property("java.vm.version"));
    tree.put("os", property("os.name") + " " + property("os.version") + " " + property("os.arch"));
    tree.put("cpu", cpuModel(CPU_INFO));
    tree.put("coresAllowed", Runtime.getRuntime().availableProcessors());
    tree.put("libraries", new TreeMap<>(libraries));
    Json.write(file, tree);
  }

  private static String property(String name) {
    return System.getProperty(name, "unknown");
  }

  /** The first {@code model name}; ARM kernels write none, other systems have no such file. */
  static String cpuModel(Path cpuInfo) {
    try (Stream<String> lines = Files.lines(cpuInfo, StandardCharsets.UTF_8)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }
}
