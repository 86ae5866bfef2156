package org.zowarmup.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.zowarmup.cli.terminal.Units;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.export.Export;
import org.zowarmup.export.Export.Format;
import org.zowarmup.export.OfflineRuns;
import org.zowarmup.record.file.OutputFile;
import org.zowarmup.report.Report;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zowarmup export}: weights of a run for other programs. */
@Command(
    name = "export",
    description = {
      "Write the weights of a run for other programs: an ONNX model (opset 21, any batch), or the",
      "weights alone with PyTorch's names, shapes and order as npz or safetensors. Or the whole"
          + " run",
      "for Weights & Biases: folders that `wandb sync` uploads."
    },
    footer = {
      "",
      "Examples:",
      "  zowarmup export runs/mine --to onnx --raw",
      "  zowarmup export runs/mine/weights-fedavg-seed2.safetensors --to npz --out w.npz",
      "  zowarmup export runs/mine --to wandb && wandb sync runs/mine/wandb/offline-run-*",
    })
final class ExportCommand extends Main.Printing {
  @Parameters(
      index = "0",
      paramLabel = "RUN",
      description = "Folder of a run, or a file with weights in one; of wandb a sweep's too.")
  private Path run;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "FORMAT",
      description = "One of ${COMPLETION-CANDIDATES}.")
  private Format format;

  @Option(
      names = "--method",
      paramLabel = "NAME",
      description = "Method (default: the run's first with weights; of wandb all).")
  private String method;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Run seed of the repeat (default: the first; of wandb all).")
  private Long seed;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description =
          "File to write (default: beside the weights); of wandb a folder (wandb in RUN).")
  private Path out;

  @Option(
      names = "--raw",
      description = {
        "With onnx: the input is pixels as they are, uint8 [N, H, W, C], and the model",
        "normalizes them as in training."
      })
  private boolean raw;

  @Mixin private OutputOptions output;

  private OutputFile written;

  @Override
  OutputFile written() {
    return written;
  }

  @Override
  List<String> result() {
    if (raw && format != Format.ONNX) {
      throw new UserErrorException(
          "--raw: expected --to onnx, found %s; leave --raw out".formatted(format));
    }
    if (format == Format.WANDB) {
      return ofRuns(OfflineRuns.write(run, Report.runFolders(List.of(run)), method, seed, out));
    }
    Export export = Export.run(run, format, method, seed, out, output.force(), raw);
    written = export.file();
    List<String> lines = new ArrayList<>();
    lines.add(
        "  %s, %s parameters, from %s"
            .formatted(export.model(), Units.count(export.parameters()), export.from()));
    if (!export.input().isEmpty()) {
      lines.add("  input       " + export.input());
    }
    lines.add("  written to  " + export.file().path());
    return lines;
  }

  /** Of a run, or of the cells of a sweep. */
  private static List<String> ofRuns(OfflineRuns runs) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "  %s, %s, for wandb"
            .formatted(
                Units.counted(runs.folders().size(), "run"),
                Units.counted(runs.rounds(), "round")));
    runs.folders().forEach(folder -> lines.add("  written to  " + folder));
    Path all = runs.folders().get(0).getParent();
    lines.add("  to upload   wandb sync " + CommandHint.word(all) + "/offline-run-*");
    return lines;
  }
}
