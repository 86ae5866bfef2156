package org.zowarmup.device.cuda.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.device.Precision;
import org.zowarmup.device.cuda.EmulatedCuda;
import org.zowarmup.device.cuda.driver.CudaLibraries;
import org.zowarmup.device.cuda.driver.Gpu;
import org.zowarmup.device.cuda.kernel.KernelCache;
import org.zowarmup.device.cuda.program.ConvAlgorithms.Candidate;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.models.Cnn;

/** The choice among what cuDNN offers, and that it is made once for a GPU. */
@Tag(EmulatedCuda.TAG)
class ConvAlgorithmsTest {
  @TempDir Path folder;

  @BeforeAll
  static void emulator() {
    EmulatedCuda.build();
    assertNull(CudaLibraries.get().failure());
  }

  private static Candidate ran(int algorithm, double us) {
    return new Candidate(algorithm, 0, ConvAlgorithms.RAN, 0, us, false);
  }

  private static int taken(Candidate... candidates) {
    return ConvAlgorithms.choose(List.of(candidates)).stream()
        .filter(Candidate::taken)
        .mapToInt(Candidate::algorithm)
        .reduce(-1, (none, one) -> none == -1 ? one : -2);
  }

  @Test
  void theFastestIsTakenAndOfEquallyFastOnesTheFirst() {
    Candidate refused = new Candidate(9, 0, "not deterministic", 0, 0, false);
    assertEquals(2, taken(refused, ran(1, 20), ran(2, 10), ran(3, 11)));
    assertEquals(1, taken(ran(1, 10.2), ran(2, 10)));
    assertEquals(-1, taken(refused));
  }

  private Plan plan() {
    return Plan.forwardBackward(new Cnn().build(new Shape(8, 8, 1), 3), 2);
  }

  private static void compile(CudaCommon common, Plan plan) {
    try (CudaProgram program = new CudaProgram(common, plan, Precision.BF16)) {
      CudaProgram.STEPS.compile("cuda:0", program, plan);
    }
  }

  private List<Path> files() throws Exception {
    try (Stream<Path> all = Files.walk(folder.resolve("cudnn"))) {
      return all.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
  }

  @Test
  void aLaterProcessTakesWhatTheFirstOneFound() throws Exception {
    KernelCache cache = new KernelCache(folder.resolve("kernels"));
    Plan plan = plan();
    try (CudaCommon common = new CudaCommon(Gpu.of(0), cache)) {
      compile(common, plan);
      assertTrue(common.algorithms().taken().size() > 2, common.algorithms().taken().toString());
    }
    List<Path> files = files();
    Path file = files.get(0);
    String text = Files.readString(file);
    for (String part :
        new String[] {
          "not deterministic",
          "does not run this layer after all",
          "wants a workspace of 268435456 bytes, allowed are 8388608",
          "\"ran\"",
          "us"
        }) {
      assertTrue(text.contains(part), part + " in " + text);
    }
    // what another measurement would have found stays out of it: the file says which
    String other =
        text.replace("\"us\" : 0.0", "\"us\" : 7.0")
            .replace("\"workspace\" : 0,", "\"workspace\" : 8,");
    Files.writeString(file, other);
    try (CudaCommon common = new CudaCommon(Gpu.of(0), cache)) {
      compile(common, plan);
    }
    assertEquals(other, Files.readString(file));
    // and a damaged one is found out again
    Files.writeString(file, text.substring(0, text.length() / 2));
    try (CudaCommon common = new CudaCommon(Gpu.of(0), cache)) {
      compile(common, plan);
    }
    assertTrue(Files.readString(file).contains("\"taken\" : true"));
    assertEquals(files, files());
    assertNotNull(file);
  }

  private Map<String, String> taken(KernelCache cache, Map<String, String> preferred) {
    try (CudaCommon common = new CudaCommon(Gpu.of(0), cache)) {
      common.algorithms().prefer(preferred);
      compile(common, plan());
      return common.algorithms().taken();
    }
  }

  @Test
  void whatWasChosenElsewhereIsTakenWhereItRunsHere() {
    KernelCache cache = new KernelCache(folder.resolve("kernels"));
    Map<String, String> own = taken(cache, Map.of());
    Map<String, String> others = new HashMap<>(own);
    others.replaceAll((layer, choice) -> choice.replace("algorithm 1,", "algorithm 4,"));
    assertNotEquals(own, others);
    // algorithm 4 runs with DEFAULT_MATH alone here
    others.replaceAll((layer, choice) -> choice.replace("math type 1,", "math type 0,"));
    assertEquals(others, taken(cache, others));
    assertEquals(own, taken(cache, Map.of()), "and is not kept");
    others.replaceAll((layer, choice) -> choice.replace("algorithm 4,", "algorithm 5,"));
    assertEquals(own, taken(cache, others), "algorithm 5 does not run");
  }

  /** Two GPUs that measure at the same time keep what the first of them has found. */
  @Test
  void ofTwoThatFindOutAtOnceTheFirstDecides() {
    KernelCache cache = new KernelCache(folder.resolve("kernels"));
    ConvAlgorithms one = new ConvAlgorithms(Gpu.of(0), cache.sibling("cudnn"));
    ConvAlgorithms two = new ConvAlgorithms(Gpu.of(0), cache.sibling("cudnn"));
    List<Candidate> found = List.of(ran(1, 20), ran(2, 10));
    List<Candidate> slower = List.of(ran(1, 10), ran(2, 20));
    ConvAlgorithms.Found last =
        two.of(
            "layer",
            () -> {
              one.of("layer", () -> found);
              return slower;
            });
    assertEquals(2, last.taken().algorithm());
  }
}
