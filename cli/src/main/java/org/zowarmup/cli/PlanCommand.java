package org.zowarmup.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.zowarmup.cli.terminal.TextTable;
import org.zowarmup.cli.terminal.Units;
import org.zowarmup.federated.Client;
import org.zowarmup.inspect.LayerCheck;
import org.zowarmup.inspect.RunPlan;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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

  @Option(
      names = "--gpu",
      paramLabel = "NAME",
      description = {
        "Estimate times for a GPU that is not here: h100, a100 or rtx4090. From operations and",
        "bytes at stated shares of the GPU's peaks; never measured."
      })
  private String gpu;

  @Override
  List<String> result() {
    return lines(RunPlan.of(arguments.load(), gpu));
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
        new TextTable(
            "llrrrr", List.of("one seed", "what", "how often", "FLOPs", "one takes", "all"));
    plan.costs().forEach(cost -> add(work, cost));
    lines.addAll(work.lines());
    if (!plan.timeOrigin().isEmpty()) {
      lines.addAll(
          Units.wrap("times: " + plan.timeOrigin(), Units.LINE_CHARS - 2).stream()
              .map(line -> "  " + line)
              .toList());
    }
    if (plan.costs().size() * plan.seeds() > 1) {
      lines.add("");
      lines.add(
          "  %s, %s: %s about %s"
              .formatted(
                  Units.counted(plan.costs().size(), "method"),
                  Units.counted(plan.seeds(), "seed"),
                  plan.costs().size() > 1 ? "together" : "all",
                  Units.duration(plan.seconds())));
    }
    return lines;
  }

  private static void add(TextTable table, RunPlan.Cost cost) {
    String method = Units.method(cost.method());
    for (RunPlan.Part part : cost.parts()) {
      table.add(
          method,
          switch (part.kind()) {
            case "warmup" -> "warm-up round";
            case "zo" -> "zeroth-order round";
            default -> part.kind();
          },
          Units.count(part.times()),
          flops(part.flops()),
          time(part.seconds() / part.times()),
          Units.duration(part.seconds()));
      method = "";
    }
    table.add("", "together", "", flops(cost.flops()), "", Units.duration(cost.seconds()));
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
            "llrrrr",
            List.of("a client that takes part", "", "sends", "a round", "receives", "a round"));
    for (RunPlan.Cost cost : plan.costs()) {
      String method = Units.method(cost.method());
      for (Client.Type type : Client.Type.values()) {
        int all = type == Client.Type.HIGH ? plan.highClients() : plan.lowClients();
        double up = (double) cost.traffic().up(type);
        double down = (double) cost.traffic().down(type);
        double ever = (double) cost.work().first(type);
        double often = (double) cost.work().clients(type);
        table.add(
            method,
            Units.part(ever, all, type),
            Units.each(up, ever),
            Units.each(up, often),
            Units.each(down, ever),
            Units.each(down, often));
        method = "";
      }
    }
    List<String> lines = new ArrayList<>(table.lines());
    for (String assumption : plan.assumptions()) {
      Units.wrap("assumed: " + assumption, Units.LINE_CHARS - 2).forEach(l -> lines.add("  " + l));
    }
    return lines;
  }

  private static String time(double seconds) {
    return seconds < 1
        ? String.format(Locale.ROOT, "%.1f ms", 1000 * seconds)
        : Units.duration(seconds);
  }

  private static String flops(double flops) {
    return String.format(Locale.ROOT, "%.2e", flops);
  }
}
