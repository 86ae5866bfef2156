package org.zowarmup.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A process of its own for one figure: how far its resident memory grows, at its highest, from the
 * moment before a client's executable is made. A small network has run before, so that classes,
 * libraries and compiled code are in memory already.
 */
final class MemoryChild {
  private static final Path STATUS = Path.of("/proc/self/status");

  /** Writing 5 makes the kernel forget the peak: proc(5). */
  private static final Path CLEAR_REFS = Path.of("/proc/self/clear_refs");

  private static final int KILO = 1024;

  private MemoryChild() {}

  /** Arguments: model, training, batch. Prints the growth in bytes. */
  public static void main(String[] arguments) {
    boolean training = Boolean.parseBoolean(arguments[1]);
    new MemoryCase("cnn", training, 1).run(() -> {}, () -> {});
    new MemoryCase("vit-tiny", training, 1).run(() -> {}, () -> {});
    long[] before = new long[1];
    new MemoryCase(arguments[0], training, Integer.parseInt(arguments[2]))
        .run(
            () -> {
              before[0] = forgetPeak();
            },
            () -> System.out.println(peak() - before[0]));
  }

  private static long forgetPeak() {
    System.gc();
    try {
      Files.writeString(CLEAR_REFS, "5");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return field("VmRSS:");
  }

  private static long peak() {
    return field("VmHWM:");
  }

  private static long field(String name) {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith(name)) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) * KILO;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalStateException(STATUS + ": expected a line " + name + ", found none");
  }
}
