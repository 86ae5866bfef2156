package org.zowarmup.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.zowarmup.run.RealRun;
import org.zowarmup.run.TinyImages;

/** Names of classes and files that would speak to a terminal, a browser or a table program. */
class HostileNamesTest {
  private static final List<String> CLASSES =
      List.of("\u001b[31mred\u001b]0;x\u0007", "a\nzowarmup: done", "</script><img src=x>");
  private static final Pattern CONTROL =
      Pattern.compile("[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e]");

  @TempDir static Path shared;
  private static Path images;
  private static Path config;

  @BeforeAll
  static void writeImages() throws IOException {
    Path plain = TinyImages.gray(shared.resolve("plain"), 6, 4);
    images = shared.resolve("images\u001b[2J");
    for (String set : List.of("train", "test")) {
      Files.createDirectories(images.resolve(set));
      try (Stream<Path> folders = Files.list(plain.resolve(set))) {
        List<Path> sorted = folders.sorted().toList();
        for (int c = 0; c < sorted.size(); c++) {
          // no slash can be in a name
          String name = CLASSES.get(c).replace('/', '\\');
          Files.move(sorted.get(c), images.resolve(set).resolve(name));
        }
      }
    }
    config =
        TinyImages.config(shared.resolve("names.yaml"), images.toString().replace("\u001b", "\\e"));
  }

  private static RealRun run(String... words) {
    RealRun run = RealRun.main(() -> false, shared, words);
    assertHarmless(run.out());
    assertHarmless(run.err());
    return run;
  }

  private static void assertHarmless(String text) {
    Matcher found = CONTROL.matcher(text);
    assertFalse(found.find(), () -> text.substring(0, found.end()));
    assertFalse(text.lines().anyMatch(line -> line.startsWith("zowarmup: done")), text);
  }

  @Test
  void nothingOfThemIsObeyed() throws IOException {
    assertEquals(0, run("data", "inspect", images.toString()).code());
    assertEquals(0, run("data", "partition", config.toString()).code());
    Path folder = shared.resolve("run");
    LoggerFactory.getLogger("org.zowarmup.test").info("before the run"); // no file yet
    RealRun trained = run("train", config.toString(), "output=" + folder);
    assertEquals(0, trained.code(), trained.err());
    assertEquals(
        0, run("evaluate", folder.resolve("weights-zowarmup-seed1.safetensors").toString()).code());
    assertEquals(0, run("report", folder.toString()).code());
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file :
          files.filter(f -> f.toString().matches(".*\\.(log|csv|json|jsonl|yaml|html)")).toList()) {
        if (!file.getFileName().toString().startsWith("seeds-")) {
          assertHarmless(Files.readString(file));
        }
      }
    }
    String page = Files.readString(folder.resolve("report/report.html"));
    assertFalse(page.contains("<img src"), page);
    assertFalse(page.contains("<\\script>"), page);
  }

  @Test
  void aRefusedFileIsNamedInOneLine() throws IOException {
    Path bad = Files.createDirectory(shared.resolve("bad\n\u001b[1m\u009b2J\u202eset"));
    Files.createDirectories(bad.resolve("train/a"));
    Files.writeString(bad.resolve("train/a/\u001b[8m.png"), "no picture");
    RealRun run = run("data", "inspect", bad.toString());
    assertEquals(2, run.code());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains("bad"), run.err());
    run = run("train", config.toString(), "\u001b[2J=1");
    assertEquals(2, run.code());
    assertEquals(1, run.err().lines().count(), run.err());
  }

  /** Such a value is text of the person's own, which a colleague then opens as a table. */
  @Test
  void aSweepsTableHoldsNoFormulas() throws IOException {
    Path folder = shared.resolve("sweep");
    RealRun sweep =
        run("sweep", config.toString(), "data.path='=1+1','@x'", "output=" + folder, "--shard=9/9");
    assertEquals(0, sweep.code(), sweep.err());
    String table = Files.readString(folder.resolve("sweep.csv"));
    assertFalse(table.lines().anyMatch(line -> line.matches("\"?[=+@].*")), table);
  }
}
