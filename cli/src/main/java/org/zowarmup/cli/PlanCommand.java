package org.zowarmup.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.zowarmup.cli.terminal.TextTable;
import org.zowarmup.cli.terminal.Units;
import org.zowarmup.inspect.LayerCheck;
import org.zowarmup.inspect.RunPlan;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code zowarmup plan}: what a run would cost. */
@Command(
    name = "plan",
    description = {
      "Say what a run would cost, without running it: parameters, memory, operations, bytes, and",
      "hours, the last from a few seconds of measuring on the device that the run would use."
    },
    footer = {"", "Example:", "  zowarmup plan configs/cifar10-resnet18.yaml data.path=cifar10"})
final class PlanCommand extends Main.Printing {
  @Mixin private ConfigArguments arguments;

  @Override
  List<String> result() {
    return lines(RunPlan.of(arguments.load()));
  }

  /** {@code zowarmup check-layer}: the gradients of a user's own layers. */
  @Command(
      name = "check-layer",
      description = {
        "Compare the gradients of your own layers in a config's model with differences of their",
        "forward pass. A layer whose gradient differs ends it with exit code 2."
      },
      footer = {"", "Example:", "  zowarmup --with my.jar check-layer my.yaml"})
  static final class CheckLayer extends Main.Printing {
    @Mixin private ConfigArguments arguments;

    @Override
    List<String> result() {
      return LayerCheck.of(arguments.load()).stream()
          .map(
              one ->
                  "  %s (%s): %d values agree, the worst to %.1e; %d at kinks"
                      .formatted(one.node(), one.layer(), one.checked(), one.worst(), one.kinks()))
          .toList();
    }
  }

  static List<String> lines(RunPlan plan) {
    List<String> lines = new ArrayList<>();
    lines.add("  device    %s: %s".formatted(plan.device(), plan.deviceDescription()));
    lines.add(
        "  model     %s, %s parameters (d)".formatted(plan.model(), Units.count(plan.parameters()))
            + ofSubNetwork(plan));
    lines.add(
        "  memory    %s for this simulation, at least"
            .formatted(Units.bytes((double) plan.deviceBytes())));
    lines.add("");
    TextTable clients = new TextTable("lrr", List.of("a client", "how many", "memory"));
    clients.add(
        "high-resource",
        Units.count(plan.highClients()),
        Units.bytes((double) Math.max(plan.trainBytes(), plan.probeBytes())));
    clients.add(
        "low-resource", Units.count(plan.lowClients()), Units.bytes((double) plan.probeBytes()));
    if (plan.sub() != null) {
      clients.add(
          "low-resource, HeteroFL",
          Units.count(plan.lowClients()),
          Units.bytes((double) plan.sub().trainBytes()));
    }
    lines.addAll(clients.lines());
    lines.add("");
    lines.addAll(traffic(plan));
    lines.add("");
    TextTable work =
        new TextTable("lrrrr", List.of("ZOWarmUp, one seed", "how often", "FLOPs", "time", "all"));
    work.add(
        row("warm-up round", plan.warmupRounds(), plan.warmupFlops(), plan.warmupRoundSeconds()));
    work.add(row("zeroth-order round", plan.zoRounds(), plan.zoFlops(), plan.zoRoundSeconds()));
    work.add(row("evaluation", plan.evaluations(), plan.evaluateFlops(), plan.evaluateSeconds()));
    work.add(
        "together",
        "",
        flops(plan.warmupFlops() + plan.zoFlops() + plan.evaluateFlops()),
        "",
        Units.duration(plan.secondsOfOne()));
    lines.addAll(work.lines());
    if (plan.methods() * plan.seeds() > 1) {
      lines.add("");
      lines.add(
          "  %s, %s: at most about %s"
              .formatted(
                  Units.counted(plan.methods(), "method"),
                  Units.counted(plan.seeds(), "seed"),
                  Units.duration(plan.secondsOfAll())));
    }
    return lines;
  }

  private static String ofSubNetwork(RunPlan plan) {
    return plan.sub() == null
        ? ""
        : ", %s in HeteroFL's sub-network".formatted(Units.count(plan.sub().parameters()));
  }

  /** Bytes of a client under each method, all rounds of one seed together. */
  private static List<String> traffic(RunPlan plan) {
    TextTable table =
        new TextTable(
            "lrrrr",
            List.of("a client, one seed", "high sends", "receives", "low sends", "receives"));
    plan.traffic()
        .forEach(
            (method, bytes) ->
                table.add(
                    Units.method(method),
                    each(bytes.upHigh(), plan.highClients()),
                    each(bytes.downHigh(), plan.highClients()),
                    each(bytes.upLow(), plan.lowClients()),
                    each(bytes.downLow(), plan.lowClients())));
    List<String> lines = new ArrayList<>(table.lines());
    plan.assumptions().forEach(assumption -> lines.add("  assumed: " + assumption));
    return lines;
  }

  private static List<String> row(String what, int often, double flops, double seconds) {
    return List.of(
        what,
        Units.count(often),
        flops(flops),
        seconds < 1
            ? String.format(Locale.ROOT, "%.1f ms", 1000 * seconds)
            : Units.duration(seconds),
        Units.duration(often * seconds));
  }

  private static String each(long bytes, int clients) {
    return clients == 0 ? "-" : Units.bytes((double) bytes / clients);
  }

  private static String flops(double flops) {
    return String.format(Locale.ROOT, "%.2e", flops);
  }
}
