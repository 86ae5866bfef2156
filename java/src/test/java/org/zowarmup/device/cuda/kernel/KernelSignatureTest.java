package org.zowarmup.device.cuda.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.zowarmup.device.cuda.driver.DevicePointer;
import org.zowarmup.device.cuda.kernel.KernelSignature.Parameter;

/** Facts read from the kernel sources: arguments, blocks and grids, and where fields lie. */
final class KernelSignatureTest {
  private static final Path SOURCES = Path.of("../kernels/src");
  private static final DevicePointer NOWHERE = () -> 0;

  private static final KernelSignature SAMPLE =
      KernelSignature.of(
              "sample.cu",
              """
              // Some work.
              // Grid: rows * channels / 2048, loops
              extern "C" __global__ void __launch_bounds__(128)
                  sample(const float* __restrict__ x, float* y, long long rows, int channels,
                         unsigned long long seed, float epsilon) {}
              """)
          .get(0);

  private static List<KernelSignature> all() throws IOException {
    try (Stream<Path> files = Files.list(SOURCES)) {
      List<KernelSignature> all = new ArrayList<>();
      for (Path file : files.filter(f -> f.toString().endsWith(".cu")).sorted().toList()) {
        all.addAll(KernelSignature.of(file.getFileName().toString(), Files.readString(file)));
      }
      return all;
    }
  }

  @Test
  void aSignatureIsReadWithItsBlockAndItsParameters() {
    assertEquals("sample", SAMPLE.name());
    assertEquals(128, SAMPLE.block());
    assertEquals(
        List.of(
            new Parameter("const float*", "x"),
            new Parameter("float*", "y"),
            new Parameter("long long", "rows"),
            new Parameter("int", "channels"),
            new Parameter("unsigned long long", "seed"),
            new Parameter("float", "epsilon")),
        SAMPLE.parameters());
  }

  private static String refused(Object... arguments) {
    return assertThrows(IllegalArgumentException.class, () -> SAMPLE.check(arguments)).getMessage();
  }

  @Test
  void whatASourceDoesNotDeclareIsRefused() {
    SAMPLE.check(NOWHERE, null, 5L, 6, 7L, 0.5f);
    String few = refused(NOWHERE, null, 5L, 6, 7L);
    assertTrue(few.startsWith("kernel sample of sample.cu: expected 6 arguments"), few);
    assertTrue(few.endsWith("found 5"), few);
    String where = "kernel sample of sample.cu, parameter ";
    assertEquals(
        where + "2 rows: expected Long for long long, found Integer",
        refused(NOWHERE, null, 5, 6, 7L, 0.5f));
    assertEquals(
        where + "3 channels: expected Integer for int, found Long",
        refused(NOWHERE, null, 5L, 6L, 7L, 0.5f));
    assertEquals(
        where + "5 epsilon: expected Float for float, found Double",
        refused(NOWHERE, null, 5L, 6, 7L, 0.5));
    assertEquals(
        where + "1 y: expected DevicePointer for float*, found Long",
        refused(NOWHERE, 8L, 5L, 6, 7L, 0.5f));
    assertEquals(
        where + "4 seed: expected Long for unsigned long long, found null",
        refused(NOWHERE, null, 5L, 6, null, 0.5f));
  }

  private static int[] blocks(long rows, int channels) {
    return SAMPLE.blocks(0, NOWHERE, null, rows, channels, 7L, 0.5f);
  }

  @Test
  void aGridIsRoundedUpHasABlockAndLoopsOverTheRest() {
    assertArrayEquals(new int[] {1, 1}, blocks(0, 3));
    assertArrayEquals(new int[] {1, 1}, blocks(1, 2048));
    assertArrayEquals(new int[] {2, 1}, blocks(683, 3));
    assertArrayEquals(new int[] {65_535, 1}, blocks(1L << 40, 64));
  }

  @Test
  void everyKernelDeclaresWhatALaunchNeeds() throws IOException {
    long entries;
    try (Stream<Path> files = Files.list(SOURCES)) {
      Pattern entry = Pattern.compile("__global__");
      entries = 0;
      for (Path file : files.toList()) {
        entries += entry.matcher(Files.readString(file)).results().count();
      }
    }
    List<KernelSignature> all = all();
    assertEquals(entries, all.size());
    for (KernelSignature kernel : all) {
      Object[] arguments = new Object[kernel.parameters().size()];
      for (int i = 0; i < arguments.length; i++) {
        Parameter parameter = kernel.parameters().get(i);
        Class<?> type = parameter.argument();
        assertNotNull(type, kernel.name() + " " + parameter);
        arguments[i] =
            type == Integer.class
                ? (Object) 100
                : type == Long.class
                    ? (Object) 100L
                    : type == Float.class ? (Object) 1f : type == Double.class ? 1.0 : NOWHERE;
      }
      kernel.check(arguments);
      int[] blocks = kernel.blocks(3, arguments);
      assertTrue(blocks[0] >= 1 && blocks[1] >= 1, kernel.name());
    }
  }

  @Test
  void fieldsLieWhereTheCompilerPutsThem() throws Exception {
    StringBuilder source = new StringBuilder("#include \"shim.h\"\n");
    source.append("#include \"job.h\"\n#include \"segment.h\"\n#include <cstddef>\n");
    for (KernelSource.Struct struct :
        List.of(
            KernelSource.Struct.of("job.h", "Job"),
            KernelSource.Struct.of("job.h", "SampleRow"),
            KernelSource.Struct.of("segment.h", "Segment"))) {
      String type = "zowarmup::" + struct.name();
      source.append("static_assert(sizeof(%s) == %d, \"\");\n".formatted(type, struct.bytes()));
      struct
          .fields()
          .forEach(
              (name, field) ->
                  source.append(
                      "static_assert(offsetof(%s, %s) == %d && sizeof(%s::%s) == %d, \"\");\n"
                          .formatted(type, name, field.offset(), type, name, field.bytes())));
      assertTrue(struct.fields().size() >= 3, struct.toString());
    }
    Process compiler =
        new ProcessBuilder(
                "g++",
                "-std=c++17",
                "-fsyntax-only",
                "-w",
                "-I../kernels/shim",
                "-I" + SOURCES,
                "-x",
                "c++",
                "-")
            .redirectErrorStream(true)
            .start();
    try (var in = compiler.getOutputStream()) {
      in.write(source.toString().getBytes(UTF_8));
    }
    String output = new String(compiler.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, compiler.waitFor(), output);
  }

  @Test
  void aFieldOfAnotherWidthIsRefused() {
    KernelSource.Struct job = KernelSource.Struct.of("job.h", "Job");
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> job.at("count", Long.BYTES));
    assertTrue(e.getMessage().contains("expected a field count of 8 bytes"), e.getMessage());
    assertThrows(IllegalStateException.class, () -> job.at("slot", Integer.BYTES));
  }
}
