package org.zowarmup.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.zowarmup.cli.terminal.TextTable;
import org.zowarmup.cli.terminal.Units;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.inspect.WeightEvaluation;
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
    return lines(WeightEvaluation.of(weights, ConfigLoader.load(config(), words)));
  }

  private Path config() {
    if (config != null) {
      return config;
    }
    Path beside = weights.resolveSibling("config.yaml");
    if (!Files.exists(beside)) {
      throw new UserErrorException(
          "weights %s: expected a config.yaml beside them, found none; name the model with --config CONFIG"
              .formatted(weights));
    }
    return beside;
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
