package org.zowarmup.cli.terminal;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.zowarmup.error.Printable;
import org.zowarmup.record.PrecisionCheck;
import org.zowarmup.record.Provenance;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunListener;

/** Shows at the start what a run is going to do, and at the pivot whether its precision serves. */
public final class StartBanner implements RunListener {
  private static final int LABEL_CHARS = 11;

  private final PrintWriter out;
  private final Provenance version;
  private final int lineChars;

  /**
   * @param lineChars characters that a line may have
   */
  public StartBanner(PrintWriter out, Provenance version, int lineChars) {
    this.out = out;
    this.version = version;
    this.lineChars = lineChars;
  }

  @Override
  public void started(RunDescription run) {
    lines(run).forEach(line -> out.println(Printable.text(line)));
    out.flush();
  }

  @Override
  public void precisionChecked(PrecisionCheck check) {
    String text = (check.isEnough() ? "" : "warning: ") + check.line();
    Units.wrap(text, lineChars).forEach(out::println);
    out.flush();
  }

  public List<String> lines(RunDescription run) {
    List<String> lines = new ArrayList<>();
    lines.add("ZOWarmUp " + version.line() + ": " + run.name());
    lines.add("");
    add(lines, "device", device(run));
    String label = "ranks";
    for (String rank : run.ranks()) {
      add(lines, label, rank);
      label = "";
    }
    add(
        lines,
        "data",
        "%s: %s training and %s test images of %s, %d classes"
            .formatted(
                run.data().source(),
                Units.count(run.data().trainImages()),
                Units.count(run.data().testImages()),
                run.network().inputShape(),
                run.data().classes()));
    add(
        lines,
        "clients",
        "%s of %s: %s high-resource, %s low-resource"
            .formatted(
                Units.count(run.federation().count()),
                images(run),
                Units.count(run.federation().high()),
                Units.count(run.federation().low())));
    add(
        lines,
        "model",
        run.network().name() + ", " + Units.count(run.network().parameters()) + " parameters (d)");
    add(lines, "methods", methods(run));
    add(lines, "rounds", rounds(run));
    add(
        lines,
        "memory",
        "planned: %s for a probe, %s for a training step"
                .formatted(
                    Units.bytes((double) run.memory().probeBytes()),
                    Units.bytes((double) run.memory().trainBytes()))
            + ofSubNetwork(run));
    add(lines, "run folder", run.folder().toString());
    lines.add("");
    return lines;
  }

  private static String ofSubNetwork(RunDescription run) {
    return run.memory().subTrainBytes() == 0
        ? ""
        : ", %s for one of the sub-network"
            .formatted(Units.bytes((double) run.memory().subTrainBytes()));
  }

  private static String device(RunDescription run) {
    RunDescription.Machine device = run.machine();
    String reason = device.reason().isBlank() ? "" : " (" + device.reason() + ")";
    String threads = device.threads() == 1 ? ", 1 thread" : ", " + device.threads() + " threads";
    return device.name() + ": " + device.description() + threads + reason;
  }

  private static String images(RunDescription run) {
    String most = Units.count(run.federation().mostImages());
    return run.federation().fewestImages() == run.federation().mostImages()
        ? most + " images each"
        : Units.count(run.federation().fewestImages()) + " to " + most + " images";
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
        Units.count(run.schedule().warmupRounds()),
        Units.count(run.schedule().zoRounds()),
        run.schedule().zoLr());
  }

  private void add(List<String> lines, String label, String text) {
    String head = label;
    for (String part : Units.wrap(text, lineChars - 2 - LABEL_CHARS)) {
      lines.add("  " + head + " ".repeat(LABEL_CHARS - head.length()) + part);
      head = "";
    }
  }
}
