package org.zowarmup.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.zowarmup.federated.Traffic;
import org.zowarmup.federated.Work;
import org.zowarmup.record.MethodResult;
import org.zowarmup.record.RunResult;

public class ResultTableTest {
  private static final Path FOLDER = Path.of("runs/quickstart/20310203-040506");
  private static final Traffic ZO = new Traffic(5_470_000, 5_400_000, 94_000_000, 810_000_000);
  private static final Traffic HIGH_ONLY = new Traffic(51_100_000, 0, 51_100_000, 0);

  /** 30 rounds of 5 high-resource clients, then 250 of 10 of all. */
  private static final Work WORK = new Work(400, 2250, 5, 40, 0, 0, 0, 0);

  private static final Work HIGH_WORK = new Work(1400, 0, 5, 0, 0, 0, 0, 0);

  private static MethodResult zo(long seed, double pivot, double accuracy, int done) {
    return new MethodResult(
        "zowarmup", seed, pivot, accuracy, 0.6, null, ZO, WORK, 42.13, done, 280, false);
  }

  private static MethodResult high(long seed, double accuracy) {
    return new MethodResult(
        "high-res-only",
        seed,
        null,
        accuracy,
        0.9,
        null,
        HIGH_ONLY,
        HIGH_WORK,
        95.2,
        280,
        280,
        false);
  }

  private static String table(boolean interrupted, MethodResult... results) {
    return String.join(
            "\n", ResultTable.lines(new RunResult(FOLDER, List.of(results), interrupted, 5, 45)))
        + "\n";
  }

  @Test
  void threePairedSeeds() {
    assertEquals(
        """

        Test accuracy under the same budget of 280 rounds

          seed   at the pivot   ZOWarmUp   High-Res-Only   difference
             1        70.20 %    79.40 %         73.10 %        +6.30
             2        68.00 %    78.20 %         69.50 %        +8.70
             3        71.90 %    77.05 %         77.65 %        -0.60
          mean        70.03 %    78.22 %         73.42 %        +4.80
            sd         1.96 %     1.18 %          4.08 %         4.83

          difference: ZOWarmUp minus the method left of it, in points; same partition, same pools
          sd: standard deviation over the seeds

        Bytes of each client that took part, and time, of one seed, mean over the seeds

          method          took part      each sent   a round   received   a round    wall time
          ZOWarmUp        5 high           1.09 MB   13.7 kB    18.8 MB    235 kB       42.1 s
                          40 of 45 low      135 kB   2.40 kB    20.3 MB    360 kB
          High-Res-Only   5 high           10.2 MB   36.5 kB    10.2 MB   36.5 kB   1 min 35 s
                          0 of 45 low            -         -          -         -

        Run folder: runs/quickstart/20310203-040506
        """,
        table(
            false,
            zo(1, 0.702, 0.794, 280),
            high(1, 0.731),
            zo(2, 0.680, 0.782, 280),
            high(2, 0.695),
            zo(3, 0.719, 0.7705, 280),
            high(3, 0.7765)));
  }

  @Test
  void oneSeedHasNoStatistics() {
    assertEquals(
        """

        Test accuracy under the same budget of 280 rounds

          seed   at the pivot   ZOWarmUp   High-Res-Only   difference
             1        70.20 %    79.40 %         73.10 %        +6.30

          difference: ZOWarmUp minus the method left of it, in points; same partition, same pools

        Bytes of each client that took part, and time, of one seed
        """,
        table(false, zo(1, 0.702, 0.794, 280), high(1, 0.731))
            .replaceAll("(?s)(one seed\n).*", "$1"));
  }

  @Test
  void aStoppedResultIsMarkedAndCountsInNoStatistic() {
    String text = table(true, zo(1, 0.702, 0.794, 280), high(1, 0.731), zo(2, 0.680, 0.701, 112));
    assertEquals(
        """

        Test accuracy under the same budget of 280 rounds

          seed   at the pivot    ZOWarmUp   High-Res-Only   difference
             1        70.20 %     79.40 %         73.10 %        +6.30
             2        68.00 %   * 70.10 %               -            -
          mean        69.10 %     79.40 %         73.10 %        +6.30
            sd         1.56 %           -               -            -

          difference: ZOWarmUp minus the method left of it, in points; same partition, same pools
          sd: standard deviation over the seeds
          * ZOWarmUp, seed 2, was stopped after 112 of 280 rounds and counts in no statistic
        """,
        text.replaceAll("(?s)\nBytes.*", ""));
  }

  @Test
  void withoutAResultItSaysSo() {
    assertEquals(
        """

        No round was finished, so there is no result.

        Run folder: runs/quickstart/20310203-040506
        """,
        table(true));
  }

  @Test
  void manyMethodsStayWithinTheLine() {
    List<MethodResult> results = new ArrayList<>();
    for (String method :
        List.of("zowarmup", "high-res-only", "fedavg", "zo-from-scratch", "fedkseed")) {
      for (long seed = 1; seed <= 13; seed++) {
        results.add(
            new MethodResult(
                method,
                seed,
                null,
                0.7,
                0.6,
                null,
                new Traffic(Long.MAX_VALUE, 999, 1000, 999_499),
                new Work(123_456_789, 12, 499, 4499, 0, 0, 0, 0),
                360_000,
                280,
                280,
                false));
      }
    }
    List<String> lines = ResultTable.lines(new RunResult(FOLDER, results, false, 500, 4500));
    for (String line : lines) {
      assertTrue(line.length() <= Units.LINE_CHARS, line);
    }
    assertEquals(2, lines.stream().filter(line -> line.contains("seed   at the pivot")).count());
  }

  @Test
  void unitsHaveThreeDigits() {
    assertEquals("0 B", Units.bytes(0));
    assertEquals("999 B", Units.bytes(999));
    assertEquals("1.00 kB", Units.bytes(999.5));
    assertEquals("1.00 kB", Units.bytes(1000));
    assertEquals("9.99 kB", Units.bytes(9_994));
    assertEquals("10.0 kB", Units.bytes(9_996));
    assertEquals("100 kB", Units.bytes(99_960));
    assertEquals("999 kB", Units.bytes(999_499));
    assertEquals("1.00 MB", Units.bytes(999_500));
    assertEquals("9.22 EB", Units.bytes((double) Long.MAX_VALUE));
    assertEquals("59.9 s", Units.duration(59.94));
    assertEquals("1 min 00 s", Units.duration(59.96));
    assertEquals("1 h 00 min", Units.duration(3600));
    assertEquals("0:07", Units.clock(7.4));
    assertEquals("1:02:03", Units.clock(3723));
    assertEquals("-", Units.percent(Double.NaN));
    assertEquals("-", Units.percent(null));
  }
}
