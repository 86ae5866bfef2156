package org.zowarmup.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The launcher in a folder like a source tree, whose program says what it was started with. */
@Timeout(60)
class LauncherTest {
  private static final String MAIN =
      """
      package org.zowarmup.cli;
      public final class Main {
        public static void main(String[] words) {
          System.out.println(String.join(" ", words) + " " + System.getenv("_JAVA_SR_SIGNUM"));
        }
      }
      """;

  /** All that it calls, beside Java. */
  private static final List<String> TOOLS =
      List.of("bash", "dirname", "readlink", "find", "stat", "sed", "head", "locale", "flock");

  @TempDir Path folder;
  private Path root;
  private Path jar;

  @BeforeEach
  void tree() throws IOException {
    root = Files.createDirectories(folder.resolve("a program ü"));
    Files.copy(Path.of("../zowarmup"), root.resolve("zowarmup"));
    Files.setPosixFilePermissions(
        root.resolve("zowarmup"), Files.getPosixFilePermissions(Path.of("../zowarmup")));
    for (String module : List.of("kernels", "native", "java/target", "cli/target/lib")) {
      Files.createDirectories(root.resolve(module));
    }
    Path source =
        Files.createDirectories(folder.resolve("source/org/zowarmup/cli")).resolve("Main.java");
    Files.writeString(source, MAIN);
    assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, source.toString()));
    jar = root.resolve("cli/target/zowarmup-cli.jar");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file)) {
      out.putNextEntry(new JarEntry("org/zowarmup/cli/Main.class"));
      Files.copy(source.resolveSibling("Main.class"), out);
    }
    Files.copy(jar, root.resolve("java/target/zowarmup.jar"));
    Files.writeString(root.resolve("pom.xml"), "");
    Files.createDirectories(folder.resolve("bin"));
    for (String tool : TOOLS) {
      for (String place : System.getenv("PATH").split(":", -1)) {
        Path link = folder.resolve("bin").resolve(tool);
        if (Files.isExecutable(Path.of(place, tool)) && !Files.exists(link)) {
          Files.createSymbolicLink(link, Path.of(place, tool));
        }
      }
    }
  }

  /** So that removing the folder does not speak of what they lead to. */
  @AfterEach
  void unlink() throws IOException {
    for (String tool : TOOLS) {
      Files.deleteIfExists(folder.resolve("bin").resolve(tool));
    }
  }

  /** What it says under a small limit of memory, where there is no Maven. */
  private String start() throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
            "bash", "-c", "ulimit -v 3000000; exec \"$0\" some words", root + "/zowarmup");
    builder.environment().put("PATH", folder.resolve("bin").toString());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("LC_ALL", "C");
    builder.environment().remove("_JAVA_SR_SIGNUM");
    Process process = builder.redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    return said;
  }

  /** Where Java itself could not load its classes, it would end in the middle of one. */
  @Test
  void aLimitOfOpenFilesIsSaidAtOnce() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("bash", "-c", "ulimit -n 48; exec \"$0\" devices", root + "/zowarmup")
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(2, process.waitFor(), said);
    assertEquals(1, said.lines().count(), said);
    assertTrue(said.contains("at least 256 open files, found a limit of 48"), said);
  }

  /** A number that is missing must not start one process without a word. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train c.yaml --ranks | expected a whole number from 1 to 99999, found ''",
        "train c.yaml --ranks= | expected a whole number from 1 to 99999, found ''",
        "train c.yaml --ranks 0 | expected a whole number from 1 to 99999, found '0'",
        "report run --ranks 2 | expected train or resume, whose work ranks share; found: report run"
      })
  void ranksThatCannotBeMeantAreRefused(String words, String expected) throws Exception {
    for (String empty : words.endsWith("--ranks") ? List.of("", " ''") : List.of("")) {
      Process process =
          new ProcessBuilder("bash", "-c", "\"$0\" " + words + empty, root + "/zowarmup")
              .redirectErrorStream(true)
              .start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(2, process.waitFor(), said);
      assertEquals("zowarmup: --ranks: " + expected + "\n", said);
    }
  }

  /** As in the shell of an allocation: the program compares the words with what has started it. */
  @Test
  void ranksAreHandedOnWhereALauncherHasStartedThis() throws IOException, InterruptedException {
    FileTime old = FileTime.from(Instant.now().minus(Duration.ofHours(1)));
    Files.setLastModifiedTime(root.resolve("pom.xml"), old);
    for (String variable : List.of("PMI_SIZE", "OMPI_COMM_WORLD_SIZE")) {
      ProcessBuilder builder =
          new ProcessBuilder(root + "/zowarmup", "train", "--ranks", "2", "some");
      builder.environment().put("PATH", folder.resolve("bin").toString());
      builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
      builder.environment().remove("_JAVA_SR_SIGNUM");
      builder.environment().put(variable, "1");
      Process process = builder.redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals("train some --ranks=2 62\n", said);
      assertEquals(0, process.waitFor(), said);
    }
  }

  @Test
  void whatIsThereRunsWhereNothingCanBeBuilt() throws IOException, InterruptedException {
    FileTime old = FileTime.from(Instant.now().minus(Duration.ofHours(1)));
    Files.setLastModifiedTime(root.resolve("pom.xml"), old);
    assertEquals("some words 62\n", start(), "newer than its sources");
    Files.setLastModifiedTime(jar, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
    String said = start();
    assertTrue(
        said.startsWith("zowarmup: older than its sources, and needs Maven 3.8 or newer to build"),
        said);
    assertTrue(said.endsWith("; running what is there\nsome words 62\n"), said);
    assertEquals(2, said.lines().count(), said);
  }
}
