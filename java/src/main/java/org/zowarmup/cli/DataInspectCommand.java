package org.zowarmup.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.zowarmup.inspect.DataInspection;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zowarmup data inspect}: what a data set is, in numbers and as a picture. */
@Command(
    name = "inspect",
    description = "Load a data set; show its format, counts, classes, sizes and statistics.",
    footer = {
      "",
      "Examples:",
      "  zowarmup data inspect cifar-10-batches-py --sheet sheet.png",
      "  zowarmup data inspect --source fashion-mnist-mini",
    })
final class DataInspectCommand implements Callable<Integer> {
  private static final int MAX_CLASSES = 25;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "PATH",
      description = "As data.path: a folder or file. Left out for a source that is built in.")
  private String path;

  @Option(
      names = "--source",
      paramLabel = "NAME",
      defaultValue = "auto",
      description = "As data.source (default: auto, by the content).")
  private String source;

  @Option(
      names = "--sheet",
      paramLabel = "FILE",
      description = "Write ten training images of each of the first classes as a PNG picture.")
  private Path sheet;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    return Main.print(spec, lines(DataInspection.of(source, path, sheet)));
  }

  static List<String> lines(DataInspection data) {
    List<String> lines = new ArrayList<>();
    lines.add("%s: %s".formatted(data.format(), data.source()));
    lines.add("");
    TextTable sets =
        new TextTable("lrllll", List.of("", "images", "size", "mean", "sd", "a class"));
    sets.add(set("train", data, data.train()));
    sets.add(set("test", data, data.test()));
    lines.addAll(sets.lines());
    lines.add("");
    lines.add("  mean and sd of each channel in units of pixel value / 255; size is H x W x C");
    lines.add("");
    TextTable classes = new TextTable("rlrr", List.of("class", "name", "train", "test"));
    int shown = Math.min(MAX_CLASSES, data.classNames().size());
    for (int c = 0; c < shown; c++) {
      classes.add(
          String.valueOf(c),
          data.classNames().get(c),
          Units.count(data.train().perClass()[c]),
          Units.count(data.test().perClass()[c]));
    }
    lines.addAll(classes.lines());
    if (shown < data.classNames().size()) {
      lines.add("  ... and %s more".formatted(Units.count(data.classNames().size() - shown)));
    }
    lines.add("");
    lines.add(loaded(data));
    if (data.sheetOrNull() != null) {
      lines.add("  contact sheet: " + data.sheetOrNull());
    }
    return lines;
  }

  private static String loaded(DataInspection data) {
    double images = (double) data.train().count() + data.test().count();
    double bytes = images * data.height() * data.width() * data.channels();
    return "  %d classes; %s of pixels, loaded in %s"
        .formatted(data.classNames().size(), Units.bytes(bytes), Units.duration(data.seconds()));
  }

  private static List<String> set(String name, DataInspection data, DataInspection.Part part) {
    int[] perClass = part.perClass();
    int least = Arrays.stream(perClass).min().orElse(0);
    int most = Arrays.stream(perClass).max().orElse(0);
    return List.of(
        name,
        Units.count(part.count()),
        "%d x %d x %d".formatted(data.height(), data.width(), data.channels()),
        numbers(part.mean()),
        numbers(part.deviation()),
        least == most
            ? Units.count(least)
            : "%s to %s".formatted(Units.count(least), Units.count(most)));
  }

  private static String numbers(float[] values) {
    StringBuilder text = new StringBuilder();
    for (float value : values) {
      text.append(text.isEmpty() ? "" : " ").append(String.format(Locale.ROOT, "%.4f", value));
    }
    return text.toString();
  }
}
