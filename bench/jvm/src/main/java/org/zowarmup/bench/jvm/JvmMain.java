package org.zowarmup.bench.jvm;

import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import org.bytedeco.javacpp.Loader;
import org.zowarmup.bench.Machine;
import org.zowarmup.bench.ProcessorTime;
import org.zowarmup.bench.peers.Comparison;
import org.zowarmup.bench.peers.OurSide;
import org.zowarmup.bench.peers.PeersReport;
import org.zowarmup.bench.peers.Side;
import org.zowarmup.bench.peers.Way;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.models.Model;
import org.zowarmup.plugin.Plugins;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** ZOWarmUp and libraries of the JVM side by side in one process, on one thread each. */
@Command(
    name = "bench/run --jvm",
    usageHelpWidth = 90,
    mixinStandardHelpOptions = true,
    description = {
      "Compares ZOWarmUp on one thread of the CPU with ND4J (device nd4j), with DL4J on cnn-pfl,",
      "and with DJL's PyTorch: first what they compute, then how long it takes, in turn. Prints a",
      "table and writes NAME.txt and NAME.json to the folder of results."
    })
public final class JvmMain implements Callable<Integer> {
  /** Small: of many images one has a relu at a kink. */
  private static final int AGREEMENT_BATCH = 2;

  private static final int CLASSES = 10;
  private static final int EXIT_FAILED = 1;
  private static final List<String> MODELS = List.of("cnn", "cnn-pfl", "resnet18");
  private static final String FORWARD = "forward";
  private static final String TRAIN_STEP = "train step";
  private static final String ND4J = "device nd4j";
  private static final String DL4J = "DL4J";
  private static final String DJL = "DJL PyTorch";

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      description = "How often every way is timed; default: 7.")
  private int repetitions = 7;

  @Option(
      names = "--model",
      paramLabel = "KIND",
      split = ",",
      description = "Of cnn, cnn-pfl and resnet18; default: all.")
  private List<String> models = MODELS;

  @Option(names = "--name", paramLabel = "NAME", description = "Of the files; default: peers-jvm.")
  private String name = "peers-jvm";

  @Option(
      names = "--results",
      paramLabel = "FOLDER",
      defaultValue = "${env:ZOWARMUP_BENCH_RESULTS:-bench/results}",
      description = "Folder of the files that are written; default: bench/results.")
  private Path results;

  private static Graph graph(String kind) {
    Shape input = kind.equals("cnn") ? new Shape(28, 28, 1) : new Shape(32, 32, 3);
    return Plugins.find(Model.class, Model::kind, "--model", kind).build(input, CLASSES);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    double before = ProcessorTime.usedByOthers();
    PeersReport report = new PeersReport(head(before), 1);
    for (String kind : models) {
      Graph graph = graph(kind);
      Map<String, Double> differences = agreement(kind, graph);
      report.agreed(kind, differences);
      System.err.println("  difference, " + kind + ": " + differences);
      int batch = kind.equals("resnet18") ? 16 : 10;
      for (String operation : List.of(FORWARD, TRAIN_STEP)) {
        Comparison.Result result =
            Comparison.run(
                operation, kind, batch, ways(operation, kind, graph, batch), 1, repetitions);
        report.add(result);
        PeersReport.lines(result).forEach(System.err::println);
      }
      report.write(results, name); // after every model: a run that is cut short leaves what it has
    }
    report.text().forEach(System.out::println);
    return 0;
  }

  private static Map<String, Double> agreement(String kind, Graph graph) {
    Computed ours = Computed.by("cpu", graph, AGREEMENT_BATCH);
    Start start = Start.of(graph, AGREEMENT_BATCH);
    Map<String, Double> found = new LinkedHashMap<>();
    Computed nd4j = Computed.by("nd4j", graph, AGREEMENT_BATCH);
    found.putAll(ours.differences(ND4J, nd4j, graph.layout()));
    if (kind.equals("cnn-pfl")) {
      for (boolean channelsLast : new boolean[] {true, false}) {
        Computed dl4j = new Dl4jCnnPfl(start, channelsLast).compute();
        found.putAll(ours.differences(DL4J + format(channelsLast), dl4j, graph.layout()));
      }
    }
    try (DjlNetwork djl = new DjlNetwork(start, true)) {
      djl.compute(); // the second time nothing of the first is left
      found.putAll(ours.differences(DJL, djl.compute(), graph.layout()));
    }
    return found;
  }

  private static String format(boolean channelsLast) {
    return channelsLast ? " NHWC" : " NCHW";
  }

  private static List<Way> ways(String operation, String kind, Graph graph, int batch) {
    boolean forward = operation.equals(FORWARD);
    List<Way> ways = new ArrayList<>();
    ways.add(new Way("ours", Map.of("", threads -> ofDevice("cpu", forward, graph, batch))));
    ways.add(new Way(ND4J, Map.of("", threads -> ofDevice("nd4j", forward, graph, batch))));
    if (kind.equals("cnn-pfl")) {
      Map<String, IntFunction<Side>> variants = new LinkedHashMap<>();
      for (boolean channelsLast : new boolean[] {true, false}) {
        variants.put(
            format(channelsLast).strip(),
            threads -> {
              Dl4jCnnPfl network = new Dl4jCnnPfl(Start.of(graph, batch), channelsLast);
              return forward ? network.forward() : network.trainStep();
            });
      }
      ways.add(new Way(DL4J, variants));
    }
    ways.add(
        new Way(
            DJL,
            Map.of(
                "NCHW",
                threads -> {
                  DjlNetwork network = new DjlNetwork(Start.of(graph, batch), !forward);
                  return forward ? network.forward() : network.trainStep();
                })));
    return ways;
  }

  private static Side ofDevice(String device, boolean forward, Graph graph, int batch) {
    return forward
        ? OurSide.forward(device, graph, batch, 1)
        : OurSide.trainStep(device, graph, batch, 1);
  }

  private List<String> head(double before) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s, %s: one thread on either side, %d repetitions in turn"
            .formatted(name, LocalDate.now(ZoneOffset.UTC), repetitions));
    lines.add("");
    lines.addAll(Machine.here().lines(before, Double.NaN).subList(0, 4));
    lines.add(
        String.format(
            Locale.ROOT, "  others    used %.0f %% of the cores before the run", 100 * before));
    lines.add(
        "  peers     ND4J and DL4J %s with natives linux-x86_64-onednn, DJL with PyTorch %s"
            .formatted(Loader.getVersion("org.nd4j", "nd4j-api"), DjlNetwork.version()));
    return lines;
  }

  public static void main(String[] arguments) {
    System.setProperty("ai.djl.offline", "true"); // its libraries lie on the class path
    System.setProperty("ai.djl.pytorch.num_threads", "1");
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    int code =
        new CommandLine(new JvmMain())
            .setExecutionExceptionHandler(
                (e, command, parsed) -> {
                  System.err.println("bench/run --jvm: " + e);
                  return EXIT_FAILED;
                })
            .execute(arguments);
    System.exit(code);
  }
}
