package org.zowarmup.record;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The build of the running program; {@code unknown} where the build was made outside a git
 * checkout.
 *
 * @param version as in the pom
 * @param commit full hash
 * @param dirty {@code true} where files differed from that commit, {@code false} or {@code unknown}
 */
public record Provenance(String version, String commit, String dirty) {
  private static final String UNKNOWN = "unknown";
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /** Of the running program. */
  public static Provenance current() {
    try (InputStream in = Provenance.class.getResourceAsStream("/org/zowarmup/build.properties")) {
      Properties build = new Properties();
      if (in != null) {
        build.load(in);
      }
      return of(build);
    } catch (IOException e) {
      throw new UncheckedIOException("the embedded build.properties", e);
    }
  }

  static Provenance of(Properties build) {
    return new Provenance(
        known(build, "git.build.version"),
        known(build, "git.commit.id.full"),
        known(build, "git.dirty"));
  }

  private static String known(Properties build, String key) {
    String value = build.getProperty(key, "").strip();
    // Outside a checkout the build leaves the placeholder in the file.
    return value.isEmpty() || value.startsWith("${") ? UNKNOWN : value;
  }

  /** Version and short commit, for example {@code 0.1.0 (commit 1389461, modified)}. */
  public String line() {
    if (commit.equals(UNKNOWN)) {
      return version;
    }
    String hash = commit.substring(0, Math.min(7, commit.length()));
    return version + " (commit " + hash + (dirty.equals("true") ? ", modified)" : ")");
  }

  /**
   * Writes provenance.json: all that a result was made with, so that it can be made again.
   *
   * @param libraries name to version of the libraries that compute
   * @param commandLine what the program was started with
   * @param start time of the start
   */
  public static void write(
      Path file, Map<String, String> libraries, List<String> commandLine, Instant start) {
    Provenance program = current();
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
    return System.getProperty(name, UNKNOWN);
  }

  /** The first {@code model name}; ARM kernels write none, other systems have no such file. */
  static String cpuModel(Path cpuInfo) {
    try (Stream<String> lines = Files.lines(cpuInfo, StandardCharsets.UTF_8)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(UNKNOWN);
    } catch (IOException e) {
      return UNKNOWN;
    }
  }
}
