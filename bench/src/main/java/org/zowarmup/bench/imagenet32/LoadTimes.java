package org.zowarmup.bench.imagenet32;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSources;
import org.zowarmup.data.Normalization;
import org.zowarmup.data.cache.CacheFile;
import org.zowarmup.data.cache.CachedData;
import org.zowarmup.data.format.bytes.ResidentBytes;

/**
 * Loading beside plain reading of the same files in the same run, alternating, all with as many
 * threads. Plain reading goes over the files into one small buffer a thread and throws the bytes
 * away. Touching writes a byte to every page of new memory of their size, for which the system has
 * to find and clear pages; keeping reads them into such memory, the least that any resident data
 * set costs. Loading decodes the pickles and turns planes into pixels on the way there.
 */
final class LoadTimes {
  private static final int TASK_BYTES = 1 << 24;
  private static final int BUFFER_BYTES = 1 << 18;
  private static final int PAGE_BYTES = 4096;

  private static final ThreadLocal<ByteBuffer> BUFFER =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BUFFER_BYTES));

  private LoadTimes() {}

  /**
   * @param cold whether to drop the files from the system's cache before each reading
   */
  static List<String> measure(Path folder, int times, boolean cold) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    long bytes = 0;
    for (Path file : files) {
      bytes += Files.size(file);
    }
    load(folder); // by itself, so that its peak is its own; and the classes are loaded
    long peak = peakBytes();
    if (!cold) {
      read(files); // now they are in the cache, as far as it holds them
    }
    double[] reading = new double[times];
    double[] touching = new double[times];
    double[] keeping = new double[times];
    double[] loading = new double[times];
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%d files, %d bytes, %s cache, %d threads",
            files.size(),
            bytes,
            cold ? "cold" : "warm",
            Runtime.getRuntime().availableProcessors()));
    for (int i = 0; i < times; i++) {
      reading[i] = seconds(files, cold, () -> read(files));
      long size = bytes;
      touching[i] = seconds(files, false, () -> touch(size));
      keeping[i] = seconds(files, cold, () -> keep(files));
      loading[i] = seconds(files, cold, () -> load(folder));
      lines.add(
          String.format(
              Locale.ROOT,
              "  read %s   touch %s   keep %s   load %s",
              rate(reading[i], bytes),
              rate(touching[i], bytes),
              rate(keeping[i], bytes),
              rate(loading[i], bytes)));
    }
    lines.add(
        String.format(
            Locale.ROOT,
            "  median: read %s, touch %s, keep %s, load %s",
            rate(median(reading), bytes),
            rate(median(touching), bytes),
            rate(median(keeping), bytes),
            rate(median(loading), bytes)));
    lines.add("  load as a part of reading: " + ratios(reading, loading));
    lines.add("  load as a part of keeping: " + ratios(keeping, loading));
    lines.add("  peak memory of the process after one load: %,d bytes".formatted(peak));
    return lines;
  }

  /** Opens a converted copy as a run does, then waits for its checksums. */
  static String start(Path file) {
    long start = System.nanoTime();
    try (CachedData cached = CacheFile.open(file)) {
      Normalization statistics = Normalization.of(cached.data().train());
      double opened = (System.nanoTime() - start) * 1e-9;
      cached.checkInBackground();
      cached.awaitCheck();
      double checked = (System.nanoTime() - start) * 1e-9;
      return String.format(
          Locale.ROOT,
          "%,d images: ready to train after %.3f s (%s); all checksums compared after %.3f s",
          cached.data().train().count(),
          opened,
          statistics,
          checked);
    }
  }

  private static String rate(double seconds, long bytes) {
    return String.format(Locale.ROOT, "%.3f s (%.2f GB/s)", seconds, bytes / seconds / 1e9);
  }

  private static String ratios(double[] plain, double[] loading) {
    double[] ratios =
        IntStream.range(0, plain.length).mapToDouble(i -> plain[i] / loading[i]).toArray();
    return String.format(
        Locale.ROOT,
        "%.2f (%.2f to %.2f)",
        median(ratios),
        Arrays.stream(ratios).min().orElseThrow(),
        Arrays.stream(ratios).max().orElseThrow());
  }

  private static double seconds(List<Path> files, boolean cold, Runnable work) throws IOException {
    if (cold) {
      for (Path file : files) {
        dropFromCache(file);
      }
    }
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) * 1e-9;
  }

  private static void load(Path folder) {
    try (DataSet data = DataSources.resolve("auto", folder).load(folder)) {
      if (data.train().count() == 0) {
        throw new IllegalStateException("nothing loaded");
      }
    }
  }

  /**
   * A stretch of a file.
   *
   * @param to where it goes in memory that keeps all files
   */
  private record Piece(Path file, long from, long bytes, long to) {}

  private static List<Piece> pieces(List<Path> files) {
    try {
      List<Piece> pieces = new ArrayList<>();
      long to = 0;
      for (Path file : files) {
        long size = Files.size(file);
        for (long from = 0; from < size; from += TASK_BYTES) {
          long bytes = Math.min(TASK_BYTES, size - from);
          pieces.add(new Piece(file, from, bytes, to));
          to += bytes;
        }
      }
      return pieces;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void read(List<Path> files) {
    pieces(files).parallelStream().forEach(piece -> read(piece, BUFFER.get().clear()));
  }

  private static void touch(long bytes) {
    try (ResidentBytes memory = ResidentBytes.allocate(bytes, "the files")) {
      LongStream.range(0, bytes / PAGE_BYTES)
          .parallel()
          .forEach(page -> memory.put(page * PAGE_BYTES, (byte) 1));
    }
  }

  private static void keep(List<Path> files) {
    List<Piece> pieces = pieces(files);
    Piece last = pieces.get(pieces.size() - 1);
    try (ResidentBytes memory = ResidentBytes.allocate(last.to + last.bytes, "the files")) {
      pieces.parallelStream()
          .forEach(piece -> read(piece, memory.slice(piece.to, piece.bytes).asByteBuffer()));
    }
  }

  /** Reads as often as the buffer is full, each time from its start. */
  private static void read(Piece piece, ByteBuffer buffer) {
    try (FileChannel channel = FileChannel.open(piece.file, StandardOpenOption.READ)) {
      long end = piece.from + piece.bytes;
      for (long at = piece.from; at < end; ) {
        if (!buffer.hasRemaining()) {
          buffer.clear();
        }
        if (buffer.remaining() > end - at) {
          buffer.limit(buffer.position() + (int) (end - at));
        }
        int read = channel.read(buffer, at);
        if (read < 0) {
          throw new IOException(piece.file + " became shorter");
        }
        at += read;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** POSIX_FADV_DONTNEED by way of dd, which every Linux has. */
  private static void dropFromCache(Path file) throws IOException {
    Process dd =
        new ProcessBuilder("dd", "if=" + file, "iflag=nocache", "count=0", "status=none")
            .inheritIO()
            .start();
    try {
      if (dd.waitFor() != 0) {
        throw new IOException("dd could not drop " + file + " from the cache");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** The most memory that this process has had resident so far. */
  private static long peakBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM:")) {
        return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    return 0;
  }
}
