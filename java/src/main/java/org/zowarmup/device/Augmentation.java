package org.zowarmup.device;

import org.zowarmup.random.Philox;
import org.zowarmup.random.RandomStream;

/**
 * Crop and flip of the images of one job: the image is padded with {@value #PAD} pixels of byte 0
 * on every side, a window of its own size is cut out of it, and the window is mirrored left to
 * right for half of the positions (the usual augmentation of CIFAR: He et al., arXiv 1512.03385,
 * section 4.2). All of it is whole-number geometry before normalization, so that every device makes
 * the same bits.
 *
 * <p>The image at position p of a job, counted from 0 through all its batches and epochs, takes
 * words (w0, w1, w2) of block p of the {@link RandomStream#AUGMENT} stream of {@code key}: the
 * window lies floor(w0 * 9 / 2^32) - 4 columns to the right and floor(w1 * 9 / 2^32) - 4 rows below
 * the image, and is mirrored where the lowest bit of w2 is set. The two sides of a probe see the
 * same pixels.
 *
 * @param on whether images are augmented; if not, {@code key} means nothing
 */
public record Augmentation(boolean on, long key) {
  /** Images as they are. */
  public static final Augmentation NONE = new Augmentation(false, 0);

  /** Rows and columns of padding on every side. */
  public static final int PAD = 4;

  private static final int OFFSETS = 2 * PAD + 1;

  /**
   * One image's window.
   *
   * @param dx columns to the right of the image, -{@value #PAD} to {@value #PAD}
   * @param dy rows below the image, -{@value #PAD} to {@value #PAD}
   * @param flip whether it is mirrored left to right after the cut
   */
  public record Window(int dx, int dy, boolean flip) {
    /** Source column of output column x in an image of the given width; may lie outside of it. */
    public int sourceColumn(int x, int width) {
      return (flip ? width - 1 - x : x) + dx;
    }

    /** Source row of output row y; may lie outside of the image. */
    public int sourceRow(int y) {
      return y + dy;
    }
  }

  /** The image itself. */
  public static final Window WHOLE = new Window(0, 0, false);

  public static Augmentation of(long key) {
    return new Augmentation(true, key);
  }

  /** The window of the image at a position of the job. */
  public Window window(long position) {
    int[] words = new int[4];
    Philox.block(
        key, (int) position, (int) (position >>> 32), RandomStream.AUGMENT.counterWord(), 0, words);
    return new Window(offset(words[0]), offset(words[1]), (words[2] & 1) != 0);
  }

  private static int offset(int word) {
    return (int) (((word & 0xFFFFFFFFL) * OFFSETS) >>> 32) - PAD;
  }
}
