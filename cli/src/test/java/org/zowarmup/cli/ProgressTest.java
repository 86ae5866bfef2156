package org.zowarmup.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.cli.terminal.PlainProgress;
import org.zowarmup.cli.terminal.StartBanner;
import org.zowarmup.cli.terminal.Terminal;
import org.zowarmup.cli.terminal.TerminalLine;
import org.zowarmup.cli.terminal.TerminalProgress;
import org.zowarmup.cli.terminal.Units;
import org.zowarmup.device.Devices;
import org.zowarmup.federated.Traffic;
import org.zowarmup.federated.Work;
import org.zowarmup.record.Provenance;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunListener.PhaseInfo;

class ProgressTest {
  static RunDescription description() {
    return new RunDescription(
        "quickstart",
        new RunDescription.Machine(
            "cpu",
            "oneDNN 3.11 on AMD EPYC 7R13, AVX2",
            "auto: no GPU device is built in; run zowarmup devices for the others",
            2),
        new RunDescription.Network("cnn", 9122, "28x28x1"),
        new RunDescription.Clients(50, 5, 45, 180, 180),
        new RunDescription.Data("fashion-mnist-mini", 10_000, 2_000, 10, List.of()),
        List.of("zowarmup", "high-res-only"),
        List.of(1L, 2L, 3L),
        new RunDescription.Schedule(30, 250, 0.013155),
        new RunDescription.Memory(412_345, 2_345_678, 0),
        Path.of("runs/quickstart/20310203-040506"));
  }

  private static RoundMetrics round(int round, String phase, double loss, Double accuracy) {
    return new RoundMetrics(
        "zowarmup",
        1,
        round,
        phase,
        loss,
        new RoundMetrics.Scores(null, accuracy, null, null),
        Traffic.ZERO,
        Work.ZERO,
        0.5);
  }

  @Test
  void theBannerSaysWhatWillHappen() {
    StringWriter out = new StringWriter();
    Provenance version = new Provenance("0.1.0", "1389461e325b912f2ab7", "false");
    new StartBanner(new PrintWriter(out), version, 100).started(description());
    assertEquals(
        """
        ZOWarmUp 0.1.0 (commit 1389461): quickstart

          device     cpu: oneDNN 3.11 on AMD EPYC 7R13, AVX2, 2 threads (auto: no GPU device is built in;
                     run zowarmup devices for the others)
          data       fashion-mnist-mini: 10,000 training and 2,000 test images of 28x28x1, 10 classes
          clients    50 of 180 images each: 5 high-resource, 45 low-resource
          model      cnn, 9,122 parameters (d)
          methods    ZOWarmUp, High-Res-Only; seeds 1, 2, 3
          rounds     280 for every method; ZOWarmUp: 30 warm-up, then 250 zeroth-order (lr 0.01316)
          memory     planned: 412 kB for a probe, 2.35 MB for a training step
          run folder runs/quickstart/20310203-040506

        """,
        out.toString().replace(System.lineSeparator(), "\n"));
    for (String line : out.toString().lines().toList()) {
      assertTrue(line.length() <= Units.LINE_CHARS, line);
    }
  }

  @Test
  void plainLinesComeAtEvaluationsAtTheEndAndAfterSilence() {
    List<String> lines = new ArrayList<>();
    AtomicLong seconds = new AtomicLong();
    PlainProgress progress = new PlainProgress(lines::add, () -> seconds.get() * 1_000_000_000L);
    progress.started(description());
    seconds.set(10);
    progress.phaseStarted(new PhaseInfo("zowarmup", 1, "zo", 31, 250, 0));
    seconds.set(12);
    progress.roundFinished(round(31, "zo", 1.5, null));
    assertEquals(List.of(), lines);
    seconds.set(20);
    progress.roundFinished(round(35, "zo", 1.25, 0.7019));
    seconds.set(50);
    progress.roundFinished(round(36, "zo", Double.NaN, null));
    seconds.set(51);
    progress.roundFinished(round(37, "zo", 1.0, null));
    seconds.set(510);
    progress.roundFinished(round(280, "zo", 0.5, 0.7940));
    assertEquals(
        List.of(
            "ZOWarmUp seed 1 zo            round  35/280  loss 1.2500  test 70.19 %* elapsed 0:20"
                + "  left 8:10, run 4:07:00",
            "ZOWarmUp seed 1 zo            round  36/280  loss    NaN  test       -  elapsed 0:50"
                + "  left 27:07, run 7:05:10",
            "ZOWarmUp seed 1 zo            round 280/280  loss 0.5000  test 79.40 %* elapsed 8:30"
                + "  run 47:27:30"),
        lines);
  }

  /** A line of the bar at the 100th of 250 rounds, 9 rounds a second. */
  private static String bar(int columns, Double before, double accuracy) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream terminal = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    AtomicLong nanos = new AtomicLong();
    try (TerminalProgress progress =
        new TerminalProgress(new TerminalLine(terminal, () -> columns), false, nanos::get)) {
      progress.started(description());
      progress.phaseStarted(new PhaseInfo("high-res-only", 1, "warmup", 1, 280, 0));
      for (int i = 1; i <= 100; i++) {
        nanos.addAndGet(111_111_111);
        boolean measured = i == 100 || (i == 50 && before != null);
        progress.roundFinished(
            round(i, "warmup", 2.0 / i, measured ? (i == 100 ? (Double) accuracy : before) : null));
      }
    }
    String shown = bytes.toString(StandardCharsets.UTF_8);
    for (String line : shown.split("[\r\n]+", -1)) {
      assertTrue(line.replace("\u001b[K", "").length() < columns, line);
    }
    String last = shown.strip();
    return last.substring(last.lastIndexOf('\r') + 1).replace("\u001b[K", "");
  }

  /** Loss, accuracy and speed stay at 80 columns; the best accuracy has a star. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "60| s1 warm-up 100/280 loss  0.020 test 70.19 %*",
        "80| s1 warm-up =      100/280 loss  0.020 test 70.19 %*  9.0/s left 0:20",
        "100| s1 warm-up ==== 100/280 loss  0.020 test 70.19 %*  9.0/s left 0:20, run 2:56",
      })
  void barsSayWhereTheRunIsWithinTheTerminal(int columns, String expected) {
    String line = bar(columns, null, 0.7019);
    assertEquals("High-Res-Only" + expected.replaceAll(" +", " "), line.replaceAll(" +", " "));
    assertTrue(bar(columns, 0.8, 0.7019).contains(" 70.19 %"));
    assertFalse(bar(columns, 0.8, 0.7019).contains("*"));
  }

  /** The width is asked again, and the line after it starts anew. */
  @Test
  void aTerminalMayBeResized() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    AtomicLong columns = new AtomicLong(60);
    TerminalLine line = new TerminalLine(new PrintStream(bytes, true), () -> (int) columns.get());
    line.accept("x".repeat(line.getMaxRenderedLength()));
    columns.set(30);
    line.resized();
    line.accept("y".repeat(line.getMaxRenderedLength()));
    assertEquals(
        "\r" + "x".repeat(59) + "\u001b[K\n\r" + "y".repeat(29) + "\u001b[K",
        bytes.toString(StandardCharsets.UTF_8));
  }

  @Test
  void hintsNameTheProgramAsItWasCalled() {
    assertEquals(
        "to continue: ./zowarmup resume runs/zowarmup trains; zowarmup: see ./zowarmup config",
        CommandHint.of(
            "to continue: zowarmup resume runs/zowarmup trains; zowarmup: see zowarmup config",
            "./zowarmup"));
  }

  @Test
  void devicesAreATableWithTheReasons() {
    assertEquals(
        List.of(
            "  device   available   what it is, or why not",
            "  cpu      yes         oneDNN 3.11",
            "  cuda:0   no          libcuda.so.1: cannot open shared object file: No such file or"
                + " directory;",
            "                       install the driver of the GPU"),
        DevicesCommand.lines(
            List.of(
                new Devices.Line("cpu", true, "oneDNN 3.11"),
                new Devices.Line(
                    "cuda:0",
                    false,
                    "libcuda.so.1: cannot open shared object file: No such file or directory;"
                        + " install the driver of the GPU"))));
  }

  @Test
  void aFileIsNoTerminal() {
    assertFalse(Terminal.isTerminal(Path.of("/proc/self/exe")));
    assertFalse(Terminal.isTerminal(Path.of("/nowhere")));
    assertTrue(Terminal.columns() > 0 && Terminal.columns() <= Units.LINE_CHARS);
  }
}
