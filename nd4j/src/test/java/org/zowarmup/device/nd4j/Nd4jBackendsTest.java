package org.zowarmup.device.nd4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.device.Devices;
import org.zowarmup.error.DeviceUnavailableException;

/** GPUs that nd4j-cuda-11.6 can run on, with capabilities made up: no GPU is needed. */
final class Nd4jBackendsTest {
  private static String refusal(String name, int major, int minor) {
    return Nd4jBackends.refusalOrNull(new Nd4jBackends.Gpu("JCublasBackend", name, major, minor));
  }

  @ParameterizedTest
  @CsvSource({"Tesla K80,3,7", "V100,7,0", "A100,8,0", "RTX 3090,8,6", "L40S,8,9"})
  void aGpuWithMachineCodeIsTaken(String name, int major, int minor) {
    assertNull(refusal(name, major, minor));
  }

  @ParameterizedTest
  @CsvSource({"K40,3,5", "NVIDIA H100,9,0", "NVIDIA B200,10,0", "RTX 5090,12,0"})
  void aGpuWithoutMachineCodeIsRefusedByName(String name, int major, int minor) {
    assertEquals(
        "libnd4jcuda has machine code for sm_37 to sm_86 and no PTX, found %s, which is sm_%d%d; take device=cuda:0, or nd4j on the CPU"
            .formatted(name, major, minor),
        refusal(name, major, minor));
  }

  /** What ND4J does where CUDA does not start: it warns and computes on the CPU. */
  @Test
  void theCpuIsNoSubstituteForANamedGpu() {
    assertEquals(
        "expected ND4J's JCublasBackend, found CpuBackend: CUDA did not start and ND4J took the"
            + " CPU; see its warning, or name device=nd4j",
        Nd4jBackends.refusalOrNull(new Nd4jBackends.Gpu("CpuBackend", "no GPU", 0, 0)));
  }

  @Test
  void theDeviceOfTheOtherModuleIsListedWithTheWayToIt() {
    List<Devices.Line> lines =
        Devices.list(1).stream().filter(line -> line.name().startsWith("nd4j")).toList();
    assertEquals(List.of("nd4j", "nd4j-cuda"), lines.stream().map(Devices.Line::name).toList());
    assertTrue(lines.get(0).available());
    assertFalse(lines.get(1).available());
    assertEquals(
        "device nd4j-cuda: its libraries are not on the class path; for GPUs there is cuda:0;"
            + " docs/nd4j.md says what this one needs",
        assertThrows(DeviceUnavailableException.class, () -> Devices.open("nd4j-cuda", 1))
            .getMessage());
  }
}
