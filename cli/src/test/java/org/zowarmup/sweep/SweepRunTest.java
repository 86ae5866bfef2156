package org.zowarmup.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.JavaProcess;
import org.zowarmup.cli.Main;
import org.zowarmup.record.lock.RunLock;
import org.zowarmup.run.MemoryFolder;
import org.zowarmup.run.RealRun;
import org.zowarmup.run.TinyImages;

/** Sweeps over real runs on tiny images, from the command line. */
class SweepRunTest {
  @TempDir(factory = MemoryFolder.class)
  private Path folder;

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
    String note = "data.normalize=" + " ".repeat(1500) + "own"; // as a list of 500 seeds is
    RealRun run = sweep(() -> false, "zo.seeds=1,2", "seed=1,2,3", "methods=[zowarmup]", note);
    assertEquals(0, run.code(), run.err());
    Path provenance = sweep.resolve("cells/zo.seeds=1,seed=2/provenance.json");
    String kept = Files.readString(provenance);
    assertTrue(kept.contains("... (1518 letters)") && kept.length() < 3000, kept);
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
  void aCellThatDivergesFailsAloneAndIsTriedAgainByALaterStart() throws IOException {
    String[] words = {"warmup.lr=100,0.1", "warmup.weightDecay=1", "warmup.rounds=60"};
    RealRun run = sweep(() -> false, words);
    assertEquals(3, run.code(), run.err());
    assertTrue(run.out().contains("failed"), run.out());
    assertTrue(run.out().contains("expected finite numbers"), run.out());
    FileTime failed = written("warmup.lr=100");
    FileTime done = written("warmup.lr=0.1");
    RealRun again = sweep(() -> false, words);
    assertEquals(3, again.code(), again.err());
    assertNotEquals(failed, written("warmup.lr=100"), "was not tried again");
    assertEquals(done, written("warmup.lr=0.1"), "was run again");
  }

  @Test
  void aCellThatFailedForWantOfSpaceIsCompletedByTheNextStart() throws IOException {
    assertEquals(0, sweep(() -> false, "zo.seeds=1,2").code());
    String whole = Files.readString(sweep.resolve("sweep.csv"));
    Path cell = sweep.resolve("cells/zo.seeds=1");
    // what a full disk leaves: no weights, no checksums of the end, and a summary that says so
    // where
    // that could be written
    Files.delete(cell.resolve("weights-zowarmup-seed1.safetensors"));
    Files.delete(cell.resolve("checksums.json"));
    ObjectNode summary =
        (ObjectNode) new ObjectMapper().readTree(cell.resolve("summary.json").toFile());
    summary.put("failure", "cannot write: No space left on device");
    Files.writeString(cell.resolve("summary.json"), summary.toString());
    assertEquals(3, sweep(() -> false, "zo.seeds=1,2", "--collect").code());
    RealRun again = sweep(() -> false, "zo.seeds=1,2");
    assertEquals(0, again.code(), again.err());
    assertTrue(Files.exists(cell.resolve("weights-zowarmup-seed1.safetensors")));
    assertEquals(
        withoutSeconds(whole), withoutSeconds(Files.readString(sweep.resolve("sweep.csv"))));
  }

  @Test
  void aCellWhoseFilesCannotBeReadIsNotThrownAway() throws IOException {
    assertEquals(0, sweep(() -> false, "zo.seeds=1,2").code());
    Path cell = sweep.resolve("cells/zo.seeds=1");
    Files.delete(cell.resolve("summary.json"));
    Files.delete(cell.resolve("identity.json"));
    String rounds = Files.readString(cell.resolve("metrics.jsonl"));
    RealRun again = sweep(() -> false, "zo.seeds=1,2");
    assertEquals(3, again.code(), again.err());
    assertTrue(again.out().contains("identity.json"), again.out());
    assertEquals(rounds, Files.readString(cell.resolve("metrics.jsonl")));
  }

  @Test
  void cellsThatWereExchangedAreNamed() throws IOException {
    assertEquals(0, sweep(() -> false, "zo.seeds=1,2").code());
    Path one = sweep.resolve("cells/zo.seeds=1");
    Path two = sweep.resolve("cells/zo.seeds=2");
    Path between = sweep.resolve("cells/between");
    Files.move(one, between);
    Files.move(two, one);
    Files.move(between, two);
    String csv = Files.readString(sweep.resolve("sweep.csv"));
    for (String[] words : new String[][] {{"zo.seeds=1,2", "--collect"}, {"zo.seeds=1,2"}}) {
      RealRun run = sweep(() -> false, words);
      assertEquals(2, run.code(), run.out());
      assertTrue(run.err().contains("expected cell zo.seeds=1 to have been run with"), run.err());
      assertEquals(csv, Files.readString(sweep.resolve("sweep.csv")));
    }
  }

  /** In the place of a cell: a file, a folder of somebody's own, and what a killed start leaves. */
  @Test
  void whatNoRunHasWrittenIsNotThrownAway() throws IOException {
    Path cells = Files.createDirectories(sweep.resolve("cells"));
    Path note = Files.writeString(cells.resolve("zo.seeds=1"), "mine");
    Path inFolder = Files.createDirectory(cells.resolve("zo.seeds=2")).resolve("thesis.tex");
    Files.writeString(inFolder, "mine");
    Path left = Files.createDirectory(cells.resolve("zo.seeds=3"));
    Files.writeString(left.resolve("provenance.json"), "{}");
    Files.writeString(left.resolve(".lock"), "");
    RealRun run = sweep(() -> false, "zo.seeds=1,2,3");
    assertEquals(3, run.code(), run.err());
    assertTrue(run.out().contains("found a file; move it away"), run.out());
    assertTrue(run.out().contains("thesis.tex; move it away"), run.out());
    assertEquals("mine", Files.readString(note));
    assertEquals("mine", Files.readString(inFolder));
    assertTrue(Files.exists(left.resolve("summary.json")), run.out());
  }

  @Test
  void aCellThatCannotStartKeepsNoOtherFromRunningAndIsRunOnceItCan() throws IOException {
    Path later = folder.resolve("later");
    String paths = "data.path=" + later + "," + folder.resolve("images");
    RealRun run = sweep(() -> false, paths);
    assertEquals(3, run.code(), run.err());
    assertTrue(run.out().contains("later"), run.out());
    assertEquals(2, sweep(() -> false, paths, "--cell", "1").code(), "nothing could start");
    TinyImages.gray(later, 20, 4);
    RealRun again = sweep(() -> false, paths);
    assertEquals(0, again.code(), again.err());
    assertTrue(again.out().contains("Report: "), again.out());
  }

  @Test
  void threeProcessesShareASweepAndRunEveryCellOnce() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      List<String> words =
          List.of("sweep", config.toString(), "zo.seeds=1,2", "zo.rounds=1,9", "output=" + sweep);
      processes.add(
          new ProcessBuilder(JavaProcess.command(Main.class, List.of(), words))
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("log" + i).toFile())
              .start());
    }
    StringBuilder logs = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      int code = processes.get(i).waitFor();
      logs.append(Files.readString(folder.resolve("log" + i)));
      assertEquals(0, code, logs.toString());
    }
    for (SweepGrid.Cell cell : SweepGrid.parse(List.of("zo.seeds=1,2", "zo.rounds=1,9")).cells()) {
      Path run = sweep.resolve("cells").resolve(cell.label());
      assertTrue(Files.exists(run.resolve("summary.json")), logs.toString());
      assertFalse(Files.exists(run.resolve("provenance-2.json")), "started twice: " + logs);
    }
    String csv = Files.readString(sweep.resolve("sweep.csv"));
    assertEquals(1 + 4 * 2, csv.lines().filter(l -> !l.contains("run")).count(), csv);
    assertTrue(logs.toString().contains("Report: "), logs.toString());
  }

  @Test
  void jobsAtOnceGiveTheSameAndKeepTheirLogsApart() throws IOException {
    assertEquals(0, sweep(() -> false, "zo.seeds=1,2,3").code());
    String one = Files.readString(sweep.resolve("sweep.csv"));
    sweep = folder.resolve("jobs");
    RealRun run = sweep(() -> false, "zo.seeds=1,2,3", "--jobs", "3", "--tensorboard");
    assertEquals(0, run.code(), run.err());
    assertEquals(withoutSeconds(one), withoutSeconds(Files.readString(sweep.resolve("sweep.csv"))));
    for (int seeds = 1; seeds <= 3; seeds++) {
      Path cell = sweep.resolve("cells/zo.seeds=" + seeds);
      String log = Files.readString(cell.resolve("run.log"));
      assertTrue(log.contains("cell " + seeds + "/3  ZOWarmUp seed 1 zo"), log);
      assertTrue(log.contains("Run folder: " + cell), log);
      int others = seeds % 3 + 1;
      assertFalse(log.contains("cell " + others + "/3"), log);
      assertTrue(Files.isDirectory(cell.resolve("tensorboard/zowarmup-seed1")));
    }
  }

  @Test
  void partsAndSingleCellsMakeTheWholeAndTheLastOneTheReport() {
    String[] grid = {"zo.seeds=1,2", "zo.rounds=1,2"};
    assertEquals("4\n", sweep(() -> false, with(grid, "--cells")).out());
    assertFalse(Files.exists(sweep), "counting makes no folder");
    assertEquals(75, sweep(() -> false, with(grid, "--collect")).code());
    RealRun second = sweep(() -> false, with(grid, "--shard", "2/2"));
    assertEquals(0, second.code(), second.err());
    assertTrue(Files.exists(sweep.resolve("cells/zo.seeds=1,zo.rounds=2/summary.json")));
    assertFalse(Files.exists(sweep.resolve("cells/zo.seeds=1,zo.rounds=1")));
    assertFalse(second.out().contains("Report: "), second.out());
    assertEquals(0, sweep(() -> false, with(grid, "--cell", "1")).code());
    RealRun last = sweep(() -> false, with(grid, "--cell", "3"));
    assertEquals(0, last.code(), last.err());
    assertTrue(last.out().contains("Report: "), last.out());
    assertEquals(0, sweep(() -> false, with(grid, "--collect")).code());
    assertEquals(2, sweep(() -> false, with(grid, "--cell", "5")).code());
    assertEquals(2, sweep(() -> false, with(grid, "--shard", "0/2")).code());
    assertEquals(2, sweep(() -> false, with(grid, "--shard", "1/2", "--cell", "1")).code());
    assertEquals(2, sweep(() -> false, with(grid, "--jobs", "0")).code());
  }

  private static String[] with(String[] words, String... more) {
    return Stream.concat(Stream.of(words), Stream.of(more)).toArray(String[]::new);
  }

  @Test
  void aCellThatAnotherProcessHasIsLeftToItWithoutWaiting() throws IOException {
    Path locks = Files.createDirectories(sweep.resolve(".locks"));
    try (RunLock taken = RunLock.tryTake(locks.resolve("zo.seeds=1.cell")).orElseThrow()) {
      RealRun run = sweep(() -> false, "zo.seeds=1,2");
      assertEquals(0, run.code(), run.err());
      assertTrue(run.out().contains("running"), run.out());
      assertFalse(run.out().contains("Report: "), run.out());
      assertFalse(Files.exists(sweep.resolve("cells/zo.seeds=1")));
      assertEquals(75, sweep(() -> false, "zo.seeds=1,2", "--collect").code());
    }
    assertEquals(0, sweep(() -> false, "zo.seeds=1,2").code());
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
