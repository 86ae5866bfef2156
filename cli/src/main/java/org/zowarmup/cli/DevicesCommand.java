package org.zowarmup.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.zowarmup.cli.terminal.TextTable;
import org.zowarmup.cli.terminal.Units;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Precision;
import org.zowarmup.error.ConfigException;
import org.zowarmup.inspect.Profile;
import org.zowarmup.setup.ThreadBudget;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code zowarmup devices}: what a config can name as its device, on this machine. */
@Command(
    name = "devices",
    description = {
      "List the devices that a config can name, and why one cannot start here.",
      "With --profile: where the time of a pass of a model goes on one of them, on images of noise."
    },
    footer = {
      "",
      "Examples:",
      "  zowarmup devices --test",
      "  zowarmup devices --profile resnet18 --device cpu --batch 16"
    })
final class DevicesCommand extends Main.Printing {
  private static final int MAX_EXTENT = 4096;

  @Option(
      names = "--profile",
      paramLabel = "MODEL",
      description = "a kind of model: time each step of a probe's forward pass")
  private String model;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = Devices.AUTO,
      description = "of the profile; default: auto")
  private String device;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      defaultValue = "fp32",
      description = "of the profile: fp32, tf32 or bf16; default: fp32")
  private String precision;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "images of a pass; default: 64")
  private int batch;

  @Option(
      names = "--image",
      paramLabel = "HxWxC",
      defaultValue = "32x32x3",
      description = "height, width and channels; default: 32x32x3")
  private String image;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "of a device on the host, as one lane has them; default: 1")
  private int threads;

  @Option(names = "--training", description = "time a training step instead: forward and backward")
  private boolean training;

  @Option(
      names = "--test",
      description =
          "test every GPU against the host first, whether or not it has passed before; auto takes"
              + " one that passed")
  private boolean test;

  private final Supplier<List<Devices.Line>> devices;

  DevicesCommand(Supplier<List<Devices.Line>> devices) {
    this.devices = devices;
  }

  @Override
  List<String> result() {
    if (model != null) {
      return lines(profile());
    }
    return lines(test ? Devices.test(ThreadBudget.threads(null)) : devices.get());
  }

  static List<String> lines(List<Devices.Line> devices) {
    int nameChars = devices.stream().mapToInt(device -> device.name().length()).max().orElse(0);
    // Two spaces at the left, three between columns, and the column of yes and no.
    int used = 2 + Math.max("device".length(), nameChars) + 3 + "available".length() + 3;
    TextTable table =
        new TextTable("lll", List.of("device", "available", "what it is, or why not"));
    for (Devices.Line device : devices) {
      String name = device.name();
      String available = device.available() ? "yes" : "no";
      for (String part : Units.wrap(device.description(), Units.LINE_CHARS - used)) {
        table.add(name, available, part);
        name = "";
        available = "";
      }
      for (String detail : device.details()) {
        for (String part : Units.wrap(detail, Units.LINE_CHARS - used)) {
          table.add("", "", part);
        }
      }
    }
    return table.lines();
  }

  private Profile profile() {
    if (batch < 1 || threads < 1) {
      throw new ConfigException(
          batch < 1 ? "--batch" : "--threads",
          "expected at least 1, found " + Math.min(batch, threads));
    }
    return Profile.of(
        model, extents(), new Profile.Request(device, threads, precisionNamed(), training, batch));
  }

  private Precision precisionNamed() {
    for (Precision known : Precision.values()) {
      if (known.toString().equals(precision)) {
        return known;
      }
    }
    throw new ConfigException("--precision", "expected fp32, tf32 or bf16, found " + precision);
  }

  private int[] extents() {
    String[] parts = image.split("x", -1);
    int[] extents = new int[3];
    boolean sound = parts.length == extents.length;
    for (int i = 0; sound && i < extents.length; i++) {
      sound = parts[i].matches("[1-9]\\d{0,3}") && Integer.parseInt(parts[i]) <= MAX_EXTENT;
      extents[i] = sound ? Integer.parseInt(parts[i]) : 0;
    }
    if (!sound) {
      throw new ConfigException(
          "--image",
          "expected height x width x channels such as 32x32x3, each at most %d, found %s"
              .formatted(MAX_EXTENT, image));
    }
    return extents;
  }

  static List<String> lines(Profile profile) {
    List<String> lines = new ArrayList<>();
    lines.add("  device  " + profile.device());
    lines.add(
        "  peak    %s TFLOP/s of a large linear layer, %s GB/s of a copy, measured now"
            .formatted(scaled(profile.flopRate(), 1e12), scaled(profile.byteRate(), 1e9)));
    lines.add("");
    TextTable table =
        new TextTable(
            "llrrrrr", List.of("step", "layer", "us", "of all", "MB", "MFLOP", "of peak"));
    double all = profile.parts().stream().mapToDouble(Profile.Part::seconds).sum();
    for (Profile.Part part : profile.parts()) {
      boolean counted = part.bytes() > 0;
      table.add(
          part.kind(),
          part.layer(),
          scaled(part.seconds(), 1e-6),
          Units.percent(part.seconds() / all),
          counted ? scaled((double) part.bytes(), 1e6) : "",
          part.flops() > 0 ? scaled((double) part.flops(), 1e6) : "",
          counted ? Units.percent(part.share(profile)) : "");
    }
    long bytes = profile.parts().stream().mapToLong(Profile.Part::bytes).sum();
    long flops = profile.parts().stream().mapToLong(Profile.Part::flops).sum();
    table.add(
        "all",
        "",
        scaled(all, 1e-6),
        "",
        scaled((double) bytes, 1e6),
        scaled((double) flops, 1e6),
        "");
    lines.addAll(table.lines());
    return lines;
  }

  private static String scaled(double value, double unit) {
    return String.format(Locale.ROOT, value / unit < 10 ? "%.2f" : "%.1f", value / unit);
  }
}
