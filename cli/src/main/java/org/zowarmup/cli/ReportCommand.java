package org.zowarmup.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.zowarmup.report.Report;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zowarmup report}: what runs gave, as a page and pictures. */
@Command(
    name = "report",
    description = {
      "Write a report about one or more runs: one HTML page that needs nothing beside it, and",
      "its charts as PNG files. A run that has not ended is shown as far as it is."
    },
    footer = {
      "",
      "Examples:",
      "  zowarmup report runs/quickstart/20261124-180000",
      "  zowarmup report run-a run-b --output comparison",
      "  zowarmup report runs/quickstart/sweep-1a2b3c4d",
    })
final class ReportCommand extends Main.Printing {
  @Parameters(
      arity = "1..*",
      paramLabel = "RUN",
      description = "Run folders; a sweep's folder means all its cells.")
  private List<Path> runs = new ArrayList<>();

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Folder to write to; by default the folder report within the first RUN.")
  private Path output;

  @Option(
      names = "--label",
      paramLabel = "NAME",
      description =
          "Name of a run in the report, once for each RUN in their order; by default the runs'"
              + " names where they differ, else the keys in which their configs do.")
  private List<String> labels = new ArrayList<>();

  @Option(
      names = "--force",
      description = "Write into a folder that holds other files; without it, that is refused.")
  private boolean force;

  @Option(
      names = "--latex",
      description = {
        "Write for papers too, to the folder paper beside the page: every chart as SVG (--with",
        "formats: as PDF too) and its numbers as CSV, and the table of means, deviations, paired"
            + " differences and a paired",
        "t test as LaTeX and CSV."
      })
  private boolean latex;

  @Override
  List<String> result() {
    Path target = output == null ? runs.get(0).resolve("report") : output;
    List<String> lines = new ArrayList<>();
    lines.add("Report: " + Report.write(runs, labels, target, force, latex));
    if (latex) {
      lines.add("Papers: " + target.resolve("paper"));
    }
    return lines;
  }
}
