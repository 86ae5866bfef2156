package org.zowarmup.device.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.device.cuda.driver.CudaLibraries;

/**
 * NVIDIA's own NVRTC, which needs no GPU, in the folder of a wheel and without LD_LIBRARY_PATH: the
 * program finds it and its builtins, and every kernel compiles. Its 343 MB come with the profile
 * {@code nvrtc}; without them this counts as skipped.
 */
final class RealNvrtcTest {
  private static final String FOLDER = "/org/bytedeco/cuda/linux-x86_64/";
  private static final String BUILTINS = "libnvrtc-builtins.so.13.1";

  @TempDir Path root;

  private static void unpack(String library, Path to) throws Exception {
    try (InputStream in = RealNvrtcTest.class.getResourceAsStream(FOLDER + library)) {
      assumeTrue(in != null, "no " + library + " on the class path: mvn -Pnvrtc");
      Files.copy(in, to.resolve(library));
    }
  }

  @Test
  void compilesEveryKernelWithoutLibraryPath() throws Exception {
    Path lib = root.resolve("lib/python3.12/site-packages/nvidia/cu13/lib");
    Files.createDirectories(lib);
    for (String library : List.of("libnvrtc.so.13", BUILTINS, "libcudart.so.13")) {
      unpack(library, lib);
    }
    String driver = "libcuda.so.1"; // an empty one: the bindings name it
    List<String> stub =
        List.of("g++", "-shared", "-x", "c++", "/dev/null", "-Wl,-soname," + driver, "-o");
    Process built =
        new ProcessBuilder(Stream.concat(stub.stream(), Stream.of(lib + "/" + driver)).toList())
            .start();
    assertEquals(0, built.waitFor());
    List<String> lines = compiled().lines().toList();
    long kernels = lines.stream().filter(line -> line.matches("\\S+\\.cu \\S+ \\d+ bytes")).count();
    assertEquals(2L * sources().size(), kernels, String.join("\n", lines));

    Files.delete(lib.resolve(BUILTINS)); // then NVRTC itself says what the program spares its users
    String failed = compiled();
    assertTrue(failed.contains("failed to open " + BUILTINS), failed);
  }

  /** What a process says that compiles all sources in both forms, each for another GPU. */
  private String compiled() throws Exception {
    String path = // else JavaCPP would take the libraries from there
        Arrays.stream(System.getProperty("java.class.path").split(":", -1))
            .filter(entry -> !entry.contains("cuda-redist"))
            .collect(Collectors.joining(":"));
    List<String> words =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            path,
            CompilingProcess.class.getName());
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.matches("LD_LIBRARY_PATH|(CUDA|CUDNN)_.*"));
    builder.environment().put("VIRTUAL_ENV", root.toString());
    Path output = Files.createTempFile(root, "output", "");
    Process process = builder.redirectOutput(output.toFile()).start();
    assertTrue(process.waitFor(10, TimeUnit.MINUTES), "still running");
    return Files.readString(output);
  }

  /** The names of the sources, from their folder. */
  private static List<String> sources() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("..", "kernels", "src"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".cu"))
          .sorted()
          .toList();
    }
  }

  /** Loads the libraries as the program does, and compiles. */
  static final class CompilingProcess {
    private CompilingProcess() {}

    /** No arguments. */
    public static void main(String[] arguments) throws Exception {
      System.out.println(CudaLibraries.get().failure()); // cuDNN may be missing; NVRTC is not
      int at = 0;
      int[] capabilities = {75, 80, 90, 120};
      for (String file : sources()) {
        for (int bf16 = 0; bf16 < 2; bf16++) {
          String gpu = KernelSource.architecture(capabilities[at++ % capabilities.length]);
          List<String> options =
              List.of("--gpu-architecture=" + gpu, "--std=c++17", "-DZOWARMUP_BF16=" + bf16);
          byte[] image = KernelSource.of(file).compile(options);
          System.out.println(file + " " + gpu + " " + image.length + " bytes");
        }
      }
    }
  }
}
