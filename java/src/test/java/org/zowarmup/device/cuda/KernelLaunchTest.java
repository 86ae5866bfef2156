package org.zowarmup.device.cuda;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user reads when a launch fails: the kernel and its shape, at once or later. */
@Tag(EmulatedCuda.TAG)
final class KernelLaunchTest {
  private static final int N = 64;

  @TempDir Path cache;

  @BeforeAll
  static void emulator() {
    EmulatedCuda.build();
  }

  private interface Case {
    void run(CudaContext context, CudaStream stream, Kernel kernel);
  }

  private void withKernel(Case test) {
    assertNull(CudaLibraries.get().failure());
    CudaContext context = new CudaContext(Gpu.of(0));
    try (CudaStream stream = new CudaStream(context);
        CudaKernels kernels = new CudaKernels(context, new KernelCache(cache))) {
      test.run(context, stream, kernels.get("add.cu", "addForward"));
    }
  }

  @Test
  void aLaunchThatIsRefusedNamesTheKernelAndItsShape() {
    withKernel(
        (context, stream, kernel) -> {
          Kernel.Grid tooManyThreads = new Kernel.Grid(3, 2, 2048, 0);
          CudaException e =
              assertThrows(
                  CudaException.class,
                  () -> kernel.launch(stream, tooManyThreads, null, null, null, 0L, 0));
          assertTrue(
              e.getMessage()
                  .startsWith(
                      "kernel addForward <<<3x2 blocks, 2048 threads, 0 shared bytes>>> failed: "
                          + "CU"),
              e.getMessage());
        });
  }

  @Test
  void sharedMemoryThatTheGpuDoesNotHaveIsRefusedByTheSameName() {
    withKernel(
        (context, stream, kernel) -> {
          Kernel.Grid tooMuchShared = new Kernel.Grid(1, 1, 32, 1 << 20);
          CudaException e =
              assertThrows(
                  CudaException.class,
                  () -> kernel.launch(stream, tooMuchShared, null, null, null, 0L, 0));
          assertTrue(
              e.getMessage()
                  .startsWith(
                      "shared memory of kernel addForward <<<1x1 blocks, 32 threads, 1048576 shared"
                          + " bytes>>>"),
              e.getMessage());
        });
  }

  /** In a process of its own: after such a failure a GPU is of no more use to its process. */
  @Test
  void workThatFailsLaterNamesWhatWasQueued() throws Exception {
    List<String> words =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "-Dorg.bytedeco.javacpp.platform.preloadpath=" + EmulatedCuda.build(),
            FailingProcess.class.getName(),
            cache.toString());
    ProcessBuilder builder = new ProcessBuilder(words);
    EmulatedCuda.environment(builder);
    Path output = Files.createTempFile(cache, "output", "");
    Process process = builder.redirectOutput(output.toFile()).start();
    assertTrue(process.waitFor(2, TimeUnit.MINUTES), "still running");
    String message = Files.readString(output);
    assertTrue(
        message.startsWith(
            "work on cuda:0; queued last: addForward <<<1x1 blocks, 256 threads, 0 shared bytes>>>"
                + " failed: cudaErrorIllegalAddress"),
        message);
  }

  /** Writes beyond the end of a buffer, and prints how that is reported. */
  static final class FailingProcess {
    private FailingProcess() {}

    /** Argument: the folder of compiled kernels. */
    public static void main(String[] arguments) {
      assertNull(CudaLibraries.get().failure());
      CudaContext context = new CudaContext(Gpu.of(0));
      CudaStream stream = new CudaStream(context);
      Kernel kernel =
          new CudaKernels(context, new KernelCache(Path.of(arguments[0])))
              .get("add.cu", "addForward");
      long in = new DeviceMemory(context, "in", 2 * N * Float.BYTES).address();
      long out = new DeviceMemory(context, "out", N * Float.BYTES).address();
      kernel.launch(stream, 1, in, in, out, N + 8L, 0);
      try {
        stream.synchronize();
      } catch (CudaException e) {
        System.out.println(e.getMessage());
        System.out.flush();
      }
      Runtime.getRuntime().halt(0); // nothing can be closed any more
    }
  }
}
