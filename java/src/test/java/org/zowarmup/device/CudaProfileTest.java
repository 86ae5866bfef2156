package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.zowarmup.device.cuda.EmulatedCuda;
import org.zowarmup.nn.Plan;

/** A profile on the emulated GPU: every step once, and nothing that it was given is changed. */
@Tag(EmulatedCuda.TAG)
class CudaProfileTest {
  @BeforeAll
  static void emulator() {
    EmulatedCuda.build();
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void everyStepOfAPassIsTimed(Precision precision) {
    ContractCase c =
        ContractCase.all().stream().filter(some -> !some.hasOwnPart()).findFirst().orElseThrow();
    int[] batch = IntStream.range(0, c.batch()).toArray();
    try (Fixture here =
        new Fixture(Devices.open("cuda:0", 1).device(), c.graph(), 2 * c.batch() + 1, 5)) {
      float[] before = here.weights.read();
      Stream.of(Plan.forward(c.graph(), c.batch()), Plan.forwardBackward(c.graph(), c.batch()))
          .forEach(
              plan -> {
                try (Executable lane = here.device.compile(plan, 1, precision)) {
                  List<Executable.StepTime> times =
                      lane.profile(here.weights, here.images, batch, 2);
                  assertEquals(
                      plan.ops(),
                      times.stream()
                          .map(Executable.StepTime::step)
                          .filter(Objects::nonNull)
                          .toList());
                  assertTrue(times.stream().allMatch(time -> time.seconds() > 0), times.toString());
                }
              });
      assertArrayEquals(before, here.weights.read());
    }
  }
}
