package org.zowarmup.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Figures worked out by hand. */
final class ResultTableTest {
  @Test
  void probeCountsBothForwardPasses() {
    assertRate(32_000, "images/s", Rate.of("probe", BenchModel.CNN, 16, 1e-3));
  }

  @Test
  void trainStepCountsItsBatch() {
    assertRate(64_000, "images/s", Rate.of("trainStep", BenchModel.CNN, 64, 1e-3));
  }

  @Test
  void vectorOperationsCountWhatMustMove() {
    assertRate(109.464, "GB/s", Rate.of("perturbPair", BenchModel.CNN, 0, 1e-6));
    assertRate(218.928, "GB/s", Rate.of("weightedSum", BenchModel.CNN, 0, 1e-6));
    assertRate(5.4732, "G signs/s", Rate.of("accumulateSeeds", BenchModel.CNN, 0, 1e-3));
    assertRate(
        150 * 0.011173962, "G signs/s", Rate.of("accumulateSeeds", BenchModel.RESNET18, 0, 1));
  }

  @Test
  void timesHaveThreeDigits() {
    assertEquals("1.23 us", ResultTable.time(1.2345e-6));
    assertEquals("99.9 us", ResultTable.time(99.94e-6));
    assertEquals("999 us", ResultTable.time(999.4e-6));
    assertEquals("1.00 ms", ResultTable.time(999.6e-6));
    assertEquals("1.00 s", ResultTable.time(999.6e-3));
    assertEquals("12.3 s", ResultTable.time(12.34));
  }

  @Test
  void columnsStandUnderTheirHeads() {
    List<String> lines =
        ResultTable.lines(
            List.of(
                new Measured("probe", BenchModel.CNN, 16, 1e-3, 0.9e-3, 1.25e-3, 5),
                new Measured("perturbPair", BenchModel.CNN, 0, 1e-6, 1e-6, 2e-6, 5)));
    assertEquals(
        List.of(
            "  benchmark     model         batch    median     least   greatest   n             "
                + " rate",
            "  probe         cnn 28x28x1      16   1.00 ms    900 us    1.25 ms   5   32,000"
                + " images/s",
            "  perturbPair   cnn 28x28x1       -   1.00 us   1.00 us    2.00 us   5          109"
                + " GB/s"),
        lines);
  }

  @Test
  void namesTheProcessor() {
    assertEquals(
        "A Processor (family 25, model 17)",
        Machine.processor(
            List.of(
                "processor\t: 0",
                "cpu family\t: 25",
                "model\t\t: 17",
                "model name\t: A Processor",
                "",
                "processor\t: 1",
                "model name\t: another")));
    assertEquals("unknown processor", Machine.processor(List.of()));
  }

  @Test
  void whatOthersUseIsWhatWasNotIdle() {
    // user nice system idle iowait irq softirq steal guest guest_nice
    ProcessorTime before =
        ProcessorTime.of(List.of("cpu  100 10 40 800 50 0 0 0 70 0", "cpu0 1 1 1 1 1 1 1 1 0 0"));
    ProcessorTime after = ProcessorTime.of(List.of("cpu  120 10 45 950 65 2 3 5 90 0"));
    assertEquals(new ProcessorTime(150, 1000), before);
    assertEquals(35.0 / 200, after.since(before), 1e-12);
  }

  private static void assertRate(double perSecond, String unit, Rate found) {
    assertEquals(perSecond, found.perSecond(), 1e-9 * perSecond);
    assertEquals(unit, found.unit());
  }
}
