package org.zowarmup.cli;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.zowarmup.cli.terminal.TextTable;
import org.zowarmup.cli.terminal.Units;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.inspect.MoreScores;
import org.zowarmup.inspect.WeightEvaluation;
import org.zowarmup.plugin.Plugins;
import org.zowarmup.record.RunFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zowarmup evaluate}: stored weights on a test set. */
@Command(
    name = "evaluate",
    description = {
      "Score stored weights on a test set. Model and data are those of the config: by default the",
      "config.yaml that lies beside the weights in a run folder."
    },
    footer = {
      "",
      "Examples:",
      "  zowarmup evaluate runs/mine/weights-zowarmup-seed1.safetensors",
      "  zowarmup evaluate weights.safetensors --config my.yaml --data cifar10 device=cpu",
      "  zowarmup --with nd4j evaluate runs/mine/weights-zowarmup-seed1.safetensors",
    })
final class EvaluateCommand extends Main.Printing {
  @Parameters(index = "0", paramLabel = "WEIGHTS", description = "A safetensors or npz file.")
  private Path weights;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "KEY=VALUE",
      description = "Overrides of keys, such as model.kind=cnn.")
  private List<String> overrides = new ArrayList<>();

  @Option(
      names = "--best",
      description =
          "WEIGHTS is a run folder: score the weights that did best on its clients' validation"
              + " images, of each method and seed; a run with evaluate.best=true keeps them.")
  private boolean best;

  @Option(names = "--config", paramLabel = "CONFIG", description = "Config that names the model.")
  private Path config;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = "Data set whose test images are scored: a path, or fashion-mnist-mini.")
  private String data;

  @Override
  List<String> result() {
    List<String> words = new ArrayList<>(overrides);
    if (data != null) {
      boolean embedded = data.equals("fashion-mnist-mini");
      words.add("data.source=" + (embedded ? data : "auto"));
      words.add("data.path=" + (embedded ? "null" : "'" + data.replace("'", "''") + "'"));
    }
    List<Path> files = best ? ofRun(weights) : List.of(weights);
    RunConfig named = ConfigLoader.load(config(files.get(0)), words);
    Collection<MoreScores> added = Plugins.all(MoreScores.class, MoreScores::name).values();
    List<String> lines = new ArrayList<>();
    for (Path file : files) {
      if (!lines.isEmpty()) {
        lines.add("");
      }
      if (files.size() > 1) {
        lines.add(file.getFileName() + ":");
      }
      lines.addAll(lines(WeightEvaluation.of(file, named)));
      for (MoreScores more : added) {
        lines.addAll(List.of("", "  Scores of " + more.name(), ""));
        more.lines(file, named).forEach(line -> lines.add(line.isEmpty() ? "" : "  " + line));
      }
    }
    return lines;
  }

  /** Those of all methods and seeds of a run. */
  private static List<Path> ofRun(Path run) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(run, "best-*-seed*.safetensors")) {
      files.forEach(found::add);
    } catch (IOException e) {
      throw new UserErrorException(
          "evaluate --best: expected a run folder, found %s (%s)".formatted(run, e.getMessage()),
          e);
    }
    if (found.isEmpty()) {
      throw new UserErrorException(
          "run folder %s: expected files best-METHOD-seedN.safetensors, found none; train with evaluate.best=true and data.validation above 0"
              .formatted(run));
    }
    found.sort(null);
    return found;
  }

  private Path config(Path weights) {
    if (config != null) {
      return config;
    }
    if (Files.isDirectory(weights)) {
      throw new UserErrorException(
          "weights %s: expected a file, found a folder; give one in it, for example weights-zowarmup-seed1.safetensors, or --best"
              .formatted(weights));
    }
    Path beside = weights.resolveSibling("config.yaml");
    if (!Files.exists(beside)) {
      throw new UserErrorException(
          "weights %s: expected a config.yaml beside them, found none; name the model with --config CONFIG"
              .formatted(weights));
    }
    RunFolder run = new RunFolder(weights.toAbsolutePath().getParent());
    run.requireFiles();
    return run.soundConfig();
  }

  static List<String> lines(WeightEvaluation scored) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "  %s, %s parameters, on %s"
            .formatted(scored.model(), Units.count(scored.parameters()), scored.data()));
    lines.add(
        String.format(
            Locale.ROOT,
            "  accuracy %s, mean loss %.4f",
            Units.percent(scored.accuracy()),
            scored.loss()));
    lines.add(
        "  images normalized by %s (%s)"
            .formatted(scored.normalized().by(), scored.normalized().origin()));
    lines.add("");
    TextTable table = new TextTable("lrr", List.of("class", "images", "accuracy"));
    for (int c = 0; c < scored.counts().length; c++) {
      double part =
          scored.counts()[c] == 0 ? Double.NaN : (double) scored.right()[c] / scored.counts()[c];
      table.add(scored.classes().get(c), Units.count(scored.counts()[c]), Units.percent(part));
    }
    lines.addAll(table.lines());
    return lines;
  }
}
