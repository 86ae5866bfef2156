package org.zowarmup.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.zowarmup.cli.terminal.TextTable;
import org.zowarmup.cli.terminal.Units;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.data.DataOptions;
import org.zowarmup.inspect.DataInspection;
import org.zowarmup.inspect.KnownSets;
import org.zowarmup.inspect.PartitionInspection;
import org.zowarmup.inspect.PartitionPicture;
import org.zowarmup.record.file.OutputFile;
import org.zowarmup.setup.DataConversion;
import org.zowarmup.setup.LoadedData;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zowarmup data}: commands about data sets; without one, what there is. */
@Command(name = "data", description = "Look at data sets.")
final class DataCommand implements Callable<Integer> {
  private static final String ABOUT_SOURCE = "As data.source (default: auto, by the content).";
  private static final String AUTO = "auto";
  private static final int MAX_CLASSES = 25;
  private static final int SHOWN_CLIENTS = 12;
  private static final int SHOWN_CLASSES = 20;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return Main.EXIT_USER_ERROR;
  }

  @Command(
      name = "inspect",
      description = "Load a data set; show its format, counts, classes, sizes and statistics.",
      footer = {
        "",
        "Examples:",
        "  zowarmup data inspect cifar-10-batches-py --sheet sheet.png",
        "  zowarmup data inspect --source fashion-mnist-mini",
      })
  int inspect(
      @Parameters(
              index = "0",
              arity = "0..1",
              paramLabel = "PATH",
              description =
                  "As data.path: a folder or file. Left out for a source that is built in.")
          String path,
      @Parameters(
              index = "1..*",
              arity = "0..*",
              paramLabel = "KEY=VALUE",
              description = "Keys of data, such as data.size=32.")
          List<String> keys,
      @Option(
              names = "--source",
              paramLabel = "NAME",
              defaultValue = AUTO,
              description = ABOUT_SOURCE)
          String source,
      @Option(
              names = "--sheet",
              paramLabel = "FILE",
              description =
                  "Write ten training images of each of the first classes as a PNG picture.")
          Path sheet,
      @Mixin OutputOptions output) {
    OutputFile picture = output.file("--sheet", sheet);
    return Main.print(
        spec,
        picture,
        lines(DataInspection.of(source(source, keys), path, options(keys), picture)));
  }

  @Command(
      name = "partition",
      description = "Deal a config's images out to its clients; show who has what.",
      footer = {
        "",
        "Examples:",
        "  zowarmup data partition configs/quickstart.yaml --plot",
        "  zowarmup data partition configs/quickstart.yaml data.partition.alpha=1 --plot=one.png",
      })
  int partition(
      @Mixin ConfigArguments arguments,
      @Option(
              names = "--plot",
              arity = "0..1",
              fallbackValue = "partition.png",
              paramLabel = "FILE",
              description = "Write clients x classes as a PNG picture (default: partition.png).")
          Path plot,
      @Mixin OutputOptions output) {
    OutputFile picture = output.file("--plot", plot);
    PartitionInspection partition = PartitionInspection.of(arguments.load());
    List<String> lines = lines(partition);
    if (picture != null) {
      PartitionPicture.write(partition, picture);
      lines.add("");
      lines.add("  picture: " + plot);
    }
    return Main.print(spec, picture, lines);
  }

  @Command(
      name = "get",
      description = {
        "Say where a public data set comes from, its licence and what to type, and verify the"
            + " files",
        "that are there. Nothing is loaded from the web."
      },
      footer = {"", "Example:", "  zowarmup data get cifar10 data/cifar10"})
  int get(
      @Parameters(
              index = "0",
              paramLabel = "NAME",
              description = "cifar10, cifar100, fashion-mnist, mnist or imagenet32.")
          String name,
      @Parameters(
              index = "1",
              arity = "0..1",
              paramLabel = "FOLDER",
              description = "Where its files are or are to be (default: data/NAME).")
          Path folderOrNull) {
    KnownSets.KnownSet set = KnownSets.find(name);
    Path folder = folderOrNull == null ? Path.of("data", name) : folderOrNull;
    List<String> lines = new ArrayList<>();
    lines.add("%s: %s".formatted(set.name(), set.about()));
    lines.add("  from     " + set.from());
    lines.add("  licence  " + set.licence());
    List<KnownSets.Part> missing = new ArrayList<>();
    boolean damaged = false;
    for (KnownSets.Part part : set.files()) {
      KnownSets.State state = KnownSets.state(folder, part);
      damaged |= state == KnownSets.State.OTHER;
      if (state != KnownSets.State.WHOLE) {
        missing.add(part);
      }
      String words =
          switch (state) {
            case WHOLE -> "whole";
            case MISSING -> "not in " + folder;
            case OTHER -> "another file or damaged, remove it";
          };
      lines.add("  file     %s, MD5 %s: %s".formatted(part.file(), part.md5(), words));
    }
    if (!missing.isEmpty()) {
      lines.add("");
      lines.add("To get it:");
      for (KnownSets.Part part : missing) {
        String to = CommandHint.word(folder.resolve(part.file()));
        lines.add("  curl -fL -C - --create-dirs -o %s %s".formatted(to, set.from() + part.file()));
      }
    }
    lines.add("");
    lines.add(
        CommandHint.of(
            "To use it: zowarmup train configs/quickstart.yaml data.path="
                + CommandHint.word(folder)));
    Main.print(spec, lines);
    return damaged ? Main.EXIT_USER_ERROR : Main.EXIT_OK;
  }

  @Command(
      name = "convert",
      description = {
        "Write a data set into one file that a run maps to memory instead of loading it;",
        "data.path=FILE then takes the place of the original."
      })
  int convert(
      @Parameters(index = "0", paramLabel = "PATH", description = "As data.path: a folder or file.")
          String path,
      @Parameters(
              index = "1",
              paramLabel = "FILE",
              description = "What to write, for example x.zowdata.")
          Path file,
      @Parameters(
              index = "2..*",
              arity = "0..*",
              paramLabel = "KEY=VALUE",
              description = "Keys of data, such as data.size=32.")
          List<String> keys,
      @Option(
              names = "--source",
              paramLabel = "NAME",
              defaultValue = AUTO,
              description = ABOUT_SOURCE)
          String source,
      @Mixin OutputOptions output) {
    OutputFile copy = output.file("FILE", file);
    long bytes = DataConversion.convert(source(source, keys), path, options(keys), copy);
    return Main.print(spec, copy, List.of("%s: %s".formatted(file, Units.bytes((double) bytes))));
  }

  /** The option, or else the key that a config has for it. */
  private static String source(String option, List<String> keysOrNull) {
    List<String> keys = keysOrNull == null ? List.of() : keysOrNull;
    boolean byKey = keys.stream().anyMatch(word -> word.startsWith("data.source="));
    return byKey && option.equals(AUTO) ? ConfigLoader.ofWords(keys).data().source() : option;
  }

  private static DataOptions options(List<String> keysOrNull) {
    return LoadedData.options(
        ConfigLoader.ofWords(keysOrNull == null ? List.of() : keysOrNull).data());
  }

  private static List<String> lines(DataInspection data) {
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

  private static List<String> lines(PartitionInspection partition) {
    List<PartitionInspection.Part> clients = partition.clients();
    List<String> lines = new ArrayList<>();
    long high = clients.stream().filter(PartitionInspection.Part::high).count();
    int images = clients.stream().mapToInt(PartitionInspection.Part::images).sum();
    lines.add("Partition of %s, seed %d".formatted(partition.source(), partition.seed()));
    lines.add("");
    lines.add(
        "  %s images to %s clients (%s high-resource, %s low-resource), %s unused; %s held back for validation"
            .formatted(
                Units.count(images),
                Units.count(clients.size()),
                Units.count(high),
                Units.count(clients.size() - high),
                Units.count(partition.unused()),
                Units.count(
                    clients.stream().mapToInt(PartitionInspection.Part::validation).sum())));
    lines.add("");
    lines.addAll(spreads(clients));
    lines.add("");
    lines.addAll(highClasses(partition));
    lines.add("");
    lines.addAll(clientTable(partition));
    return lines;
  }

  private static List<String> spreads(List<PartitionInspection.Part> clients) {
    TextTable table = new TextTable("lrrr", List.of("a client has", "least", "median", "most"));
    spread(table, "images", clients, PartitionInspection.Part::images, 0);
    spread(table, "classes", clients, PartitionInspection.Part::classes, 0);
    spread(
        table, "classes, as exp(entropy)", clients, PartitionInspection.Part::effectiveClasses, 2);
    return table.lines();
  }

  private static void spread(
      TextTable table,
      String name,
      List<PartitionInspection.Part> clients,
      ToDoubleFunction<PartitionInspection.Part> value,
      int decimals) {
    double[] sorted = clients.stream().mapToDouble(value).sorted().toArray();
    int last = sorted.length - 1;
    double median = (sorted[last / 2] + sorted[(last + 1) / 2]) / 2;
    boolean half = decimals == 0 && median != Math.rint(median);
    table.add(
        name,
        number(sorted[0], decimals),
        number(median, half ? 1 : decimals),
        number(sorted[last], decimals));
  }

  private static String number(double value, int decimals) {
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  /** The classes that the warm-up will see, and those that it will not. */
  private static List<String> highClasses(PartitionInspection partition) {
    int[] held = partition.heldByHigh();
    List<String> missing =
        IntStream.range(0, held.length)
            .filter(c -> held[c] == 0)
            .mapToObj(partition.classNames()::get)
            .toList();
    String lacks =
        missing.isEmpty()
            ? "every class"
            : "all classes but %s of %s: %s"
                .formatted(
                    missing.size(),
                    held.length,
                    String.join(", ", missing.subList(0, Math.min(SHOWN_CLASSES, missing.size())))
                        + (missing.size() > SHOWN_CLASSES ? ", ..." : ""));
    String line =
        "The high-resource clients hold %s images together, of %s"
            .formatted(Units.count(Arrays.stream(held).sum()), lacks);
    return Units.wrap(line, Units.LINE_CHARS - 2).stream().map(part -> "  " + part).toList();
  }

  private static List<String> clientTable(PartitionInspection partition) {
    TextTable table =
        new TextTable("rlrrl", List.of("client", "class", "images", "classes", "most frequent"));
    List<PartitionInspection.Part> order =
        partition.clients().stream().sorted((a, b) -> Boolean.compare(b.high(), a.high())).toList();
    int shown = Math.min(SHOWN_CLIENTS, order.size());
    for (PartitionInspection.Part part : order.subList(0, shown)) {
      table.add(
          String.valueOf(part.client()),
          part.high() ? "high" : "low",
          Units.count(part.images()),
          String.valueOf(part.classes()),
          frequent(part, partition.classNames()));
    }
    List<String> lines = new ArrayList<>(table.lines());
    if (shown < order.size()) {
      lines.add("  ... and %s more".formatted(Units.count(order.size() - shown)));
    }
    return lines;
  }

  private static String frequent(PartitionInspection.Part part, List<String> names) {
    int[] perClass = part.perClass();
    return IntStream.range(0, perClass.length)
        .boxed()
        .filter(c -> perClass[c] > 0)
        .sorted((a, b) -> Integer.compare(perClass[b], perClass[a]))
        .limit(3)
        .map(c -> names.get(c) + " " + Units.count(perClass[c]))
        .reduce((a, b) -> a + ", " + b)
        .orElse("-");
  }
}
