package org.zowarmup.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.zowarmup.record.PrecisionCheck;
import org.zowarmup.record.ProgramVersion;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunListener;

/** Shows at the start what a run is going to do, and at the pivot whether its precision serves. */
final class StartBanner implements RunListener {
  private static final int LABEL_CHARS = 11;

  private final PrintWriter out;
  private final ProgramVersion version;
  private final int lineChars;

  /**
   * @param lineChars characters that a line may have
   */
  StartBanner(PrintWriter out, ProgramVersion version, int lineChars) {
    this.out = out;
    this.version = version;
    this.lineChars = lineChars;
  }

  @Override
  public void started(RunDescription run) {
    lines(run).forEach(out::println);
    out.flush();
  }

  @Override
  public void precisionChecked(PrecisionCheck check) {
    String text = (check.isEnough() ? "" : "warning: ") + check.line();
    Units.wrap(text, lineChars).forEach(out::println);
    out.flush();
  }

  List<String> lines(RunDescription run) {
    List<String> lines = new ArrayList<>();
    lines.add("ZOWarmUp " + version.line() + ": " + run.name());
    lines.add("");
    add(lines, "device", device(run));
    add(
        lines,
        "data",
        "%s: %s training and %s test images of %s, %d classes"
            .formatted(
                run.dataSource(),
                Units.count(run.trainImages()),
                Units.count(run.testImages()),
                run.inputShape(),
                run.classes()));
    add(
        lines,
        "clients",
        "%s of %s: %s high-resource, %s low-resource"
            .formatted(
                Units.count(run.clients()),
                images(run),
                Units.count(run.highClients()),
                Units.count(run.lowClients())));
    add(lines, "model", run.model() + ", " + Units.count(run.parameters()) + " parameters (d)");
    add(lines, "methods", methods(run));
    add(lines, "rounds", rounds(run));
    add(
        lines,
        "memory",
        "planned: %s for a probe, %s for a training step"
                .formatted(
                    Units.bytes((double) run.probeBytes()), Units.bytes((double) run.trainBytes()))
            + ofSubNetwork(run));
    add(lines, "run folder", run.folder().toString());
    lines.add("");
    return lines;
  }

  private static String ofSubNetwork(RunDescription run) {
    return run.subTrainBytes() == 0
        ? ""
        : ", %s for one of the sub-network".formatted(Units.bytes((double) run.subTrainBytes()));
  }

  private static String device(RunDescription run) {
    String reason = run.deviceReason().isBlank() ? "" : " (" + run.deviceReason() + ")";
    String threads = run.threads() == 1 ? ", 1 thread" : ", " + run.threads() + " threads";
    return run.device() + ": " + run.deviceDescription() + threads + reason;
  }

  private static String images(RunDescription run) {
    String most = Units.count(run.mostImages());
    return run.fewestImages() == run.mostImages()
        ? most + " images each"
        : Units.count(run.fewestImages()) + " to " + most + " images";
  }

  private static String methods(RunDescription run) {
    String seeds = run.seeds().stream().map(String::valueOf).collect(Collectors.joining(", "));
    return run.methods().stream().map(Units::method).collect(Collectors.joining(", "))
        + (run.seeds().size() == 1 ? "; seed " : "; seeds ")
        + seeds;
  }

  private static String rounds(RunDescription run) {
    return String.format(
        Locale.ROOT,
        "%s for every method; ZOWarmUp: %s warm-up, then %s zeroth-order (lr %.4g)",
        Units.count(run.rounds()),
        Units.count(run.warmupRounds()),
        Units.count(run.zoRounds()),
        run.zoLr());
  }

  private void add(List<String> lines, String label, String text) {
    String head = label;
    for (String part : Units.wrap(text, lineChars - 2 - LABEL_CHARS)) {
      lines.add("  " + head + " ".repeat(LABEL_CHARS - head.length()) + part);
      head = "";
    }
  }
}
