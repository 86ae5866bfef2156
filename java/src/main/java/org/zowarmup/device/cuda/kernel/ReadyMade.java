package org.zowarmup.device.cuda.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kernels that nvcc compiled when the program was built, where it was there: all sources in one
 * image, for each architecture and type of activations, and PTX of the newest. A GPU takes code of
 * its own major version and of no higher minor one, else PTX that is no newer than it, else none:
 * then NVRTC compiles. So does it where the sources are not those that the code was made from.
 */
final class ReadyMade {
  private static final Logger LOG = LoggerFactory.getLogger(ReadyMade.class);
  private static final String FOLDER = "/org/zowarmup/kernels/ready-made/";
  private static final String INDEX = "ready-made.properties";
  private static final String MACHINE = "sm_";
  private static final String VIRTUAL = "compute_";

  private final Function<String, byte[]> files; // null where there is none of this name
  private final String compiler;
  private final List<String> architectures;

  /**
   * @param files content by name, null where there is none
   */
  ReadyMade(Function<String, byte[]> files) {
    this.files = files;
    Properties index = index(files.apply(INDEX));
    this.compiler = index.getProperty("compiler", "");
    boolean usable = isOfTheseSources(index);
    this.architectures = usable ? words(index, "architectures") : List.of();
  }

  /** None where the user wants NVRTC to compile, to find out what is wrong. */
  static ReadyMade onClassPath() {
    if ("1".equals(System.getenv("ZOWARMUP_CUDA_NVRTC"))) {
      return new ReadyMade(name -> null);
    }
    return new ReadyMade(
        name -> {
          try (InputStream in = ReadyMade.class.getResourceAsStream(FOLDER + name)) {
            return in == null ? null : in.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException("ready-made kernels: " + name, e);
          }
        });
  }

  private static Properties index(byte[] content) {
    Properties index = new Properties();
    if (content != null) {
      try {
        index.load(new StringReader(new String(content, StandardCharsets.UTF_8)));
      } catch (IOException e) {
        throw new UncheckedIOException("ready-made kernels: " + INDEX, e);
      }
    }
    return index;
  }

  private static List<String> words(Properties index, String key) {
    String text = index.getProperty(key, "").strip();
    return text.isEmpty() ? List.of() : Arrays.asList(text.split("\\s+", -1));
  }

  private static boolean isOfTheseSources(Properties index) {
    if (index.isEmpty()) {
      return false;
    }
    MessageDigest digest = KernelCache.sha256();
    for (String source : words(index, "sources")) {
      digest.update(KernelSource.bytes(source));
    }
    boolean same =
        HexFormat.of().formatHex(digest.digest()).equals(index.getProperty("sha256", ""));
    if (!same) {
      LOG.warn("ready-made kernels are not of these sources: NVRTC compiles them");
    }
    return same;
  }

  /** What a GPU runs of these, sm_90 or compute_120; empty where none fits. */
  Optional<String> architecture(int capability) {
    return newest(MACHINE, capability, capability / 10 * 10)
        .or(() -> newest(VIRTUAL, capability, 0));
  }

  private Optional<String> newest(String kind, int capability, int least) {
    return architectures.stream()
        .filter(name -> name.startsWith(kind))
        .filter(name -> number(name) >= least && number(name) <= capability)
        .max(Comparator.comparingInt(ReadyMade::number));
  }

  private static int number(String architecture) {
    return Integer.parseInt(architecture.substring(architecture.indexOf('_') + 1));
  }

  /** The code, closed by a zero byte as the driver wants PTX. */
  byte[] image(String architecture, boolean bf16) {
    String ending = architecture.startsWith(VIRTUAL) ? ".ptx" : ".cubin";
    String name = "kernels-" + (bf16 ? "bf16." : "fp32.") + architecture + ending;
    byte[] code = files.apply(name);
    if (code == null) {
      throw new IllegalStateException("ready-made kernels: expected " + name + ", found none");
    }
    return Arrays.copyOf(code, code.length + 1);
  }

  /** What there is, for messages. */
  @Override
  public String toString() {
    return architectures.isEmpty() ? "none" : "those for " + String.join(", ", architectures);
  }

  /** Where it comes from, for provenance. */
  String origin(String architecture) {
    return architecture + ", " + compiler;
  }
}
