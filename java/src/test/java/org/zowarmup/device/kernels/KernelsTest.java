package org.zowarmup.device.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.zowarmup.device.reference.NormKernelCases;
import org.zowarmup.device.reference.PassKernelCases;
import org.zowarmup.device.reference.PoolKernelCases;
import org.zowarmup.device.reference.TokenKernelCases;

/**
 * Every kernel of kernels/src on awkward sizes against plain Java and the reference device, on the
 * shim under sanitizers, or on a GPU (see {@link KernelHarness}).
 */
class KernelsTest {
  private static final List<KernelCase> CASES = new ArrayList<>();
  private static final List<KernelCase.Outcome> OUTCOMES = new ArrayList<>();
  private static final List<List<KernelCase.Outcome>> OTHER_ORDERS = new ArrayList<>();

  @BeforeAll
  static void runAll() {
    List<KernelCase> fp32 = new ArrayList<>(VectorKernelCases.all());
    List<KernelCase> bf16 = new ArrayList<>();
    for (boolean type : new boolean[] {false, true}) {
      List<KernelCase> cases = type ? bf16 : fp32;
      cases.addAll(ElementwiseKernelCases.all(type));
      cases.addAll(PassKernelCases.all(type));
      cases.addAll(NormKernelCases.all(type));
      cases.addAll(PoolKernelCases.all(type));
      cases.addAll(TokenKernelCases.all(type));
    }
    var ofFp32 = CompletableFuture.supplyAsync(() -> runs(fp32, false));
    var ofBf16 = CompletableFuture.supplyAsync(() -> runs(bf16, true));
    CASES.addAll(fp32);
    CASES.addAll(bf16);
    for (int order = 0; order < ofFp32.join().size(); order++) {
      List<KernelCase.Outcome> outcomes = new ArrayList<>(ofFp32.join().get(order));
      outcomes.addAll(ofBf16.join().get(order));
      if (order == 0) {
        OUTCOMES.addAll(outcomes);
      } else {
        OTHER_ORDERS.add(outcomes);
      }
    }
  }

  /** Outcomes by order of the threads; on a GPU, of three runs. */
  private static List<List<KernelCase.Outcome>> runs(List<KernelCase> cases, boolean bf16) {
    try {
      KernelHarness harness = KernelHarness.build(bf16);
      return List.of(harness.run(cases, 0), harness.run(cases, 1), harness.run(cases, 2));
    } catch (java.io.IOException | InterruptedException e) {
      throw new CompletionException(e);
    }
  }

  @TestFactory
  Stream<DynamicTest> computesWhatTheReferenceDoes() {
    return java.util.stream.IntStream.range(0, CASES.size())
        .mapToObj(
            i -> {
              KernelCase c = CASES.get(i);
              String type = c.bf16() ? ", bf16" : ", fp32";
              return dynamicTest(c.name() + type, () -> c.judge(OUTCOMES.get(i)));
            });
  }

  /** A race shows as other bits when threads run in another order. */
  @Test
  void theOrderOfThreadsChangesNoBit() {
    for (List<KernelCase.Outcome> outcomes : OTHER_ORDERS) {
      for (int i = 0; i < CASES.size(); i++) {
        for (int b = 0; b < OUTCOMES.get(i).buffers().size(); b++) {
          assertArrayEquals(
              OUTCOMES.get(i).buffers().get(b),
              outcomes.get(i).buffers().get(b),
              CASES.get(i).name());
        }
      }
    }
  }

  @Test
  void everyKernelHasACase() throws Exception {
    Set<String> without = new HashSet<>(KernelSourcesTest.kernelNames());
    CASES.forEach(c -> without.remove(c.kernel()));
    assertEquals(Set.of(), without);
  }
}
