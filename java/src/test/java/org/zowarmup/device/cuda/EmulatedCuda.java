package org.zowarmup.device.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * The emulator of java/src/test/cuda, built with g++ into libraries with the real names and symbol
 * versions where it is not built yet. The tests that call it carry the tag {@value #TAG}; they have
 * a JVM of their own, which finds the libraries through JavaCPP's preload path. Those that only
 * start processes on it give these the same.
 */
public final class EmulatedCuda {
  /** Of tests that need the emulator. */
  public static final String TAG = "emulated-cuda";

  private static final Path SOURCES = Path.of("../java/src/test/cuda");
  private static final Path FOLDER =
      Path.of("../java/target/cuda-emulator").toAbsolutePath().normalize();

  /** Kernels that were compiled for the emulator, kept for all tests. */
  public static final Path KERNELS =
      Path.of("../java/target/cuda-cache").toAbsolutePath().normalize();

  private static final Path SHIM = Path.of("../kernels/shim").toAbsolutePath().normalize();

  private EmulatedCuda() {}

  /**
   * @param versionNode the symbol version that NVIDIA's library has, null for none
   */
  private record Library(String soname, String versionNode, String... sources) {}

  private static final List<Library> LIBRARIES =
      List.of(
          new Library("libcuda.so.1", null, "memory.cpp", "streams.cpp", "driver.cpp"),
          new Library("libcudart.so.13", "libcudart.so.13", "runtime.cpp"),
          new Library("libnvrtc.so.13", "libnvrtc.so.13", "nvrtc.cpp"),
          new Library("libnvrtc-builtins.so.13.0", null),
          new Library("libcublasLt.so.13", "libcublasLt.so.13", "blaslt.cpp"),
          new Library("libcublas.so.13", "libcublas.so.13", "blas.cpp"),
          new Library("libcudnn_graph.so.9", "libcudnn_graph.so.9", "dnn_base.cpp"),
          new Library("libcudnn_ops.so.9", "libcudnn_ops.so.9", "dnn_ops.cpp"),
          new Library("libcudnn_cnn.so.9", "libcudnn_cnn.so.9", "dnn_conv.cpp"),
          new Library("libcudnn_adv.so.9", "libcudnn_adv.so.9"),
          new Library("libcudnn.so.9", "libcudnn.so.9"));

  /**
   * Builds the libraries where their sources or the shim have changed, and forgets the kernels
   * compiled with the old ones; other processes wait. Where the property {@code zowarmup.cuda.real}
   * is true the tests run on a GPU, and nothing is built.
   *
   * @return the folder of the libraries
   */
  public static synchronized Path build() {
    if (Boolean.getBoolean("zowarmup.cuda.real")) {
      return FOLDER;
    }
    try {
      Files.createDirectories(FOLDER);
    } catch (IOException e) {
      throw new UncheckedIOException("building the CUDA emulator", e);
    }
    try (FileChannel lock =
            FileChannel.open(
                FOLDER.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = lock.lock()) {
      if (!held.isValid()) {
        throw new IOException("no lock on " + FOLDER);
      }
      String wanted = digest();
      Path stamp = FOLDER.resolve("sources.sha256");
      if (Files.exists(stamp) && Files.readString(stamp).equals(wanted)) {
        return FOLDER;
      }
      forgetKernels();
      // the others are linked to libcuda.so.1, so that one comes first
      build(LIBRARIES.subList(0, 1));
      build(LIBRARIES.subList(1, LIBRARIES.size()));
      Files.writeString(stamp, wanted);
      return FOLDER;
    } catch (IOException e) {
      throw new UncheckedIOException("building the CUDA emulator", e);
    }
  }

  private static void forgetKernels() throws IOException {
    if (Files.exists(KERNELS)) {
      try (Stream<Path> all = Files.walk(KERNELS)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  /** Variables with which a process finds shim and kernels; the libraries are a property. */
  public static void environment(ProcessBuilder process) {
    process.environment().put("ZOWARMUP_EMULATOR_SHIM", SHIM.toString());
    process.environment().put("ZOWARMUP_CACHE", KERNELS.toString());
  }

  private static Process start(Library library) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of("g++", "-std=c++17", "-O2", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror"));
    for (String source : library.sources()) {
      words.add(SOURCES.resolve(source).toString());
    }
    words.addAll(List.of("-pthread", "-o", FOLDER.resolve(library.soname()).toString()));
    words.add("-Wl,-soname," + library.soname());
    if (library.versionNode() != null) {
      Path script = FOLDER.resolve(library.soname() + ".map");
      Files.writeString(
          script,
          library.versionNode() + " { global: cuda*; cublas*; cudnn*; nvrtc*; local: *; };");
      words.add("-Wl,--version-script=" + script);
      words.add("-Wl,--no-as-needed");
      words.add(FOLDER.resolve("libcuda.so.1").toString());
    }
    if (library.sources().length == 0) {
      words.addAll(List.of("-x", "c++", "/dev/null"));
    }
    return new ProcessBuilder(words)
        .redirectErrorStream(true)
        .redirectOutput(FOLDER.resolve(library.soname() + ".log").toFile())
        .start();
  }

  private static void build(List<Library> libraries) throws IOException {
    List<Process> running = new ArrayList<>();
    for (Library library : libraries) {
      running.add(start(library));
    }
    for (int i = 0; i < running.size(); i++) {
      try {
        if (running.get(i).waitFor() != 0) {
          String soname = libraries.get(i).soname();
          throw new IllegalStateException(
              soname + " does not build:\n" + Files.readString(FOLDER.resolve(soname + ".log")));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while building the CUDA emulator", e);
      }
    }
  }

  private static String digest() throws IOException {
    try (Stream<Path> sources = Files.list(SOURCES);
        Stream<Path> shim = Files.list(SHIM)) {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      for (Path file :
          Stream.concat(sources, shim).filter(Files::isRegularFile).sorted().toList()) {
        sha.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
        sha.update(Files.readAllBytes(file));
      }
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
