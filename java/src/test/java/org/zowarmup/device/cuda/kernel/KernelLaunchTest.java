package org.zowarmup.device.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import org.zowarmup.JavaProcess;
import org.zowarmup.device.cuda.EmulatedCuda;
import org.zowarmup.device.cuda.driver.CudaLibraries;
import org.zowarmup.device.cuda.driver.CudaStatus.CudaException;
import org.zowarmup.device.cuda.driver.CudaStream;
import org.zowarmup.device.cuda.driver.DeviceMemory;
import org.zowarmup.device.cuda.driver.Gpu;
import org.zowarmup.error.UnsupportedException;

/** Messages that a user reads when a launch fails: the kernel and its shape, at once or later. */
@Tag(EmulatedCuda.TAG)
final class KernelLaunchTest {
  private static final int N = 64;

  @TempDir Path cache;

  @BeforeAll
  static void emulator() {
    EmulatedCuda.build();
  }

  private interface Case {
    void run(Gpu gpu, CudaStream stream, Kernel kernel);
  }

  private void withKernel(String file, String name, Case test) {
    assertNull(CudaLibraries.get().failure());
    Gpu gpu = Gpu.of(0);
    try (CudaStream stream = new CudaStream(gpu);
        CudaKernels kernels = new CudaKernels(gpu, new KernelCache(cache))) {
      test.run(gpu, stream, kernels.get(file, name));
    }
  }

  private static final Object[] GROUP_NORM = {
    null, null, null, null, null, null, null, 4, 8, 2, 1e-5f, 0
  };

  /** The emulated NVRTC knows nothing of compute capability 13.0, nor of 7.0. */
  @Test
  void codeForAGpuThatNvrtcDoesNotKnowIsPtx() {
    withKernel("job.cu", "advanceJob", (gpu, stream, kernel) -> {});
    assertEquals("sm_86", KernelSource.architecture(86));
    assertEquals("compute_121", KernelSource.architecture(130));
    assertThrows(UnsupportedException.class, () -> KernelSource.architecture(70));
    byte[] ptx =
        KernelSource.of("job.cu")
            .compile(List.of("--gpu-architecture=compute_86", "--std=c++17", "-DZOWARMUP_BF16=0"));
    assertTrue(ptx.length > 0);
  }

  @Test
  void aLaunchThatIsRefusedNamesTheKernelAndItsShape() {
    withKernel(
        "group_norm_forward.cu",
        "groupNormForward",
        (gpu, stream, kernel) -> {
          CudaStep tooManyRows = kernel.bindPerSample(stream, 70_000, 0, GROUP_NORM);
          CudaException e = assertThrows(CudaException.class, tooManyRows::enqueue);
          assertTrue(
              e.getMessage()
                  .startsWith(
                      "kernel groupNormForward <<<2x70000 blocks, 512 threads, 0 shared bytes>>>"
                          + " failed: CU"),
              e.getMessage());
        });
  }

  @Test
  void sharedMemoryThatTheGpuDoesNotHaveIsRefusedByTheSameName() {
    withKernel(
        "group_norm_forward.cu",
        "groupNormForward",
        (gpu, stream, kernel) -> {
          CudaStep tooMuchShared = kernel.bindPerSample(stream, 1, 1 << 20, GROUP_NORM);
          CudaException e = assertThrows(CudaException.class, tooMuchShared::enqueue);
          assertTrue(
              e.getMessage()
                  .startsWith(
                      "kernel groupNormForward <<<2x1 blocks, 512 threads, 1048576 shared bytes>>>"
                          + " failed: CU"),
              e.getMessage());
        });
  }

  @Test
  void argumentsThatTheSourceDoesNotDeclareAreRefusedBeforeAnyLaunch() {
    withKernel(
        "add.cu",
        "addForward",
        (gpu, stream, kernel) -> {
          IllegalArgumentException e =
              assertThrows(
                  IllegalArgumentException.class,
                  () -> kernel.bind(stream, null, null, null, N, 0));
          assertEquals(
              "kernel addForward of add.cu, parameter 3 n: expected Long for long long, found"
                  + " Integer",
              e.getMessage());
        });
  }

  @Test
  void workThatFailsLaterNamesWhatWasQueued() throws Exception {
    String add = "addForward <<<1x1 blocks, 256 threads, 0 shared bytes>>>";
    String message = failure(false);
    assertTrue(
        message.startsWith(
            "work on cuda:0; queued last: "
                + add
                + ", "
                + add
                + " failed: cudaErrorIllegalAddress"),
        message);
  }

  @Test
  void workThatIsQueuedPieceByPieceNamesTheOneThatFailed() throws Exception {
    String message = failure(true);
    assertTrue(
        message.startsWith(
            "work on cuda:0; queued last: addForward <<<1x1 blocks, 256 threads, 0 shared bytes>>>"
                + " failed: cudaErrorIllegalAddress"),
        message);
  }

  /** In a process of its own: after such a failure a GPU is of no more use to its process. */
  private String failure(boolean eager) throws Exception {
    List<String> words =
        JavaProcess.command(
            FailingProcess.class,
            List.of("-Dorg.bytedeco.javacpp.platform.preloadpath=" + EmulatedCuda.build()),
            List.of(cache.toString()));
    ProcessBuilder builder = new ProcessBuilder(words);
    EmulatedCuda.environment(builder);
    builder.environment().put("ZOWARMUP_CUDA_EAGER", eager ? "1" : "0");
    Path output = Files.createTempFile(cache, "output", "");
    Process process = builder.redirectOutput(output.toFile()).start();
    assertTrue(process.waitFor(2, TimeUnit.MINUTES), "still running");
    return Files.readString(output);
  }

  /** Writes beyond the end of a buffer, and prints how that is reported. */
  static final class FailingProcess {
    private FailingProcess() {}

    /** Argument: the folder of compiled kernels. */
    public static void main(String[] arguments) {
      assertNull(CudaLibraries.get().failure());
      Gpu gpu = Gpu.of(0);
      CudaStream stream = new CudaStream(gpu);
      Kernel kernel =
          new CudaKernels(gpu, new KernelCache(Path.of(arguments[0]))).get("add.cu", "addForward");
      DeviceMemory in = new DeviceMemory(gpu, "in", 2 * N * Float.BYTES);
      DeviceMemory out = new DeviceMemory(gpu, "out", N * Float.BYTES);
      try {
        kernel.bind(stream, in, in, out, N + 8L, 0).enqueue();
        kernel.bind(stream, in, in, out, (long) N, 0).enqueue();
        stream.synchronize();
      } catch (CudaException e) {
        System.out.println(e.getMessage());
        System.out.flush();
      }
      Runtime.getRuntime().halt(0); // nothing can be closed any more
    }
  }
}
