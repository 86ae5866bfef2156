package org.zowarmup.data.batches;

import java.nio.file.Path;
import java.util.List;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.data.format.numpy.NumpyArray;
import org.zowarmup.data.format.pickle.PickleReader;
import org.zowarmup.error.BadDataException;

/**
 * A dict of {@code data}, rows of planar RGB images, and labels: the form of CIFAR's and
 * ImageNet32's files, as pickles or as npz.
 */
public final class PickledBatch {
  private static final int CHANNELS = 3;
  private static final int MAX_LABELS = 1 << 24;

  private PickledBatch() {}

  /**
   * @param labelsKey key of the labels
   * @param smallest the label of class 0
   * @throws BadDataException if it is not such a pickle
   */
  public static BatchSets.Batch read(ByteSource file, String labelsKey, int smallest, int classes) {
    PickleReader.Dict dict = dict(file);
    if (!(dict.get("data") instanceof NumpyArray data)) {
      throw bad(
          file,
          "a numpy array under the key 'data'",
          dict.get("data") instanceof PickleReader.Items
              ? "a list; write numpy.stack of it"
              : "keys " + dict.keys());
    }
    return batch(file, data, labels(file, dict, labelsKey), smallest, classes);
  }

  /** Says whether a file starts as a pickle of a dict does, of any protocol. */
  public static boolean isPickle(Path file) {
    return FileBytes.startsWith(file, 0x80)
        || FileBytes.startsWith(file, '(', 'd', 'p')
        || FileBytes.startsWith(file, '}', 'q')
        || FileBytes.startsWith(file, 'c', 'c', 'o', 'l', 'l', 'e', 'c', 't', 'i', 'o', 'n', 's');
  }

  static PickleReader.Dict dict(ByteSource file) {
    if (!(PickleReader.read(file) instanceof PickleReader.Dict dict)) {
      throw bad(file, "a dict as the one value of the pickle", "another kind of value");
    }
    return dict;
  }

  private static int[] labels(ByteSource file, PickleReader.Dict dict, String key) {
    Object value = dict.get(key);
    int[] labels =
        value instanceof PickleReader.Items list
            ? list.toInts()
            : value instanceof NumpyArray array
                ? array.toInts(MAX_LABELS)
                : value instanceof List<?> tuple ? ints(tuple) : null;
    if (labels == null) {
      throw bad(
          file,
          "a list or array of whole numbers under the key '%s'".formatted(key),
          value == null
              ? "keys " + dict.keys()
              : value instanceof PickleReader.Items list
                      && list.get(0) instanceof PickleReader.Items
                  ? "lists in it; of one-hot labels take numpy.argmax(y, axis=1)"
                  : value instanceof PickleReader.Items || value instanceof List<?>
                      ? "other values in it; number text with numpy.unique(y,"
                          + " return_inverse=True)[1]"
                      : "another kind of value");
    }
    return labels;
  }

  /** A tuple's whole numbers, null where it has others. */
  private static int[] ints(List<?> tuple) {
    boolean whole = tuple.stream().allMatch(v -> v instanceof Long l && l == l.intValue());
    return whole ? tuple.stream().mapToInt(v -> ((Long) v).intValue()).toArray() : null;
  }

  public static BatchSets.Batch batch(
      ByteSource file, NumpyArray stored, int[] labels, int smallest, int classes) {
    NumpyArray data = stored.asBytes();
    long[] shape = data.shape();
    long side = shape.length == 2 ? Math.round(Math.sqrt(shape[1] / (double) CHANNELS)) : 0;
    if (side < 1 || side > 1024 || side * side * CHANNELS != shape[1]) {
      throw stored.bad(
          "rows of 3 planes of square images, such as [N, 3072]",
          "%s, %s".formatted(NumpyArray.show(shape), stored.type()));
    }
    if (shape[0] < 1 || shape[0] != labels.length) {
      throw data.bad(
          labels.length == 0
              ? "at least one image"
              : "%d images, one for each label".formatted(labels.length),
          String.valueOf(shape[0]));
    }
    BatchSets.Batch.checkLabels(labels, smallest, classes, file, 0, "labels");
    PixelLoader.Run run = new PixelLoader.Run(data.payload(), 0, shape[1], true, labels.length);
    return new BatchSets.Batch(run, (int) side, CHANNELS, labels);
  }

  /** The strings of a list in a pickle of names. */
  public static List<String> names(ByteSource file, String key, int count) {
    Object value = dict(file).get(key);
    if (value instanceof PickleReader.Items list && list.size() == count) {
      return java.util.stream.IntStream.range(0, count)
          .mapToObj(list::get)
          .map(PickledBatch::text)
          .toList();
    }
    throw bad(file, "a list of %d names under the key '%s'".formatted(count, key), "none");
  }

  private static String text(Object value) {
    return value instanceof org.zowarmup.data.format.pickle.PickleBytes bytes
        ? bytes.text()
        : String.valueOf(value);
  }

  private static BadDataException bad(ByteSource file, String expected, String found) {
    return new BadDataException(file.name(), "", expected, found);
  }
}
