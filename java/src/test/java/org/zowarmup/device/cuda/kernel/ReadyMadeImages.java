package org.zowarmup.device.cuda.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Ready-made kernels as kernels/check/compile writes them, by the emulator's NVRTC. */
public final class ReadyMadeImages {
  private static final int KIND = "ZOWARMUP-EMULATED-CUBIN".length() + 1; // in an emulated image

  private final List<String> sources;
  private final byte[] floats;
  private final byte[] halves;

  /**
   * @param sources in one image; those that know no activations are in the first one alone
   */
  ReadyMadeImages(List<String> sources) {
    this.sources = sources;
    this.floats = image(sources, 0);
    this.halves =
        image(sources.stream().filter(file -> KernelSource.of(file).isTyped()).toList(), 1);
  }

  /** Of all kernels. */
  static ReadyMadeImages all() {
    try (Stream<Path> files = Files.list(Path.of("../kernels/src"))) {
      return new ReadyMadeImages(
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".cu"))
              .sorted()
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException("the kernels' sources", e);
    }
  }

  /**
   * All kernels for several folders: a folder and its architectures, and so on.
   *
   * @param words such as {@code a "sm_75 compute_90"}
   */
  public static void main(String[] words) throws IOException {
    ReadyMadeImages images = all();
    for (int i = 0; i < words.length; i += 2) {
      images.write(Path.of(words[i]), words[i + 1]);
    }
  }

  private static byte[] image(List<String> files, int bf16) {
    StringBuilder text = new StringBuilder();
    Map<String, String> headers = new TreeMap<>();
    for (String file : files) {
      KernelSource source = KernelSource.of(file);
      text.append(source.text());
      headers.putAll(source.headers());
    }
    KernelSource all = new KernelSource("all.cu", text.toString(), headers);
    List<String> options =
        List.of("--gpu-architecture=sm_86", "--std=c++17", "-DZOWARMUP_BF16=" + bf16);
    String version = KernelSource.compilerVersion();
    return KernelCache.ofThisUser().get(all, options, version, () -> all.compile(options));
  }

  /** One of the images as if it were compiled for another architecture. */
  byte[] as(String architecture, boolean bf16) {
    byte[] image = (bf16 ? halves : floats).clone();
    ByteBuffer bytes = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(KIND, Integer.parseInt(architecture.substring(architecture.indexOf('_') + 1)));
    bytes.putInt(KIND + Integer.BYTES, architecture.startsWith("compute_") ? 1 : 0);
    return image;
  }

  /** Files by name, for architectures that are named with blanks between them. */
  Map<String, byte[]> files(String architectures) {
    Map<String, byte[]> files = new HashMap<>();
    for (String a : architectures.split(" ", -1)) {
      String ending = a.startsWith("sm_") ? ".cubin" : ".ptx";
      files.put("kernels-fp32." + a + ending, as(a, false));
      files.put("kernels-bf16." + a + ending, as(a, true));
    }
    files.put("ready-made.properties", index(architectures, sources));
    return files;
  }

  /** Writes them where the program finds them if {@code folder} is on its class path. */
  void write(Path folder, String architectures) throws IOException {
    Path to = Files.createDirectories(folder.resolve("org/zowarmup/kernels/ready-made"));
    for (Map.Entry<String, byte[]> file : files(architectures).entrySet()) {
      Files.write(to.resolve(file.getKey()), file.getValue());
    }
  }

  /**
   * @param hashed the sources whose hash it tells
   */
  byte[] index(String architectures, List<String> hashed) {
    var digest = KernelCache.sha256();
    for (String source : hashed) {
      digest.update(KernelSource.bytes(source));
    }
    return "compiler = nvcc 13.0.88\narchitectures = %s\nsources = %s\nsha256 = %s\n"
        .formatted(
            architectures, String.join(" ", sources), HexFormat.of().formatHex(digest.digest()))
        .getBytes(StandardCharsets.UTF_8);
  }
}
