package org.zowarmup.data.batches;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.error.BadDataException;

/**
 * Where the files of a CIFAR set lie (Krizhevsky 2009), in both of its versions.
 *
 * @param train names of the training files, without the {@code .bin} of the binary version
 * @param test name of the test file
 * @param labelBytes label bytes of a binary record
 * @param labelsKey key of the labels in a pickle
 * @param metaFile the pickle with the names of the classes, and its key
 * @param namesFile the text file with the names in the binary version
 */
public record CifarLayout(
    String source,
    int classes,
    List<String> train,
    String test,
    int labelBytes,
    String labelsKey,
    String metaFile,
    String namesKey,
    String namesFile) {
  public static final CifarLayout CIFAR10 =
      new CifarLayout(
          "cifar10",
          10,
          IntStream.rangeClosed(1, 5).mapToObj(i -> "data_batch_" + i).toList(),
          "test_batch",
          1,
          "labels",
          "batches.meta",
          "label_names",
          "batches.meta.txt");

  public static final CifarLayout CIFAR100 =
      new CifarLayout(
          "cifar100",
          100,
          List.of("train"),
          "test",
          2,
          "fine_labels",
          "meta",
          "fine_label_names",
          "fine_label_names.txt");

  public boolean recognizes(Path folder) {
    return isBinary(folder) || isPickled(folder);
  }

  private boolean isBinary(Path folder) {
    return Files.isRegularFile(folder.resolve(train.get(0) + ".bin"))
        && Files.isRegularFile(folder.resolve(test + ".bin"));
  }

  private boolean isPickled(Path folder) {
    return FileBytes.startsWith(folder.resolve(train.get(0)), 0x80)
        && FileBytes.startsWith(folder.resolve(test), 0x80);
  }

  public DataSet load(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new BadDataException(
          folder, "", expects(), Files.exists(folder) ? "a file" : "no such folder");
    }
    boolean binary = Files.exists(folder.resolve(train.get(0) + ".bin"));
    String ending = binary ? ".bin" : "";
    List<Path> trainFiles = train.stream().map(name -> folder.resolve(name + ending)).toList();
    List<Path> testFiles = List.of(folder.resolve(test + ending));
    List<String> names = binary ? namesOfText(folder) : namesOfPickle(folder);
    return BatchSets.load(
        folder,
        trainFiles,
        testFiles,
        names,
        binary
            ? file -> CifarBinary.read(file, labelBytes, classes)
            : file -> PickledBatch.read(file, labelsKey, 0, classes));
  }

  public String expects() {
    return "a folder with %s%s and %s, each with .bin behind its name or as a pickle"
        .formatted(train.get(0), train.size() > 1 ? " to " + train.size() : "", test);
  }

  private List<String> numbers() {
    return IntStream.range(0, classes).mapToObj(String::valueOf).toList();
  }

  private List<String> namesOfPickle(Path folder) {
    Path meta = folder.resolve(metaFile);
    if (!Files.exists(meta)) {
      return numbers();
    }
    try (FileBytes file = FileBytes.open(meta, "a pickle with the names of the classes")) {
      return PickledBatch.names(file, namesKey, classes);
    }
  }

  private List<String> namesOfText(Path folder) {
    Path file = folder.resolve(namesFile);
    if (!Files.exists(file)) {
      return numbers();
    }
    try {
      List<String> names =
          Files.readAllLines(file).stream().map(String::strip).filter(n -> !n.isEmpty()).toList();
      if (names.size() != classes) {
        throw new BadDataException(
            file, "", "%d names, one a line".formatted(classes), String.valueOf(names.size()));
      }
      return names;
    } catch (IOException e) {
      throw new BadDataException(file, "", "a readable text file", e.toString());
    }
  }
}
