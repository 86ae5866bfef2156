package org.zowarmup.data;

import java.nio.file.Path;
import java.util.Arrays;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.data.format.bytes.ResidentBytes;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.ConfigException;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.Purpose;

/**
 * Draws a test set from the images of a data set that has none. The draw depends on the number of
 * images and the part alone, so that all runs on the set are compared on the same images.
 */
public final class TestPart {
  private TestPart() {}

  /**
   * @throws BadDataException if no part is asked for
   */
  public static void require(Path source, Double part, String what) {
    if (part == null) {
      throw new BadDataException(
          source, "", what, "none; data.testPart=0.2 draws a test set from the training images");
    }
  }

  /**
   * @throws ConfigException if a part is asked for where there is a test set
   */
  public static void refuse(Path source, Double part) {
    if (part != null) {
      throw new ConfigException(
          "data.testPart",
          "expected null, as %s has a test set of its own; found %s".formatted(source, part));
    }
  }

  /**
   * @param count images in all, at least two
   * @return whether each is for the test; at least one is, and one is not
   */
  public static boolean[] draw(String source, int count, double part) {
    if (count < 2) {
      throw new BadDataException(source, "", "at least two images to draw a test set", "" + count);
    }
    int wanted = (int) Math.max(1, Math.min(count - 1, Math.rint(count * part)));
    int[] order = new int[count];
    Arrays.setAll(order, i -> i);
    var random = NamedRandom.generator(0, Purpose.TEST_PART, NamedRandom.NONE, NamedRandom.NONE, 0);
    boolean[] test = new boolean[count];
    for (int i = 0; i < wanted; i++) {
      int other = i + random.nextInt(count - i);
      int drawn = order[other];
      order[other] = order[i];
      test[drawn] = true;
    }
    return test;
  }

  /** Copies the images to two sets; those given stay the caller's. */
  static DataSet cut(String source, ImageSet all, double part) {
    boolean[] test = draw(source, all.count(), part);
    return DataSet.load(source, () -> copy(all, test, false), () -> copy(all, test, true));
  }

  private static ImageSet copy(ImageSet all, boolean[] test, boolean wanted) {
    int count = 0;
    for (boolean one : test) {
      count += one == wanted ? 1 : 0;
    }
    long bytes = (long) all.height() * all.width() * all.channels();
    ResidentBytes pixels = ResidentBytes.allocate(count * bytes, "images");
    int[] labels = new int[count];
    int at = 0;
    for (int i = 0; i < test.length; i++) {
      if (test[i] == wanted) {
        BytePointer.memcpy(
            pixels.slice(at * bytes, bytes),
            ResidentBytes.slice(all.pixels(), i * bytes, bytes),
            bytes);
        labels[at++] = all.labels()[i];
      }
    }
    return new ImageSet(
        pixels, all.height(), all.width(), all.channels(), labels, all.classNames());
  }
}
