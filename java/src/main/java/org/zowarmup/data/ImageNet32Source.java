package org.zowarmup.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.zowarmup.data.batches.BatchSets;
import org.zowarmup.data.batches.PickledBatch;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.data.format.numpy.NumpyArray;
import org.zowarmup.data.format.numpy.NumpyFile;
import org.zowarmup.error.BadDataException;

/**
 * {@code imagenet32}: downsampled ImageNet (Chrabaszcz, Loshchilov and Hutter 2017, arXiv
 * 1707.08819) as published, {@code train_data_batch_1} to {@code _10} and {@code val_data}, as
 * pickles or npz files: rows of planar uint8 images, labels 1 to 1000. The other sizes have the
 * same form and are read too.
 */
public final class ImageNet32Source implements DataSource {
  private static final int CLASSES = 1000;
  private static final int MAX_PLACES = 20;
  private static final int MAX_LABELS = 1 << 24;
  private static final Pattern TRAIN = Pattern.compile("train_data_batch_(\\d{1,6})(\\.npz)?");

  /** {@code n01440764 1 tench}: folder, label, name. */
  private static final Pattern NAME = Pattern.compile("\\S+\\s+(\\d+)\\s+(\\S.*)");

  @Override
  public String name() {
    return "imagenet32";
  }

  @Override
  public String expects() {
    return "a folder with train_data_batch_1 to 10 and val_data, pickles or npz";
  }

  @Override
  public boolean recognizes(Path path) {
    return places(path).stream()
        .anyMatch(
            place ->
                PickledBatch.isPickle(place.resolve("train_data_batch_1"))
                    || FileBytes.startsWith(place.resolve("train_data_batch_1.npz"), 'P', 'K'));
  }

  @Override
  public boolean holds(String member) {
    String name = member.substring(member.lastIndexOf('/') + 1);
    return TRAIN.matcher(name).matches() || name.matches("val_data(\\.npz)?");
  }

  /** The folder and those in it: the two archives unpack into two. */
  private static List<Path> places(Path folder) {
    List<Path> places = new ArrayList<>(List.of(folder));
    try {
      Folders.entries(folder).stream()
          .filter(Files::isDirectory)
          .limit(MAX_PLACES)
          .forEach(places::add);
    } catch (IOException e) {
      return places;
    }
    return places;
  }

  /** The first place that holds a file of this name. */
  private static Path place(Path folder, String file) {
    return places(folder).stream()
        .filter(place -> Files.exists(place.resolve(file)))
        .findFirst()
        .orElse(folder);
  }

  @Override
  public DataSet load(Path pathOrNull) {
    Path folder = DataSources.requirePath(name(), expects(), pathOrNull);
    Folders.require(folder, expects());
    String first = "train_data_batch_1";
    String ending = Files.exists(place(folder, first).resolve(first)) ? "" : ".npz";
    String test = "val_data" + ending;
    return BatchSets.load(
        folder,
        trainFiles(place(folder, first + ending), ending),
        List.of(place(folder, test).resolve(test)),
        classNames(folder),
        ending.isEmpty()
            ? file -> PickledBatch.read(file, "labels", 1, CLASSES)
            : ImageNet32Source::npz);
  }

  /** Lists batches 1 to the last one there: fewer are a smaller data set, a gap is a mistake. */
  private static List<Path> trainFiles(Path folder, String ending) {
    TreeMap<Integer, Path> batches = new TreeMap<>();
    try {
      for (Path file : Folders.entries(folder)) {
        Matcher matcher = TRAIN.matcher(file.getFileName().toString());
        if (matcher.matches() && ending.equals(matcher.group(2) == null ? "" : ".npz")) {
          batches.put(Integer.valueOf(matcher.group(1)), file);
        }
      }
    } catch (IOException e) {
      throw new BadDataException(folder, "", "a readable folder", ByteSource.reason(e));
    }
    int last = batches.isEmpty() ? 1 : batches.lastKey();
    for (int i = 1; i <= last; i++) {
      if (!batches.containsKey(i)) {
        throw new BadDataException(
            folder, "", "a file train_data_batch_%d%s".formatted(i, ending), "none");
      }
    }
    return List.copyOf(batches.values());
  }

  private static BatchSets.Batch npz(FileBytes file) {
    NumpyFile arrays = NumpyFile.open(file);
    NumpyArray data = required(file, arrays, "data");
    int[] labels = required(file, arrays, "labels").toInts(MAX_LABELS);
    return PickledBatch.batch(file, data, labels, 1, CLASSES);
  }

  private static NumpyArray required(FileBytes file, NumpyFile arrays, String name) {
    NumpyArray array = arrays.array(name);
    if (array == null) {
      throw new BadDataException(
          file.file(), "", "arrays data and labels", String.join(", ", arrays.names()));
    }
    return array;
  }

  /** From {@code map_clsloc.txt} where that lies beside the files, else the labels. */
  private static List<String> classNames(Path folder) {
    String[] names =
        IntStream.rangeClosed(1, CLASSES).mapToObj(String::valueOf).toArray(String[]::new);
    Path file = folder.resolve("map_clsloc.txt");
    if (Files.isRegularFile(file)) {
      try {
        for (String line : FileBytes.lines(file)) {
          Matcher matcher = NAME.matcher(line.strip());
          int label = matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
          if (label < 1 || label > CLASSES) {
            throw new BadDataException(
                file, "", "lines of folder, label from 1 to 1000 and name", "'" + line + "'");
          }
          names[label - 1] = matcher.group(2);
        }
      } catch (IOException | NumberFormatException e) {
        throw new BadDataException(file, "", "a readable text file", e.toString());
      }
    }
    return List.of(names);
  }
}
