package org.zowarmup.device.cuda.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.device.Precision;
import org.zowarmup.device.cuda.EmulatedCuda;
import org.zowarmup.device.cuda.driver.CudaLibraries;
import org.zowarmup.device.cuda.driver.Gpu;
import org.zowarmup.device.cuda.kernel.KernelCache;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;

/** That a program gives everything back, whatever fails on the way. */
@Tag(EmulatedCuda.TAG)
final class CudaProgramTest {
  @TempDir Path cache;

  @BeforeAll
  static void emulator() {
    EmulatedCuda.build();
  }

  @Test
  void aFailureWhileClosingLeavesNothingOpen() {
    assertNull(CudaLibraries.get().failure());
    Graph.Builder builder = Graph.builder("small", Shape.flat(3));
    builder.add("fc", new Linear(2), Graph.INPUT);
    Plan plan = Plan.forward(builder.build(new Loss(2)), 4);
    try (CudaCommon common = new CudaCommon(Gpu.of(0), new KernelCache(cache))) {
      new CudaProgram(common, plan, Precision.FP32).close(); // the layout stays with the device
      long free = common.gpu().freeBytes();
      CudaProgram program = new CudaProgram(common, plan, Precision.FP32);
      IllegalStateException failure = new IllegalStateException("cannot be closed");
      program.own(
          () -> {
            throw failure;
          });
      assertSame(failure, assertThrows(IllegalStateException.class, program::close));
      assertEquals(free, common.gpu().freeBytes());
    }
  }
}
