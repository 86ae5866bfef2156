package org.zowarmup.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.zowarmup.inspect.Replay;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zowarmup replay}: weights of any zeroth-order round from the pivot and the seed log. */
@Command(
    name = "replay",
    description = {
      "Make the weights of any zeroth-order round again, bit for bit, from the pivot's weights and",
      "the run's log of seeds and scalars: on any device, without data."
    },
    footer = {"", "Example:", "  zowarmup replay runs/x --round 120 --out round120.safetensors"})
final class ReplayCommand implements Callable<Integer> {
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

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Replay.Result result = Replay.run(folder, method, seed, round, device, out);
    PrintWriter to = spec.commandLine().getOut();
    int rounds = result.round() - result.pivotRound();
    to.printf(
        "%s seed %d: weights after round %d, %s from the pivot at round %d%n",
        Units.method(result.method()),
        result.seed(),
        result.round(),
        rounds == 1 ? "1 round" : Units.count(rounds) + " rounds",
        result.pivotRound());
    if (rounds > 0) {
      to.printf(
          "  log         %s for %s probes: %s a round, %.2f bytes a probe%n",
          Units.bytes((double) result.logBytes()),
          Units.count(result.probes()),
          Units.bytes((double) result.logBytes() / rounds),
          (double) result.logBytes() / Math.max(1, result.probes()));
    }
    to.printf("  checkpoint  %s%n", Units.bytes((double) result.checkpointBytes()));
    to.printf("  written to  %s%n", result.out());
    to.flush();
    return Main.EXIT_OK;
  }
}
