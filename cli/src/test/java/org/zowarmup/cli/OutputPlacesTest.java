package org.zowarmup.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.run.RealRun;
import org.zowarmup.run.TinyImages;

/** Where the commands that write a file write it, and where they do not. */
class OutputPlacesTest {
  /** Of a process that cannot be: above the largest number that Linux gives. */
  private static final int NO_PROCESS = 99_999_999;

  @TempDir static Path shared;
  private static Path images;
  private static Path config;
  private static Path run;

  @TempDir Path root;

  @BeforeAll
  static void train() throws IOException {
    images = TinyImages.gray(shared.resolve("images"), 6, 2);
    run = shared.resolve("run");
    config = TinyImages.config(shared.resolve("run.yaml"), images);
    RealRun trained = RealRun.train(() -> false, config, run);
    assertEquals(0, trained.code(), trained.err());
  }

  private RealRun command(String name, Path out, String... more) {
    List<String> words =
        switch (name) {
          case "inspect" ->
              List.of("data", "inspect", images.toString(), "--sheet", out.toString());
          case "partition" -> List.of("data", "partition", config.toString(), "--plot=" + out);
          case "convert" -> List.of("data", "convert", images.toString(), out.toString());
          case "replay" -> List.of("replay", run.toString(), "--out", out.toString());
          default -> List.of("export", run.toString(), "--to", name, "--out", out.toString());
        };
    List<String> all = new ArrayList<>(words);
    all.addAll(List.of(more));
    return RealRun.main(() -> false, root, all.toArray(String[]::new));
  }

  private static void assertDone(RealRun done) {
    assertEquals("", done.err());
    assertEquals(0, done.code());
  }

  private static void assertRefused(RealRun refused, String why) {
    assertEquals("", refused.out());
    assertEquals(1, refused.err().lines().count(), refused.err());
    assertTrue(refused.err().contains(why), refused.err());
    assertEquals(2, refused.code());
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(root)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"inspect", "partition", "convert", "replay", "onnx", "npz", "safetensors"})
  void filesFoldersLinksPipesAndDevices(String name)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    Path file = root.resolve("file");
    assertDone(command(name, file));
    byte[] made = Files.readAllBytes(file);

    // a file is kept, and replaced where that is asked for
    byte[] other = {1, 2, 3};
    Files.write(file, other);
    assertRefused(command(name, file), " " + file + ": expected a file that does not exist yet");
    assertArrayEquals(other, Files.readAllBytes(file));
    assertDone(command(name, file, "--force"));
    assertArrayEquals(made, Files.readAllBytes(file));

    Path folder = Files.createDirectory(root.resolve("folder"));
    assertRefused(
        command(name, folder, "--force"), ": expected the name of a file, found a folder");

    // links are followed, those to nothing too, and stay
    Path link = Files.createSymbolicLink(root.resolve("link"), Path.of("folder/real"));
    assertDone(command(name, link));
    assertTrue(Files.isSymbolicLink(link));
    assertArrayEquals(made, Files.readAllBytes(folder.resolve("real")));
    assertRefused(command(name, link), ": expected a file that does not exist yet");
    Path round = Files.createSymbolicLink(root.resolve("round"), Path.of("round"));
    assertRefused(command(name, round), ": expected a file, found links that lead to each other");

    Path pipe = root.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    CompletableFuture<byte[]> read = CompletableFuture.supplyAsync(() -> bytes(pipe));
    RealRun piped = command(name, pipe);
    assertEquals(0, piped.code(), piped.err());
    assertEquals("", piped.out()); // the pipe may be standard output
    assertArrayEquals(made, read.get(10, TimeUnit.SECONDS));
    assertFalse(Files.isRegularFile(pipe));

    RealRun full = command(name, Path.of("/dev/full"), "--force");
    assertEquals(2, full.code(), full.err());
    assertEquals(1, full.err().lines().count(), full.err());
    assertTrue(full.err().contains("No space left on device"), full.err());
    assertTrue(Files.exists(Path.of("/dev/full")));
    assertRefused(
        command(name, file.resolve("below")), "expected a place that can be written to, found");

    // what others have not finished is theirs, what the dead have not is removed
    Path left = Files.write(root.resolve(".new." + NO_PROCESS + ".part"), other);
    Path theirs = Files.write(root.resolve(".new.1.part"), other);
    Path another = Files.write(root.resolve(".older." + NO_PROCESS + ".part"), other);
    assertDone(command(name, root.resolve("new")));
    assertFalse(Files.exists(left));
    assertTrue(Files.exists(theirs) && Files.exists(another));
    assertEquals(
        List.of(
            ".new.1.part",
            ".older." + NO_PROCESS + ".part",
            "file",
            "folder",
            "link",
            "new",
            "pipe",
            "round"),
        names());
  }

  private static byte[] bytes(Path pipe) {
    try {
      return Files.readAllBytes(pipe);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anExportDoesNotReplaceItsWeights() {
    Path weights = run.resolve("weights-zowarmup-seed1.safetensors");
    assertRefused(
        RealRun.main(
            () -> false, root, "export", run.toString(), "--to=npz", "--force", "--out=" + weights),
        ": expected another file than the weights themselves");
  }

  @Test
  void aReportGoesIntoAFolderOfItsOwn() throws IOException {
    Path other = Files.createDirectory(root.resolve("mine"));
    Path file = Files.writeString(other.resolve("loss.png"), "mine");
    assertRefused(report(other), "expected an empty folder or an earlier report, found loss.png");
    assertRefused(report(file), "expected a folder, found a file");
    assertDone(report(other, "--force"));
    assertDone(report(other));
    assertEquals("mine", Files.readString(file));
  }

  /** What a report that ended in the middle has left is known for a report's. */
  @Test
  void aReportThatEndedHalfWayIsMadeAgain() throws IOException {
    Path place = root.resolve("half");
    Path inTheWay = Files.createDirectories(place.resolve("train-loss.png"));
    assertRefused(report(place, "--force"), "train-loss.png: expected the name of a file");
    Files.delete(inTheWay);
    assertDone(report(place));
    assertTrue(Files.isRegularFile(inTheWay));
  }

  private RealRun report(Path place, String... more) {
    List<String> words = new ArrayList<>(List.of("report", run.toString(), "--output=" + place));
    words.addAll(List.of(more));
    return RealRun.main(() -> false, root, words.toArray(String[]::new));
  }
}
