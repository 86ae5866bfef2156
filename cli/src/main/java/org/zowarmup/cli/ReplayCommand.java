package org.zowarmup.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.zowarmup.cli.terminal.Units;
import org.zowarmup.inspect.Replay;
import org.zowarmup.record.file.OutputFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zowarmup replay}: weights of any zeroth-order round from the pivot and the seed log. */
@Command(
    name = "replay",
    description = {
      "Make the weights of any zeroth-order round again, bit for bit, from the pivot's weights and",
      "the run's log of seeds and scalars: on any device, without data."
    },
    footer = {"", "Example:", "  zowarmup replay runs/x --round 120 --out round120.safetensors"})
final class ReplayCommand extends Main.Printing {
  @Parameters(index = "0", paramLabel = "RUN", description = "Folder of the run.")
  private Path folder;

  @Option(
      names = "--round",
      paramLabel = "R",
      description = "Round, counted through all phases (default: the last in the log).")
  private Integer round;

  @Option(
      names = "--method",
      paramLabel = "NAME",
      description = "Method (default: the run's first with a log).")
  private String method;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Run seed of the repeat (default: the first).")
  private Long seed;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = "auto",
      description = "Device that does it (default: ${DEFAULT-VALUE}).")
  private String device;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "Safetensors file to write.")
  private Path out;

  @Mixin private OutputOptions output;

  private OutputFile file;

  @Override
  OutputFile written() {
    return file;
  }

  @Override
  List<String> result() {
    file = output.file("--out", out);
    Replay.Result result = Replay.run(folder, method, seed, round, device, file);
    List<String> lines = new ArrayList<>();
    int rounds = result.round() - result.pivotRound();
    lines.add(
        String.format(
            Locale.ROOT,
            "%s seed %d: weights after round %d, %s from the pivot at round %d",
            Units.method(result.method()),
            result.seed(),
            result.round(),
            rounds == 1 ? "1 round" : Units.count(rounds) + " rounds",
            result.pivotRound()));
    if (rounds > 0) {
      lines.add(
          String.format(
              Locale.ROOT,
              "  log         %s for %s probes: %s a round, %.2f bytes a probe",
              Units.bytes((double) result.logBytes()),
              Units.count(result.probes()),
              Units.bytes((double) result.logBytes() / rounds),
              (double) result.logBytes() / Math.max(1, result.probes())));
    }
    lines.add("  checkpoint  " + Units.bytes((double) result.checkpointBytes()));
    lines.add("  written to  " + result.out());
    return lines;
  }
}
