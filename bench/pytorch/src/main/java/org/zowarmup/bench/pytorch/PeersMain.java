package org.zowarmup.bench.pytorch;

import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.zowarmup.bench.BenchModel;
import org.zowarmup.bench.Machine;
import org.zowarmup.bench.ProcessorTime;
import org.zowarmup.bench.peers.Comparison;
import org.zowarmup.bench.peers.PeersReport;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** ZOWarmUp and PyTorch side by side in one process. */
@Command(
    name = "bench/run --peers",
    usageHelpWidth = 90,
    mixinStandardHelpOptions = true,
    description = {
      "Compares ZOWarmUp with PyTorch on the CPU: first what both compute, then how long it takes,",
      "in turn. Prints a table and writes NAME.txt and NAME.json to the folder of results."
    })
public final class PeersMain implements Callable<Integer> {
  /**
   * Small, because a relu whose input is 0 to rounding passes a gradient on one side and not on the
   * other: with resnet18's 0.6 million relus an image one such sample among many is no rarity, and
   * moves a gradient by thousandths, whoever computes it.
   */
  private static final int AGREEMENT_BATCH = 2;

  private static final int EXIT_FAILED = 1;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of either side; default: all cores.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      description = "How often every way is timed; default: 7.")
  private int repetitions = 7;

  @Option(
      names = "--model",
      paramLabel = "KIND",
      split = ",",
      description = "Models; default: all.")
  private List<String> models = BenchModel.kinds();

  @Option(
      names = "--batch",
      paramLabel = "N",
      split = ",",
      description = "Batches; default: 10 for cnn, 16 and 64 for the others.")
  private List<Integer> batches = List.of();

  @Option(
      names = "--operation",
      paramLabel = "NAME",
      split = ",",
      description = "ZO_STEP, FORWARD, TRAIN_STEP; default: all.")
  private List<Operation> operations = List.of(Operation.values());

  @Option(names = "--name", paramLabel = "NAME", description = "Of the files; default: peers.")
  private String name = "peers";

  @Option(
      names = "--results",
      paramLabel = "FOLDER",
      defaultValue = "${env:ZOWARMUP_BENCH_RESULTS:-bench/results}",
      description = "Folder of the files that are written; default: bench/results.")
  private Path results;

  @Override
  public Integer call() throws IOException, InterruptedException {
    double before = ProcessorTime.usedByOthers();
    torch.set_num_threads(threads);
    PeersReport report = new PeersReport(head(before), threads);
    for (String kind : models) {
      BenchModel model = BenchModel.of(kind);
      Map<String, Double> differences = Agreement.of(model, AGREEMENT_BATCH);
      report.agreed(kind, differences);
      System.err.println("  difference, " + kind + ": " + differences);
      for (Operation operation : operations) {
        for (int batch : batchesOf(model)) {
          Comparison.Result result = 
              Comparison.run(
                  operation.text(),
                  kind,
                  batch,
                  operation.ways(model, batch),
                  threads,
                  repetitions);
          report.add(result);
          PeersReport.lines(result).forEach(System.err::println);
        }
      }
      report.write(results, name); // after every model: a run that is cut short leaves what it has
    }
    report.text().forEach(System.out::println);
    return 0;
  }

  private List<Integer> batchesOf(BenchModel model) {
    if (!batches.isEmpty()) {
      return batches;
    }
    return model == BenchModel.CNN ? List.of(10) : List.of(16, 64);
  }

  private List<String> head(double before) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s, %s: %d threads on either side, %d repetitions in turn"
            .formatted(name, LocalDate.now(ZoneOffset.UTC), threads, repetitions));
    lines.add("");
    lines.addAll(Machine.here().lines(before, Double.NaN).subList(0, 4));
    lines.add("  others    used %.0f %% of the cores before the run".formatted(100 * before));
    lines.add(
        "  peer      PyTorch preset %s, %s, OpenBLAS for %s"
            .formatted(
                version(),
                torch.get_mkldnn_version().getString(),
                System.getenv().getOrDefault("OPENBLAS_CORETYPE", "the processor it finds")));
    return lines;
  }

  private static String version() throws IOException {
    return Loader.getVersion("org.bytedeco", "pytorch");
  }

  public static void main(String[] arguments) {
    int code =
        new CommandLine(new PeersMain())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(
                (e, command, parsed) -> {
                  System.err.println("bench/run --peers: " + e);
                  return EXIT_FAILED;
                })
            .execute(arguments);
    System.exit(code);
  }
}
