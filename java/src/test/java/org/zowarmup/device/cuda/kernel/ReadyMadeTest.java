package org.zowarmup.device.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.device.cuda.EmulatedCuda;
import org.zowarmup.device.cuda.driver.CudaLibraries;
import org.zowarmup.device.cuda.driver.Gpu;

/** Which of the ready-made images a GPU takes, and that NVRTC compiles where none will do. */
@Tag(EmulatedCuda.TAG)
final class ReadyMadeTest {
  private static final String ALL =
      "sm_75 sm_80 sm_86 sm_89 sm_90 sm_100 sm_120 compute_120"; // as kernels/check/compile makes
  private static final String COMPILED = "sm_86, NVRTC 13.0";

  private static ReadyMadeImages images;

  @TempDir Path cache;

  @BeforeAll
  static void images() {
    EmulatedCuda.build();
    assertNull(CudaLibraries.get().failure());
    images = new ReadyMadeImages(List.of("job.cu", "relu.cu"));
  }

  /** Where the kernels of the emulated GPU, of capability 8.6, come from; both types are there. */
  private String origin(Map<String, byte[]> files) {
    ReadyMade readyMade = new ReadyMade(files::get);
    try (CudaKernels kernels = new CudaKernels(Gpu.of(0), new KernelCache(cache), readyMade)) {
      kernels.get("relu.cu", "reluForward", true);
      kernels.get("relu.cu", "reluForward", false);
      kernels.get("job.cu", "advanceJob", true); // of no type, so in the first image alone
      return kernels.origin();
    }
  }

  private static Optional<String> chosen(int capability, String architectures) {
    return new ReadyMade(images.files(architectures)::get).architecture(capability);
  }

  @Test
  void codeOfTheSameMajorVersionThenPtxThatIsNoNewer() {
    Map<Integer, String> expected =
        Map.of(
            75,
            "sm_75",
            80,
            "sm_80",
            86,
            "sm_86",
            87,
            "sm_86",
            89,
            "sm_89",
            90,
            "sm_90",
            100,
            "sm_100",
            103,
            "sm_100",
            121,
            "sm_120",
            130,
            "compute_120");
    expected.forEach((gpu, name) -> assertEquals(Optional.of(name), chosen(gpu, ALL), "" + gpu));
    assertEquals(Optional.empty(), chosen(70, ALL));
    assertEquals(Optional.empty(), chosen(110, ALL), "older than the PTX, of no other's major");
  }

  @Test
  void aGpuRunsTheImageThatIsMadeForIt() {
    assertEquals("sm_86, nvcc 13.0.88", origin(images.files(ALL)));
    assertEquals("sm_80, nvcc 13.0.88", origin(images.files("sm_75 sm_80 sm_89 compute_89")));
    assertEquals("compute_75, nvcc 13.0.88", origin(images.files("sm_75 sm_90 compute_75")));
  }

  @Test
  void nvrtcCompilesWhereNoImageFitsOrLoads() {
    assertEquals(COMPILED, origin(images.files("sm_75 sm_90 compute_90")));
    Map<String, byte[]> damaged = images.files(ALL);
    damaged.put("kernels-bf16.sm_86.cubin", new byte[64]);
    assertEquals(COMPILED, origin(damaged));
    Map<String, byte[]> mislabelled = images.files(ALL); // the driver has the last word
    mislabelled.put("kernels-fp32.sm_86.cubin", images.as("sm_90", false));
    assertEquals(COMPILED, origin(mislabelled));
  }

  @Test
  void nvrtcCompilesWhereTheSourcesAreOthersOrNothingWasMade() {
    Map<String, byte[]> other = images.files(ALL);
    other.put("ready-made.properties", images.index(ALL, List.of("job.h")));
    assertEquals(COMPILED, origin(other));
    assertEquals(COMPILED, origin(Map.of()));
  }

  @Test
  void anImageThatTheIndexNamesMustBeThere() {
    Map<String, byte[]> incomplete = images.files(ALL);
    incomplete.remove("kernels-bf16.sm_86.cubin");
    assertThrows(IllegalStateException.class, () -> origin(incomplete));
  }
}
