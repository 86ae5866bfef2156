package org.zowarmup.data.users;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.format.bytes.ResidentBytes;
import org.zowarmup.error.BadDataException;

/**
 * The images of one part of a data set, user by user, on their way to memory. All of them are
 * counted before any is stored.
 */
public final class UserImages {
  /** Handwritten characters in the order of their labels in EMNIST by class: 0-9, A-Z, a-z. */
  private static final String CHARACTERS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  private static final int MAX_CLASSES = 1 << 16;

  private final String source;
  private final int height;
  private final int width;
  private final int channels;
  private final List<String> names = new ArrayList<>();
  private final int[] owners;
  private final int[] labels;
  private final ResidentBytes pixels;
  private int count;
  private int most;

  /**
   * @param count images in all
   */
  public UserImages(String source, long count, int height, int width, int channels) {
    this.source = source;
    this.height = height;
    this.width = width;
    this.channels = channels;
    if (count < 1 || count > Integer.MAX_VALUE - 8) {
      throw new BadDataException(
          source, "", "1 to 2^31 images in training and test set", "a set of " + count);
    }
    this.owners = new int[(int) count];
    this.labels = new int[(int) count];
    this.pixels = ResidentBytes.allocate(count * height * width * channels, "images of " + source);
  }

  /** The images that follow are this user's; a user may have some in several files. */
  public void user(String name) {
    names.add(name);
  }

  /** Stores the label of an image. */
  public void label(int image, long label, String where) {
    if (label < 0 || label >= MAX_CLASSES) {
      throw new BadDataException(
          source, where, "labels from 0 to " + (MAX_CLASSES - 1), String.valueOf(label));
    }
    labels[image] = (int) label;
    most = Math.max(most, (int) label);
  }

  /** Claims places for images of the last user and returns the first. */
  public int claim(int images, String where) {
    if (images > owners.length - count) {
      throw new BadDataException(source, where, owners.length + " images", "more");
    }
    int first = count;
    Arrays.fill(owners, first, first + images, names.size() - 1);
    count += images;
    return first;
  }

  /** Stores one image [height, width, channels]. */
  public void pixels(int image, byte[] content) {
    long bytes = (long) height * width * channels;
    pixels.slice(image * bytes, bytes).put(content, 0, content.length);
  }

  /** Bytes of an image. */
  public int imageBytes() {
    return height * width * channels;
  }

  /**
   * A level of a pixel from 0 to 1, to the nearest of 0 to 255.
   *
   * @throws BadDataException if it is none
   */
  public byte level(double value, String where) {
    if (!(value >= 0 && value <= 1)) {
      throw new BadDataException(
          source,
          where,
          "pixels from 0 to 1",
          value + (value > 1 && value <= 255 ? "; divide them by 255" : ""));
    }
    return (byte) Math.round(value * 255);
  }

  /** Frees what was stored, where no data set has become of it. */
  public void close() {
    pixels.close();
  }

  private ImageSet set(List<String> classes) {
    if (count != owners.length) {
      throw new BadDataException(source, "", owners.length + " images", String.valueOf(count));
    }
    return new ImageSet(
        pixels,
        height,
        width,
        channels,
        labels,
        classes,
        null,
        new ImageSet.Users(List.copyOf(names), owners));
  }

  /** Both parts as a data set, which owns their memory. */
  public static DataSet dataSet(String source, UserImages train, UserImages test) {
    int classes = Math.max(train.most, test.most) + 1;
    boolean characters =
        train.channels == 1 && train.height == 28 && classes <= CHARACTERS.length();
    List<String> names =
        characters
            ? CHARACTERS
                .substring(0, classes <= 10 ? 10 : CHARACTERS.length())
                .chars()
                .mapToObj(Character::toString)
                .toList()
            : IntStream.range(0, classes).mapToObj(String::valueOf).toList();
    return new DataSet(source, train.set(names), test.set(names));
  }
}
