package org.zowarmup.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.zowarmup.data.batches.BatchSets;
import org.zowarmup.data.batches.PickledBatch;
import org.zowarmup.data.batches.PixelLoader;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.data.format.bytes.Payload;
import org.zowarmup.error.BadDataException;

/**
 * CIFAR as published (Krizhevsky 2009), its binary or its python version, in one folder. A binary
 * record is one or two label bytes and 3072 bytes of planes.
 */
public abstract class CifarSource implements DataSource {
  private static final int SIDE = 32;
  private static final int CHANNELS = 3;
  private static final int IMAGE = SIDE * SIDE * CHANNELS;

  private final Layout layout;

  private CifarSource(Layout layout) {
    this.layout = layout;
  }

  /**
   * The names and sizes of one of the two sets.
   *
   * @param train names of the training files, without the {@code .bin} of the binary version
   * @param test name of the test file
   * @param labelBytes label bytes of a binary record; the last one counts (CIFAR-100: coarse, then
   *     fine)
   * @param labelsKey key of the labels in a pickle
   * @param metaFile the pickle with the names of the classes, and its key
   * @param archive a part of the name of the folder in the published archives
   * @param namesFile the text file with the names in the binary version
   */
  private record Layout(
      String name,
      int classes,
      List<String> train,
      String test,
      int labelBytes,
      String labelsKey,
      String metaFile,
      String namesKey,
      String namesFile,
      String archive) {}

  /** {@code cifar10}: CIFAR-10. */
  public static final class Cifar10 extends CifarSource {
    private static final List<String> TRAIN =
        IntStream.rangeClosed(1, 5).mapToObj(i -> "data_batch_" + i).toList();

    public Cifar10() {
      super(
          new Layout(
              "cifar10",
              10,
              TRAIN,
              "test_batch",
              1,
              "labels",
              "batches.meta",
              "label_names",
              "batches.meta.txt",
              "cifar-10-"));
    }
  }

  /** {@code cifar100}: CIFAR-100, with its fine labels. */
  public static final class Cifar100 extends CifarSource {
    public Cifar100() {
      super(
          new Layout(
              "cifar100",
              100,
              List.of("train"),
              "test",
              2,
              "fine_labels",
              "meta",
              "fine_label_names",
              "fine_label_names.txt",
              "cifar-100-"));
    }
  }

  @Override
  public String name() {
    return layout.name;
  }

  @Override
  public boolean recognizes(Path folder) {
    return isBinary(folder) || isPickled(folder);
  }

  /** CIFAR-100's names are common words, so its folder has a say; CIFAR-10's are its own. */
  @Override
  public boolean holds(String member) {
    String name = member.substring(member.lastIndexOf('/') + 1).replaceAll("\\.bin$", "");
    boolean named = member.contains(layout.archive) || isNamed();
    return named
        && (layout.train.contains(name)
            || List.of(layout.test, layout.metaFile, layout.namesFile).contains(name));
  }

  private boolean isBinary(Path folder) {
    return Files.isRegularFile(folder.resolve(layout.train.get(0) + ".bin"))
        && (isNamed() || Files.isRegularFile(folder.resolve(layout.test + ".bin")));
  }

  private boolean isPickled(Path folder) {
    return PickledBatch.isPickle(Folders.named(folder, layout.train.get(0)))
        && (isNamed() || PickledBatch.isPickle(Folders.named(folder, layout.test)));
  }

  /** Says whether the names of the training files are no one else's: data_batch_1 to 5. */
  private boolean isNamed() {
    return layout.train.size() > 1;
  }

  @Override
  public DataSet load(Path pathOrNull) {
    return load(pathOrNull, DataOptions.NONE);
  }

  @Override
  public DataSet load(Path pathOrNull, DataOptions options) {
    options.refuseOfImageFiles(name());
    options.refuseTransposed(name());
    Path folder = DataSources.requirePath(layout.name, expects(), pathOrNull);
    Folders.require(folder, expects());
    boolean binary = Files.exists(folder.resolve(layout.train.get(0) + ".bin"));
    String ending = binary ? ".bin" : "";
    List<Path> trainFiles =
        layout.train.stream().map(file -> Folders.named(folder, file + ending)).toList();
    List<Path> testFiles = List.of(Folders.named(folder, layout.test + ending));
    List<String> names = binary ? namesOfText(folder) : namesOfPickle(folder);
    BatchSets.HeadReader reader =
        binary
            ? this::readBinary
            : file -> PickledBatch.read(file, layout.labelsKey, 0, layout.classes);
    if (!Files.exists(testFiles.get(0))) {
      TestPart.require(folder, options.testPart(), "a file " + testFiles.get(0).getFileName());
      try (ImageSet all = BatchSets.read(folder, trainFiles, names, reader, "training")) {
        return TestPart.cut(folder.toString(), all, options.testPart());
      }
    }
    TestPart.refuse(folder, options.testPart());
    return BatchSets.load(folder, trainFiles, testFiles, names, reader);
  }

  @Override
  public String expects() {
    return "a folder with %s%s and %s, each with .bin after its name or as a pickle"
        .formatted(
            layout.train.get(0),
            layout.train.size() > 1 ? " to " + layout.train.size() : "",
            layout.test);
  }

  private List<String> numbers() {
    return IntStream.range(0, layout.classes).mapToObj(String::valueOf).toList();
  }

  private List<String> namesOfPickle(Path folder) {
    Path meta = Folders.named(folder, layout.metaFile);
    if (!Files.exists(meta)) {
      return numbers();
    }
    try (FileBytes file = FileBytes.open(meta, "a pickle with the names of the classes")) {
      return PickledBatch.names(file, layout.namesKey, layout.classes);
    }
  }

  private List<String> namesOfText(Path folder) {
    Path file = folder.resolve(layout.namesFile);
    if (!Files.exists(file)) {
      return numbers();
    }
    return Folders.lines(file, layout.classes);
  }

  private BatchSets.Batch readBinary(ByteSource file) {
    int stride = layout.labelBytes + IMAGE;
    long count = file.size() / stride;
    if (file.size() % stride != 0 || count > Integer.MAX_VALUE) {
      throw new BadDataException(
          file.name(),
          file.where(count * stride),
          "whole records of %d bytes (%d of labels, %d of pixels)"
              .formatted(stride, layout.labelBytes, IMAGE),
          "the end of the file after %d bytes of one: it is truncated, or another format"
              .formatted(file.size() % stride));
    }
    int[] labels = binaryLabels(file, (int) count, stride);
    Payload payload = Payload.direct(file, 0, file.size());
    return new BatchSets.Batch(
        new PixelLoader.Run(payload, layout.labelBytes, stride, true, (int) count),
        SIDE,
        CHANNELS,
        labels);
  }

  private int[] binaryLabels(ByteSource file, int count, int stride) {
    int[] labels = new int[count];
    try (InputStream in = Payload.direct(file, 0, file.size()).open()) {
      byte[] record = new byte[stride];
      for (int i = 0; i < count; i++) {
        in.readNBytes(record, 0, stride);
        labels[i] = Byte.toUnsignedInt(record[layout.labelBytes - 1]);
        if (labels[i] >= layout.classes) {
          throw new BadDataException(
              file.name(),
              file.where((long) i * stride + layout.labelBytes - 1),
              "a label from 0 to " + (layout.classes - 1),
              String.valueOf(labels[i]));
        }
      }
      return labels;
    } catch (IOException e) {
      throw file.unreadable(e);
    }
  }
}
