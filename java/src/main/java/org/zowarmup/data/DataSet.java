package org.zowarmup.data;

import java.util.function.Supplier;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;

/**
 * Training and test images of one task. Owns both sets.
 *
 * @param source where the images came from, as messages name it
 * @param train [N,H,W,C] uint8 with labels
 * @param test images of the same height, width, channels and classes
 */
public record DataSet(String source, ImageSet train, ImageSet test) implements AutoCloseable {
  /**
   * @throws BadDataException if the sets differ in image size, channels or classes; they stay open
   *     then
   */
  public DataSet {
    String trainSize = size(train);
    String testSize = size(test);
    if (!trainSize.equals(testSize)) {
      throw new BadDataException(
          source, "test images", "%s as the training images".formatted(trainSize), testSize);
    }
    if (!train.classNames().equals(test.classNames())) {
      throw new BadDataException(
          source,
          "test classes",
          "%d classes as in training: %s".formatted(train.classes(), train.classNames()),
          "%d: %s".formatted(test.classes(), test.classNames()));
    }
  }

  /**
   * Loads the training images, then the test images; closes what is loaded where one of them fails
   * or they differ.
   */
  public static DataSet load(
      String source, Supplier<ImageSet> trainSet, Supplier<ImageSet> testSet) {
    ImageSet train = trainSet.get();
    ImageSet test = null;
    try {
      test = testSet.get();
      return new DataSet(source, train, test);
    } catch (RuntimeException e) {
      train.close();
      if (test != null) {
        test.close();
      }
      throw e;
    }
  }

  /**
   * Keeps the images for a run until {@link #release}, also where the set is closed before.
   *
   * @throws UserErrorException if it was closed
   */
  public void hold() {
    try {
      train.pixels();
      test.hold();
      train.hold();
    } catch (UserErrorException e) {
      throw new UserErrorException("data set %s, %s".formatted(source, e.getMessage()), e);
    }
  }

  /** Ends one {@link #hold}. */
  public void release() {
    train.release();
    test.release();
  }

  private static String size(ImageSet set) {
    return set.height() + "x" + set.width() + "x" + set.channels();
  }

  public int height() {
    return train.height();
  }

  public int width() {
    return train.width();
  }

  public int channels() {
    return train.channels();
  }

  public int classes() {
    return train.classes();
  }

  @Override
  public void close() {
    try (train) {
      test.close();
    }
  }
}
