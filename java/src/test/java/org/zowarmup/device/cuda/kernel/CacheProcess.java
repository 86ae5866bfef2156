package org.zowarmup.device.cuda.kernel;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** One of several processes that fill the same cache of kernels at the same time. */
final class CacheProcess {
  /** Kernels that each process asks for. */
  static final int KEYS = 200;

  private static final long START_TIMEOUT_NANOS = 60_000_000_000L;

  private CacheProcess() {}

  private static final int IMAGE_BYTES = 250_000;
  private static final byte[] NOISE = new byte[IMAGE_BYTES + KEYS];

  static {
    new Random(1).nextBytes(NOISE);
  }

  /** So large that writing it takes a while; the same in every process. */
  private static byte[] image(int key) {
    return Arrays.copyOfRange(NOISE, key, key + IMAGE_BYTES);
  }

  /** Arguments: the cache's folder and a file that says when to start. */
  public static void main(String[] arguments) throws Exception {
    KernelCache cache = new KernelCache(Path.of(arguments[0]));
    long started = System.nanoTime();
    while (!Files.exists(Path.of(arguments[1]))) {
      if (System.nanoTime() - started > START_TIMEOUT_NANOS) {
        throw new IllegalStateException("was not told to start");
      }
      Thread.sleep(1);
    }
    for (int key = 0; key < KEYS; key++) {
      int wanted = key;
      KernelSource source = new KernelSource("k" + key + ".cu", "kernel " + key, Map.of());
      byte[] found = cache.get(source, List.of("-o"), "13.0", () -> image(wanted));
      if (!Arrays.equals(image(key), found)) {
        throw new IllegalStateException("kernel " + key + " is not whole");
      }
    }
  }
}
