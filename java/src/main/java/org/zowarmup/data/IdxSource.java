package org.zowarmup.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.zowarmup.data.batches.IdxReader;
import org.zowarmup.error.BadDataException;

/**
 * {@code idx}: a folder with the four files of MNIST, Fashion-MNIST or another set of ten classes
 * in the same form: {@code train-images-idx3-ubyte}, {@code train-labels-idx1-ubyte}, {@code
 * t10k-images-idx3-ubyte} and {@code t10k-labels-idx1-ubyte}, each plain or gzip-compressed with
 * {@code .gz} after its name. Of two, the plain one is read.
 */
public final class IdxSource implements DataSource {
  /** Ten, as MNIST's. A count taken from the labels would let a damaged byte invent a class. */
  private static final List<String> CLASS_NAMES =
      IntStream.range(0, 10).mapToObj(String::valueOf).toList();

  @Override
  public String name() {
    return "idx";
  }

  @Override
  public String expects() {
    return "a folder with MNIST's four idx files";
  }

  @Override
  public boolean recognizes(Path path) {
    return Stream.of("train-images-idx3-ubyte", "train-images-idx3-ubyte.gz")
        .map(path::resolve)
        .anyMatch(
            file -> Files.isRegularFile(file) && IdxReader.isImages(IdxReader.Input.file(file)));
  }

  @Override
  public DataSet load(Path pathOrNull) {
    Path folder = DataSources.requirePath(name(), "the folder of the idx files", pathOrNull);
    Folders.require(folder, "a folder with idx files");
    return load(folder.toString(), CLASS_NAMES, file -> IdxReader.Input.file(find(folder, file)));
  }

  static DataSet load(
      String source, List<String> classNames, Function<String, IdxReader.Input> fileByName) {
    return DataSet.load(
        source,
        () -> read("train", classNames, fileByName),
        () -> read("t10k", classNames, fileByName));
  }

  private static ImageSet read(
      String part, List<String> classNames, Function<String, IdxReader.Input> fileByName) {
    return IdxReader.read(
        fileByName.apply(part + "-images-idx3-ubyte"),
        fileByName.apply(part + "-labels-idx1-ubyte"),
        classNames);
  }

  private static Path find(Path folder, String file) {
    Path plain = folder.resolve(file);
    Path compressed = folder.resolve(file + ".gz");
    if (Files.isRegularFile(plain)) {
      return plain;
    }
    if (Files.isRegularFile(compressed)) {
      return compressed;
    }
    throw new BadDataException(folder, "", "a file %s or %s.gz".formatted(file, file), "neither");
  }
}
