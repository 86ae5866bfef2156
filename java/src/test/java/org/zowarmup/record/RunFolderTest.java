package org.zowarmup.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.error.ConfigException;
import org.zowarmup.error.UserErrorException;

class RunFolderTest {
  private static final Instant NOW = Instant.parse("2031-02-03T04:05:06Z");

  @TempDir Path folder;

  @Test
  void runsOfTheSameSecondHaveTheirOwnFolders() {
    assertEquals(
        folder.resolve("quick/20310203-040506"),
        RunFolder.create(folder, "quick", null, NOW, ZoneOffset.UTC).path());
    assertEquals(
        folder.resolve("quick/20310203-040506-2"),
        RunFolder.create(folder, "quick", null, NOW, ZoneOffset.UTC).path());
    long different =
        IntStream.range(0, 13)
            .parallel()
            .mapToObj(i -> RunFolder.create(folder, "quick", null, NOW, ZoneOffset.UTC).path())
            .distinct()
            .count();
    assertEquals(13, different);
  }

  @Test
  void anAskedFolderIsMadeWithItsParents() {
    Path asked = folder.resolve("a/b/c");
    assertEquals(asked, RunFolder.create("x", asked.toString(), NOW).path());
    assertTrue(Files.isDirectory(asked));
  }

  @Test
  void anAskedFolderMustNotExist() throws IOException {
    ConfigException e =
        assertThrows(ConfigException.class, () -> RunFolder.create("x", folder.toString(), NOW));
    assertEquals(
        "output: expected a folder that does not exist yet or is empty, found "
            + folder
            + "; give another name, or continue a run in it with --resume-if-exists",
        e.getMessage());
    Files.writeString(folder.resolve("slurm-12_3.out"), "a batch system's log");
    Files.writeString(folder.resolve("job.e4711"), "and another's");
    assertEquals(folder, RunFolder.requireFree(folder.toString()).orElseThrow());
    Files.writeString(folder.resolve("metrics.csv"), "");
    assertThrows(ConfigException.class, () -> RunFolder.requireFree(folder.toString()));
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("nowhere"));
    assertThrows(ConfigException.class, () -> RunFolder.create("x", link.toString(), NOW));
  }

  @Test
  void aPlaceThatCannotHoldAFolderIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    String message =
        assertThrows(
                ConfigException.class,
                () -> RunFolder.create("x", file.resolve("run").toString(), NOW))
            .getMessage();
    assertEquals(
        "output: expected a folder that can be made, found "
            + file.resolve("run")
            + ": "
            + file
            + " is not a folder; give another place",
        message);
    message =
        assertThrows(
                UserErrorException.class,
                () -> RunFolder.create(file, "x", null, NOW, ZoneOffset.UTC))
            .getMessage();
    assertTrue(message.startsWith("cannot make the run folder in " + file.resolve("x")), message);
    assertTrue(message.endsWith("or give output=DIR"), message);
  }
}
