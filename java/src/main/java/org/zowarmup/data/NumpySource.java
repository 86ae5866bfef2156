package org.zowarmup.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.data.batches.PixelLoader;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.data.format.numpy.NumpyArray;
import org.zowarmup.data.format.numpy.NumpyFile;
import org.zowarmup.error.BadDataException;

/**
 * {@code numpy}: images [N,H,W], [N,H,W,C], [N,C,H,W] or [N,H*H] and whole labels from 0, in one
 * npz file (keys {@code x_train, y_train, x_test, y_test} or {@code train_images, train_labels,
 * ...}), a folder of npy files of those names, or a folder with {@code train.npz} and {@code
 * test.npz} ({@code images, labels} or {@code x, y}).
 */
public final class NumpySource implements DataSource {
  private static final int MAX_IMAGES = 1 << 28;
  private static final int MAX_CLASSES = 1 << 16;
  private static final int MAX_SIDE = 1 << 13;
  private static final List<String> IMAGES = List.of("images", "x", "data", "arr_0");
  private static final List<String> LABELS = List.of("labels", "y", "arr_1");

  @Override
  public String name() {
    return "numpy";
  }

  @Override
  public String expects() {
    return "an npz file, or a folder of npy files, with x_train, y_train, x_test, y_test";
  }

  private static List<String> names(String kind, String part) {
    List<String> own = kind.equals("images") ? IMAGES : LABELS;
    String letter = kind.equals("images") ? "x" : "y";
    List<String> names = new ArrayList<>(List.of(letter + "_" + part, part + "_" + kind));
    names.add(letter.toUpperCase(java.util.Locale.ROOT) + "_" + part);
    names.add(part + "_" + letter);
    names.addAll(own.stream().map(name -> part + "/" + name).toList());
    return names;
  }

  @Override
  public boolean recognizes(Path path) {
    if (Files.isDirectory(path)) {
      return NumpyFile.isNpz(path.resolve("train.npz"))
          || names("images", "train").stream()
              .anyMatch(name -> NumpyFile.isNpy(path.resolve(name + ".npy")));
    }
    return NumpyFile.isNpz(path);
  }

  @Override
  public DataSet load(Path pathOrNull) {
    return load(pathOrNull, DataOptions.NONE);
  }

  @Override
  public DataSet load(Path pathOrNull, DataOptions options) {
    options.refuseOfImageFiles(name());
    options.refuseTransposed(name());
    Path path = DataSources.requirePath(name(), expects(), pathOrNull);
    List<FileBytes> open = new ArrayList<>();
    try {
      Arrays4 arrays = new Arrays4(path, open);
      int[] trainLabels = arrays.labels("train");
      if (!arrays.has("test")) {
        TestPart.require(path, options.testPart(), "arrays x_test and y_test");
        List<String> names = classNames(arrays.get("labels", "train"), trainLabels);
        try (ImageSet all = set(arrays.get("images", "train"), trainLabels, names)) {
          return TestPart.cut(path.toString(), all, options.testPart());
        }
      }
      TestPart.refuse(path, options.testPart());
      int[] testLabels = arrays.labels("test");
      List<String> classNames = classNames(arrays.get("labels", "train"), trainLabels);
      checkLabels(arrays.get("labels", "test"), testLabels, classNames.size());
      return DataSet.load(
          path.toString(),
          () -> set(arrays.get("images", "train"), trainLabels, classNames),
          () -> set(arrays.get("images", "test"), testLabels, classNames));
    } finally {
      open.forEach(FileBytes::close);
    }
  }

  /** Some classes may have no training image, but not most: a damaged label would invent them. */
  private static List<String> classNames(NumpyArray array, int[] labels) {
    int most = Arrays.stream(labels).max().orElse(-1);
    int least = Arrays.stream(labels).min().orElse(-1);
    if (least < 0 || most >= MAX_CLASSES) {
      throw array.bad(
          "labels from 0 to at most %d".formatted(MAX_CLASSES - 1),
          labels.length == 0 ? "no labels" : String.valueOf(least < 0 ? least : most));
    }
    boolean[] seen = new boolean[most + 1];
    int classes = 0;
    for (int label : labels) {
      classes += seen[label] ? 0 : 1;
      seen[label] = true;
    }
    for (int c = 0; c < seen.length && classes * 2 < seen.length; c++) {
      if (!seen[c]) {
        throw array.bad(
            "training images of at least half of the classes from 0 to the greatest label, %d"
                .formatted(most),
            "%d classes, and none of class %d".formatted(classes, c));
      }
    }
    return IntStream.rangeClosed(0, most).mapToObj(String::valueOf).toList();
  }

  private static void checkLabels(NumpyArray array, int[] labels, int classes) {
    for (int label : labels) {
      if (label < 0 || label >= classes) {
        throw array.bad(
            "labels from 0 to %d as in training".formatted(classes - 1), String.valueOf(label));
      }
    }
  }

  private static ImageSet set(NumpyArray stored, int[] labels, List<String> classNames) {
    long[] shape = square(stored.shape());
    boolean planar = shape.length == 4 && !isChannels(shape[3]) && isChannels(shape[1]);
    if (shape.length < 3
        || shape.length > 4
        || (shape.length == 4 && !planar && !isChannels(shape[3]))) {
      throw stored.bad(
          "images [N,H,W], [N,H,W,C] or [N,C,H,W] with 1 or 3 channels, or gray squares [N,H*H]",
          "%s, %s".formatted(NumpyArray.show(shape), stored.type()));
    }
    long height = planar ? shape[2] : shape[1];
    long width = planar ? shape[3] : shape[2];
    long channels = shape.length == 3 ? 1 : planar ? shape[1] : shape[3];
    if (height < 1 || width < 1 || height > MAX_SIDE || width > MAX_SIDE) {
      throw stored.bad(
          "images of 1 to %d pixels a side".formatted(MAX_SIDE), NumpyArray.show(shape));
    }
    if (shape[0] != labels.length || labels.length == 0) {
      throw stored.bad(
          labels.length == 0
              ? "at least one image"
              : "%d images, one for each label".formatted(labels.length),
          String.valueOf(shape[0]));
    }
    NumpyArray images = stored.asBytes();
    PixelLoader.Run run =
        new PixelLoader.Run(images.payload(), 0, height * width * channels, planar, labels.length);
    BytePointer pixels =
        PixelLoader.load(
            List.of(run),
            (int) (height * width),
            (int) channels,
            "images of " + images.payload().source().name());
    return new ImageSet(pixels, (int) height, (int) width, (int) channels, labels, classNames);
  }

  /** Of rows [N, H * H] the images [N, H, H]. */
  private static long[] square(long[] shape) {
    long side = shape.length == 2 ? Math.round(Math.sqrt((double) shape[1])) : 0;
    boolean flat = side > 0 && side * side == shape[1];
    return flat ? new long[] {shape[0], side, side} : shape;
  }

  private static boolean isChannels(long extent) {
    return extent == 1 || extent == 3;
  }

  /** The four arrays, wherever they lie. */
  private static final class Arrays4 {
    private final Path path;
    private final List<FileBytes> open;

    /** Where {@code path} is an npz file, that; else null. */
    private final NumpyFile single;

    private Arrays4(Path path, List<FileBytes> open) {
      this.path = path;
      this.open = open;
      this.single = Files.isDirectory(path) ? null : file(path);
    }

    private NumpyFile file(Path file) {
      FileBytes bytes = FileBytes.open(file, "an npz or npy file");
      open.add(bytes);
      return NumpyFile.open(bytes);
    }

    /** Says whether there are images of this part. */
    private boolean has(String part) {
      Set<String> there = new LinkedHashSet<>();
      return names("images", part).stream().anyMatch(name -> find(name, there) != null);
    }

    private int[] labels(String part) {
      return get("labels", part).toInts(MAX_IMAGES);
    }

    private NumpyArray get(String kind, String part) {
      Set<String> there = new LinkedHashSet<>();
      for (String name : names(kind, part)) {
        NumpyArray array = find(name, there);
        if (array != null) {
          return array;
        }
      }
      throw new BadDataException(
          path,
          "",
          "%s of the %s set in an array %s"
              .formatted(kind, part, String.join(" or ", names(kind, part).subList(0, 2))),
          there.isEmpty() ? "none" : "arrays " + String.join(", ", there));
    }

    /** An array of that name; {@code part/name} is array name of the file part.npz. */
    private NumpyArray find(String name, Set<String> there) {
      int slash = name.indexOf('/');
      if (single != null) {
        there.addAll(single.names());
        return slash < 0 ? single.array(name) : null;
      }
      Path file = path.resolve(slash < 0 ? name + ".npy" : name.substring(0, slash) + ".npz");
      if (!Files.isRegularFile(file)) {
        return null;
      }
      NumpyFile arrays = file(file);
      there.addAll(arrays.names());
      return arrays.array(slash < 0 ? "" : name.substring(slash + 1));
    }
  }
}
