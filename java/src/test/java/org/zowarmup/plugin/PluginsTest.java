package org.zowarmup.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.Metric;

class PluginsTest {
  private static final String FILE = "META-INF/services/" + Metric.class.getName();

  @TempDir Path folder;

  /** A metric that cannot be made. */
  public static final class Unmade implements Metric {
    public Unmade() {
      throw new IllegalStateException("boom");
    }

    @Override
    public String name() {
      return "unmade";
    }

    @Override
    public double of(float[] logits, int[] labels, int classes) {
      return 0;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "my.Nope, Provider my.Nope not found",
    "org.zowarmup.plugin.PluginsTest, not a subtype",
    "org.zowarmup.plugin.PluginsTest$Unmade, java.lang.IllegalStateException: boom",
    "a b, Illegal"
  })
  void aServiceFileThatNamesNoSuchClassIsNamedWithItsJar(String provider, String problem)
      throws Exception {
    Path jar = folder.resolve("my.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new ZipEntry(FILE));
      out.write(provider.getBytes(StandardCharsets.UTF_8));
    }
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, before)) {
      thread.setContextClassLoader(loader);
      String line =
          assertThrows(UserErrorException.class, () -> Plugins.load(Metric.class)).getMessage();
      assertTrue(line.contains("my.jar"), line);
      assertTrue(line.contains(FILE), line);
      assertTrue(line.contains(problem), line);
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @Test
  void theClassOfAPartIsNamedThroughItsWrapper() {
    Metric mine =
        new Metric() {
          @Override
          public String name() {
            return null;
          }

          @Override
          public double of(float[] logits, int[] labels, int classes) {
            throw new OutOfMemoryError("no part of this");
          }
        };
    Metric named = Own.named(Metric.class, "metric", mine);
    assertEquals(mine.getClass().getName(), Own.name(named));
    assertEquals(
        "metric %s: expected a String from its name, found null"
            .formatted(mine.getClass().getName()),
        assertThrows(UserErrorException.class, named::name).getMessage());
    assertThrows(OutOfMemoryError.class, () -> named.of(new float[0], new int[0], 2));
  }
}
