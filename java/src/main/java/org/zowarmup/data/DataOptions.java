package org.zowarmup.data;

import org.zowarmup.error.ConfigException;

/**
 * Choices about a data set that its files leave open; null where the config leaves them open too.
 *
 * @param size pixels a side that every image file is resized to; null: they have one size
 * @param background what lies behind transparent pixels, black or white; null: they are refused
 * @param testPart part of the images that become the test set of a set without one
 * @param transposed whether images are stored column by column; null: by the names of the files
 */
public record DataOptions(Integer size, String background, Double testPart, Boolean transposed) {
  public static final DataOptions NONE = new DataOptions(null, null, null, null);

  /** The gray value of the background, null where there is none. */
  public Integer ground() {
    return background == null ? null : background.equals("black") ? 0 : 255;
  }

  /** Names of the options that are set and values, for the name of a converted copy. */
  String text() {
    return equals(NONE) ? "" : toString();
  }

  /**
   * Refuses an option that a source does not know.
   *
   * @throws ConfigException naming its key
   */
  void refuse(boolean set, String key, String source, String meaning) {
    if (set) {
      throw new ConfigException(
          "data." + key,
          "expected null with data.source %s, for it says %s; remove it"
              .formatted(source, meaning));
    }
  }

  /** Refuses what only image files can have. */
  public void refuseOfImageFiles(String source) {
    refuse(size != null, "size", source, "how image files are resized");
    refuse(background != null, "background", source, "what lies behind transparent image files");
  }

  /** Refuses what only idx files can be. */
  public void refuseTransposed(String source) {
    refuse(transposed != null, "transposed", source, "how idx files are stored");
  }

  /** Refuses the draw of a test set. */
  public void refuseTestPart(String source) {
    refuse(testPart != null, "testPart", source, "how a set without test images is cut");
  }
}
