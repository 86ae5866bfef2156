package org.zowarmup.data.batches;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.error.BadDataException;

/** Makes image sets of batch files. */
public final class BatchSets {
  private BatchSets() {}

  /** Reads what comes before the pixels. */
  public interface HeadReader {
    Batch read(FileBytes file);
  }

  /** Training and test files, all of images of one size. */
  public static DataSet load(
      Path source,
      List<Path> trainFiles,
      List<Path> testFiles,
      List<String> classNames,
      HeadReader reader) {
    return DataSet.load(
        source.toString(),
        () -> read(source, trainFiles, classNames, reader, "training"),
        () -> read(source, testFiles, classNames, reader, "test"));
  }

  /**
   * One set of some files.
   *
   * @param what part of the data set, for messages
   */
  public static ImageSet read(
      Path source, List<Path> paths, List<String> classNames, HeadReader reader, String what) {
    List<FileBytes> files = new ArrayList<>();
    try {
      for (Path path : paths) {
        files.add(FileBytes.open(path, "a file of images and labels"));
      }
      List<Batch> heads = heads(files, reader);
      for (int i = 1; i < heads.size(); i++) {
        checkSize(paths.get(i), heads.get(i), paths.get(0), heads.get(0));
      }
      Batch first = heads.get(0);
      BytePointer pixels =
          PixelLoader.load(
              heads.stream().map(Batch::run).toList(),
              first.side() * first.side(),
              first.channels(),
              "%s images of %s".formatted(what, source));
      return new ImageSet(
          pixels, first.side(), first.side(), first.channels(), labels(heads), classNames);
    } finally {
      files.forEach(FileBytes::close);
    }
  }

  /** In parallel; of several damaged files the first one is named. */
  private static List<Batch> heads(List<FileBytes> files, HeadReader reader) {
    record Read(Batch head, BadDataException failure) {}
    List<Read> all =
        files.parallelStream()
            .map(
                file -> {
                  try {
                    return new Read(reader.read(file), null);
                  } catch (BadDataException e) {
                    return new Read(null, e);
                  }
                })
            .toList();
    for (Read read : all) {
      if (read.failure != null) {
        throw read.failure;
      }
    }
    return all.stream().map(Read::head).toList();
  }

  private static void checkSize(Path file, Batch head, Path firstFile, Batch first) {
    if (head.side() != first.side()) {
      throw new BadDataException(
          file,
          "",
          "images of %dx%d as in %s".formatted(first.side(), first.side(), firstFile),
          "%dx%d".formatted(head.side(), head.side()));
    }
  }

  private static int[] labels(List<Batch> heads) {
    int[] labels = new int[heads.stream().mapToInt(head -> head.labels().length).sum()];
    int at = 0;
    for (Batch head : heads) {
      System.arraycopy(head.labels(), 0, labels, at, head.labels().length);
      at += head.labels().length;
    }
    return labels;
  }

  /**
   * One file of images and labels, its pixels not read yet.
   *
   * @param side height and width of an image
   * @param labels one an image, from 0
   */
  public record Batch(PixelLoader.Run run, int side, int channels, int[] labels) {
    /**
     * @param what of the source they belong to, for messages
     * @param smallest the label of class 0 in the file
     * @return the labels, counted from 0
     * @throws BadDataException naming the first label out of range
     */
    static int[] checkLabels(
        int[] labels, int smallest, int classes, ByteSource source, long offset, String what) {
      for (int i = 0; i < labels.length; i++) {
        if (labels[i] < smallest || labels[i] >= smallest + classes) {
          throw new BadDataException(
              source.name(),
              source.where(offset),
              "%s from %d to %d".formatted(what, smallest, smallest + classes - 1),
              "%d as label %d of %d".formatted(labels[i], i, labels.length));
        }
        labels[i] -= smallest;
      }
      return labels;
    }
  }
}
