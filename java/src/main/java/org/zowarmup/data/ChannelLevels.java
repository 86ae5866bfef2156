package org.zowarmup.data;

import java.util.stream.IntStream;
import org.zowarmup.data.format.bytes.Planes;
import org.zowarmup.data.format.bytes.ResidentBytes;

/**
 * How often each pixel value occurs in each channel of a set. Exact, so it depends on no order of
 * counting, and small enough to be stored beside a cached set.
 *
 * @param counts [C][256]
 */
public record ChannelLevels(long[][] counts) {
  private static final long BLOCK_PIXELS = 1 << 20;

  /** Counts all pixels, in parallel. */
  static ChannelLevels of(ImageSet set) {
    int channels = set.channels();
    long pixels = (long) set.count() * set.height() * set.width();
    int blocks = Math.toIntExact((pixels + BLOCK_PIXELS - 1) / BLOCK_PIXELS);
    return new ChannelLevels(
        IntStream.range(0, blocks)
            .parallel()
            .mapToObj(block -> levels(set, block * BLOCK_PIXELS, pixels))
            .reduce(ChannelLevels::sum)
            .orElseGet(() -> new long[channels][Planes.LEVELS]));
  }

  private static long[][] levels(ImageSet set, long from, long pixels) {
    long count = Math.min(BLOCK_PIXELS, pixels - from);
    int channels = set.channels();
    return Planes.levels(
        ResidentBytes.slice(set.pixels(), from * channels, count * channels), count, channels);
  }

  private static long[][] sum(long[][] a, long[][] b) {
    long[][] sum = new long[a.length][Planes.LEVELS];
    for (int c = 0; c < a.length; c++) {
      for (int v = 0; v < Planes.LEVELS; v++) {
        sum[c][v] = a[c][v] + b[c][v];
      }
    }
    return sum;
  }

  int channels() {
    return counts.length;
  }
}
