package org.zowarmup.record.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.JavaProcess;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.RunFolder;

/** Processes that meet in one folder, with and without locks of the file system. */
@Timeout(60)
class RunLockTest {
  /** Takes the lock of a folder and keeps it until its input ends. */
  static final class Taker {
    public static void main(String[] arguments) throws IOException {
      try (RunLock lock = RunLock.take(new RunFolder(Path.of(arguments[0])))) {
        System.out.println("taken");
        System.in.read();
      } catch (UserErrorException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  /** As Lustre without flock and an NFS without its lock daemon answer. */
  private static final String NO_LOCKS =
      """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <errno.h>
      #include <fcntl.h>
      #include <stdarg.h>
      static int call(const char *name, int fd, int command, void *argument) {
        if (command == F_SETLK || command == F_SETLKW) {
          errno = ENOLCK;
          return -1;
        }
        return ((int (*)(int, int, ...)) dlsym(RTLD_NEXT, name))(fd, command, argument);
      }
      #define OVER(name) int name(int fd, int command, ...) { \\
        va_list rest; va_start(rest, command); void *argument = va_arg(rest, void *); \\
        va_end(rest); return call(#name, fd, command, argument); }
      OVER(fcntl)
      OVER(fcntl64)
      """;

  @TempDir Path folder;
  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void end() {
    started.forEach(Process::destroyForcibly);
  }

  private Process start(Map<String, String> environment) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(JavaProcess.command(Taker.class, List.of(), List.of(folder.toString())));
    builder.environment().keySet().removeIf(name -> name.startsWith("SLURM"));
    builder.environment().putAll(environment);
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    started.add(process);
    return process;
  }

  /** The line in which a process says what it got. */
  private static String line(Process process) {
    try {
      return process.inputReader(StandardCharsets.UTF_8).lines().findFirst().orElse("");
    } catch (UncheckedIOException e) {
      return e.toString();
    }
  }

  private void assertOneAtATime(Map<String, String> environment, String more) throws Exception {
    Process first = start(environment);
    assertEquals("taken", line(first));
    String refused = line(start(environment));
    assertTrue(
        refused.startsWith(
            "run folder %s: expected no other process at work in it, found process %d on "
                .formatted(folder, first.pid())),
        refused);
    assertTrue(refused.contains(more) && refused.contains("; wait for it or stop it"), refused);
    first.destroyForcibly().waitFor(20, TimeUnit.SECONDS);
    Process next = start(environment);
    assertEquals("taken", line(next), "after the first was killed");
    next.getOutputStream().close();
    assertEquals(0, next.waitFor());
    assertFalse(Files.exists(folder.resolve(".lock-holder")));
    assertTrue(new RunFolder(folder).isBlank());
  }

  @Test
  void locksOfTheSystemTellWhoRuns() throws Exception {
    assertOneAtATime(Map.of(), "");
  }

  @Test
  void withoutLocksAFileTellsIt() throws Exception {
    Path source = Files.writeString(folder.resolve(".no-locks.c"), NO_LOCKS);
    Path library = folder.resolve(".no-locks.so");
    Process compiler =
        new ProcessBuilder(
                "g++", "-x", "c", "-shared", "-fPIC", "-o", library.toString(), source.toString())
            .inheritIO()
            .start();
    assertEquals(0, compiler.waitFor());
    Map<String, String> noLocks = Map.of("LD_PRELOAD", library.toString());
    assertOneAtATime(noLocks, "(by " + folder.resolve(".lock-holder"));

    // a job that Slurm starts again after its node has died
    Files.writeString(folder.resolve(".lock-holder"), "node7 4711 12 0\n");
    assertTrue(line(start(noLocks)).contains("found process 4711 on node7 of job 12 (by "));
    Process again = start(Map.of("LD_PRELOAD", library.toString(), "SLURM_JOB_ID", "12"));
    assertTrue(line(again).contains("found process 4711 on node7 of job 12 (by "));
    Process requeued =
        start(
            Map.of(
                "LD_PRELOAD",
                library.toString(),
                "SLURM_JOB_ID",
                "12",
                "SLURM_RESTART_COUNT",
                "1"));
    assertEquals("taken", line(requeued));
  }
}
