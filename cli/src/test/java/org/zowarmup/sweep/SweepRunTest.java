package org.zowarmup.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.run.RealRun;
import org.zowarmup.run.TinyImages;

/** Sweeps over real runs on tiny images, from the command line. */
class SweepRunTest {
  @TempDir private Path folder;
  private Path config;
  private Path sweep;

  @BeforeEach
  void writeConfig() throws IOException {
    TinyImages.gray(folder.resolve("images"), 20, 4);
    sweep = folder.resolve("sweep");
    config =
        Files.writeString(
            folder.resolve("tiny.yaml"),
            """
            name: tiny
            threads: 1
            data: {source: image-folder, path: "%s", partition: {kind: iid}}
            clients: {count: 4, high: 0.5}
            model: {kind: cnn, channels: [2], normGroups: 1}
            warmup: {rounds: 1, cohort: 2, localEpochs: 1, batch: 8}
            zo: {rounds: 2, cohort: 4, seeds: 2, batch: 4}
            """
                .formatted(folder.resolve("images")));
  }

  private RealRun sweep(BooleanSupplier stop, String... words) {
    List<String> all = new ArrayList<>(List.of("sweep", config.toString()));
    all.addAll(List.of(words));
    all.add("output=" + sweep);
    return RealRun.main(stop, sweep, all.toArray(String[]::new));
  }

  private FileTime written(String cell) throws IOException {
    return Files.getLastModifiedTime(sweep.resolve("cells").resolve(cell).resolve("summary.json"));
  }

  @Test
  void aStoppedSweepContinuesWhereItWasAndEndsAsOneThatWasNot() throws IOException {
    Path firstEnded = sweep.resolve("cells/zo.seeds=1,zo.rounds=1/summary.json");
    RealRun stopped = sweep(() -> Files.exists(firstEnded), "zo.seeds=1,2", "zo.rounds=1,2");
    assertEquals(75, stopped.code(), stopped.err());
    assertTrue(stopped.out().contains("not run"), stopped.out());
    FileTime first = written("zo.seeds=1,zo.rounds=1");
    RealRun again = sweep(() -> false, "zo.seeds=1,2", "zo.rounds=1,2");
    assertEquals(0, again.code(), again.err());
    assertEquals(first, written("zo.seeds=1,zo.rounds=1"), "a finished cell was run again");
    String csv = Files.readString(sweep.resolve("sweep.csv"));
    assertEquals(1 + 4 * 2, csv.lines().count(), csv);
    sweep = folder.resolve("whole");
    assertEquals(0, sweep(() -> false, "zo.seeds=1,2", "zo.rounds=1,2").code());
    assertEquals(withoutSeconds(csv), withoutSeconds(Files.readString(sweep.resolve("sweep.csv"))));
  }

  @Test
  void seedsShareALineWithMeanAndDeviationAndTheSweepEndsWithAReport() throws IOException {
    RealRun run = sweep(() -> false, "zo.seeds=1,2", "seed=1,2,3", "methods=[zowarmup]");
    assertEquals(0, run.code(), run.err());
    List<String> rows = run.out().lines().filter(l -> l.matches(" +[12] +3 +[\\d.]+ %.*")).toList();
    assertEquals(2, rows.size(), run.out());
    List<Double> first = accuracies("1");
    double mean = first.stream().mapToDouble(a -> a).average().orElseThrow();
    double squares = first.stream().mapToDouble(a -> (a - mean) * (a - mean)).sum();
    String expected =
        String.format(Locale.ROOT, "%.2f %% (%.2f)", 100 * mean, 100 * Math.sqrt(squares / 2));
    assertTrue(rows.get(0).contains(expected), rows.get(0) + " has " + expected);
    assertTrue(run.out().contains("Report: " + sweep.resolve("report")), run.out());
    assertTrue(Files.size(sweep.resolve("report").resolve("report.html")) > 10_000);
  }

  /** The test accuracies in sweep.csv of a value of zo.seeds. */
  private List<Double> accuracies(String seeds) throws IOException {
    return Files.readString(sweep.resolve("sweep.csv"))
        .lines()
        .map(line -> line.split(",", -1))
        .filter(cells -> cells[0].equals(seeds))
        .map(cells -> Double.parseDouble(cells[6]))
        .toList();
  }

  private static List<String> withoutSeconds(String csv) {
    return csv.lines().map(line -> line.replaceAll(",[^,]*(,[^,]*)$", "$1")).toList();
  }

  @Test
  void aCellThatDivergesFailsAloneAndIsNotTriedAgain() {
    RealRun run =
        sweep(() -> false, "warmup.lr=0.1,100", "warmup.weightDecay=1", "warmup.rounds=60");
    assertEquals(0, run.code(), run.err());
    assertTrue(run.out().contains("failed"), run.out());
    assertTrue(run.out().contains("expected finite numbers"), run.out());
    assertTrue(
        sweep(() -> false, "warmup.lr=0.1,100", "warmup.weightDecay=1", "warmup.rounds=60")
            .out()
            .contains("failed"));
  }

  @Test
  void anotherConfigIsRefusedWithTheDifference() {
    assertEquals(0, sweep(() -> false, "zo.seeds=1,2").code());
    RealRun other = sweep(() -> false, "zo.seeds=1,2", "zo.epsilon=1e-2");
    assertEquals(2, other.code());
    assertTrue(other.err().contains("zo.epsilon: 0.001 and 0.01"), other.err());
  }

  @Test
  void aBadValueIsFoundBeforeAnythingRuns() {
    RealRun bad = sweep(() -> false, "zo.seeds=1,none");
    assertEquals(2, bad.code());
    assertTrue(bad.err().contains("zo.seeds"), bad.err());
    assertFalse(Files.exists(sweep));
  }
}
