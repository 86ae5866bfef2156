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
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.cli.terminal.PlainProgress;
import org.zowarmup.cli.terminal.StartBanner;
import org.zowarmup.cli.terminal.Terminal;
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
        new RunDescription.Data("fashion-mnist-mini", 10_000, 2_000, 10),
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
            "ZOWarmUp seed 1 zo            round  35/280  train loss 1.2500  test 70.19 %  elapsed"
                + " 0:20  ETA of the phase 8:10",
            "ZOWarmUp seed 1 zo            round  36/280  train loss    NaN  test       -  elapsed"
                + " 0:50  ETA of the phase 27:07",
            "ZOWarmUp seed 1 zo            round 280/280  train loss 0.5000  test 79.40 %  elapsed"
                + " 8:30"),
        lines);
  }

  @ParameterizedTest
  @ValueSource(ints = {80, 90, 100})
  void barsShowTheAccuracyAndStayWithinTheTerminal(int columns) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream terminal = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    try (TerminalProgress progress =
        new TerminalProgress(
            new ConsoleProgressBarConsumer(terminal, columns - 1), false, columns)) {
      progress.started(description());
      PhaseInfo phase = new PhaseInfo("zowarmup", 1, "warmup", 1, 13, 0);
      progress.phaseStarted(phase);
      for (int i = 1; i <= 13; i++) {
        progress.roundFinished(round(i, "warmup", 2.0 / i, i == 13 ? (Double) 0.7019 : null));
      }
      progress.phaseFinished(phase);
    }
    String shown = bytes.toString(StandardCharsets.UTF_8);
    String last = shown.strip().substring(shown.strip().lastIndexOf('\r') + 1);
    assertTrue(last.startsWith("ZOWarmUp seed 1 warm-up "), last);
    assertTrue(last.contains("100%"), last);
    assertTrue(last.contains("13/13"), last);
    assertTrue(last.contains(" test 70.19 %"), last);
    assertEquals(columns >= 90, last.contains(" loss  0.154 test"), last);
    for (String line : shown.split("[\r\n]+", -1)) {
      assertTrue(line.length() < columns, line);
    }
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
