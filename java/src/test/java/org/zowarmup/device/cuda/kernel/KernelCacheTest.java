package org.zowarmup.device.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.JavaProcess;

final class KernelCacheTest {
  private static final KernelSource SOURCE =
      new KernelSource("k.cu", "#include \"h.h\"\nkernel", Map.of("h.h", "header"));
  private static final List<String> OPTIONS = List.of("--gpu-architecture=sm_90");
  private static final byte[] IMAGE = {1, 2, 3};

  @TempDir Path root;
  private final AtomicInteger compiled = new AtomicInteger();

  private byte[] get(KernelSource source, List<String> options, String version) {
    return new KernelCache(root)
        .get(
            source,
            options,
            version,
            () -> {
              compiled.incrementAndGet();
              return IMAGE.clone();
            });
  }

  @Test
  void whatWasCompiledOnceIsRead() {
    assertArrayEquals(IMAGE, get(SOURCE, OPTIONS, "13.0"));
    assertArrayEquals(IMAGE, get(SOURCE, OPTIONS, "13.0"));
    assertEquals(1, compiled.get());
  }

  @Test
  void sourceHeadersOptionsAndVersionMakeTheKey() {
    String key = KernelCache.key(SOURCE, OPTIONS, "13.0");
    assertNotEquals(key, KernelCache.key(SOURCE, OPTIONS, "13.1"));
    assertNotEquals(key, KernelCache.key(SOURCE, List.of("--gpu-architecture=sm_80"), "13.0"));
    KernelSource other = new KernelSource("k.cu", SOURCE.text(), Map.of("h.h", "header "));
    assertNotEquals(key, KernelCache.key(other, OPTIONS, "13.0"));
    KernelSource text = new KernelSource("k.cu", SOURCE.text() + " ", SOURCE.headers());
    assertNotEquals(key, KernelCache.key(text, OPTIONS, "13.0"));
  }

  @Test
  void aDamagedFileIsMadeAnew() throws Exception {
    get(SOURCE, OPTIONS, "13.0");
    try (Stream<Path> files = Files.walk(root)) {
      Path file = files.filter(Files::isRegularFile).findFirst().orElseThrow();
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length - 1]++;
      Files.write(file, bytes);
    }
    assertArrayEquals(IMAGE, get(SOURCE, OPTIONS, "13.0"));
    assertArrayEquals(IMAGE, get(SOURCE, OPTIONS, "13.0"));
    assertEquals(2, compiled.get());
  }

  @Test
  void severalAtOnceAllGetTheWholeImage() throws Exception {
    IntStream.range(0, 32)
        .parallel()
        .forEach(i -> assertArrayEquals(IMAGE, get(SOURCE, OPTIONS, "13." + i % 2)));
    try (Stream<Path> files = Files.walk(root)) {
      assertEquals(2, files.filter(Files::isRegularFile).count(), "nothing unfinished is left");
    }
  }

  @Test
  void severalProcessesAtOnceAllGetWholeImages() throws Exception {
    Path start = root.resolve("start");
    Path cache = root.resolve("cache");
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      List<String> words =
          JavaProcess.command(
              CacheProcess.class, List.of("-Xmx64m"), List.of(cache.toString(), start.toString()));
      Path output = root.resolve("output" + i);
      processes.add(
          new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start());
    }
    Files.createFile(start);
    for (int i = 0; i < processes.size(); i++) {
      assertTrue(processes.get(i).waitFor(2, TimeUnit.MINUTES), "still running");
      String output = Files.readString(root.resolve("output" + i));
      assertEquals(0, processes.get(i).exitValue(), output);
      assertFalse(output.contains("damaged"), output);
    }
    try (Stream<Path> files = Files.walk(cache)) {
      assertEquals(
          CacheProcess.KEYS, files.filter(Files::isRegularFile).count(), "a file a key, no more");
    }
  }

  @Test
  void aFolderThatCannotBeMadeOnlyCostsTime() throws Exception {
    Path file = Files.createFile(root.resolve("file"));
    KernelCache cache = new KernelCache(file.resolve("below"));
    assertArrayEquals(IMAGE, cache.get(SOURCE, OPTIONS, "13.0", IMAGE::clone));
  }

  @Test
  void theFolderIsTheUsersToName() {
    assertEquals(
        Path.of("/c/kernels"), KernelCache.root(Map.of("ZOWARMUP_CACHE", "/c"), "/home/u"));
    assertEquals(
        Path.of("/x/zowarmup/kernels"),
        KernelCache.root(Map.of("XDG_CACHE_HOME", "/x"), "/home/u"));
    assertEquals(Path.of("/home/u/.cache/zowarmup/kernels"), KernelCache.root(Map.of(), "/home/u"));
  }
}
