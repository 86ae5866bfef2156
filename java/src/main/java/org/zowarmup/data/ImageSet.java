package org.zowarmup.data;

import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.data.format.bytes.Planes;
import org.zowarmup.data.format.bytes.ResidentBytes;
import org.zowarmup.error.Printable;
import org.zowarmup.error.UserErrorException;

/** Images and labels, held once, off the Java heap. */
public final class ImageSet implements AutoCloseable {
  private final BytePointer pixels;
  private final int height;
  private final int width;
  private final int channels;
  private final int[] labels;
  private final List<String> classNames;
  private final Users users;
  private Levels levels;
  private int holders;
  private boolean closed;

  /**
   * @param pixels [count, height, width, channels] uint8, row-major, long-indexed; owned by this
   *     set
   * @param labels [count], each from 0 to classes - 1
   * @param classNames one name a class; what could do harm on a screen is left out of them
   */
  public ImageSet(
      BytePointer pixels,
      int height,
      int width,
      int channels,
      int[] labels,
      List<String> classNames) {
    this(pixels, height, width, channels, labels, classNames, null, null);
  }

  /**
   * Users that images belong to.
   *
   * @param names one a user
   * @param of [count], the user of each image
   */
  public record Users(List<String> names, int[] of) {}

  /**
   * @param levels how often each value occurs, where that is known; null to count when asked
   * @param usersOrNull whose the images are, null where they are no one's
   */
  public ImageSet(
      BytePointer pixels,
      int height,
      int width,
      int channels,
      int[] labels,
      List<String> classNames,
      Levels levels,
      Users usersOrNull) {
    long expected = (long) labels.length * height * width * channels;
    if (pixels.capacity() != expected) {
      throw new IllegalArgumentException(
          "pixels: expected %d bytes for %d images of %dx%dx%d, found %d"
              .formatted(expected, labels.length, height, width, channels, pixels.capacity()));
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classNames.size()) {
        throw new IllegalArgumentException(
            "labels: expected 0 to %d for %d classes, found %d at image %d"
                .formatted(classNames.size() - 1, classNames.size(), labels[i], i));
      }
    }
    this.pixels = pixels;
    this.height = height;
    this.width = width;
    this.channels = channels;
    this.labels = labels;
    this.classNames = classNames.stream().map(Printable::name).toList();
    this.levels = levels;
    this.users = usersOrNull;
  }

  /** [count, height, width, channels] uint8; this set's, valid until it is closed. */
  public BytePointer pixels() {
    if (pixels.isNull()) { // native code would end the process
      throw new UserErrorException(
          "images: expected a set that is open, found one that was closed; close it after the last"
              + " run and predictor");
    }
    return pixels;
  }

  public int height() {
    return height;
  }

  public int width() {
    return width;
  }

  public int channels() {
    return channels;
  }

  /** [count], each from 0 to classes - 1; this set's own array. */
  public int[] labels() {
    return labels;
  }

  public List<String> classNames() {
    return classNames;
  }

  /** Whose the images are, null where they are no one's. */
  public Users usersOrNull() {
    return users;
  }

  public int count() {
    return labels.length;
  }

  public int classes() {
    return classNames.size();
  }

  /** Counts of each pixel value in each channel; made once, when first asked for. */
  public synchronized Levels levels() {
    if (levels == null) {
      levels = Levels.of(this);
    }
    return levels;
  }

  /** Keeps the pixels until {@link #release}, also where the set is closed before. */
  synchronized void hold() {
    pixels();
    holders++;
  }

  /** Ends one {@link #hold}. */
  synchronized void release() {
    holders--;
    if (closed && holders == 0) {
      pixels.close();
    }
  }

  /** Frees the pixels, or lets the last run that works with them do so. */
  @Override
  public synchronized void close() {
    closed = true;
    if (holders == 0) {
      pixels.close();
    }
  }

  /**
   * Counts of each pixel value in each channel of a set. Exact, so it depends on no order of
   * counting, and small enough to be stored beside a cached set.
   *
   * @param counts [C][256]
   */
  public record Levels(long[][] counts) {
    private static final long BLOCK_PIXELS = 1 << 20;

    /** Counts all pixels, in parallel. */
    static Levels of(ImageSet set) {
      int channels = set.channels();
      long pixels = (long) set.count() * set.height() * set.width();
      int blocks = Math.toIntExact((pixels + BLOCK_PIXELS - 1) / BLOCK_PIXELS);
      return new Levels(
          IntStream.range(0, blocks)
              .parallel()
              .mapToObj(block -> levels(set, block * BLOCK_PIXELS, pixels))
              .reduce(Levels::sum)
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
}
