package org.zowarmup.formats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSource;
import org.zowarmup.data.DataSources;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.error.BadDataException;

/**
 * {@code tff}: a folder with one pair of {@code NAME_train.h5} and {@code NAME_test.h5}, or the
 * first of them.
 */
public final class TffSource implements DataSource {
  private static final String TRAIN = "_train.h5";
  private static final String TEST = "_test.h5";

  @Override
  public String name() {
    return "tff";
  }

  @Override
  public String expects() {
    return "a folder with NAME_train.h5 and NAME_test.h5 of TensorFlow Federated";
  }

  @Override
  public boolean recognizes(Path path) {
    List<Path> train = train(path);
    return train.size() == 1
        && FileBytes.startsWith(train.get(0), 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n');
  }

  @Override
  public boolean holds(String member) {
    return member.endsWith(TRAIN) || member.endsWith(TEST);
  }

  private static List<Path> train(Path path) {
    if (path.toString().endsWith(TRAIN)) {
      return List.of(path);
    }
    if (!Files.isDirectory(path)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(path)) {
      return entries.filter(file -> file.toString().endsWith(TRAIN)).sorted().toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  @Override
  public DataSet load(Path pathOrNull) {
    Path path = DataSources.requirePath(name(), expects(), pathOrNull);
    List<Path> train = train(path);
    if (train.size() != 1) {
      throw new BadDataException(
          path,
          "",
          "one file that ends in " + TRAIN,
          train.isEmpty() ? "none" : "%d; give one of them as data.path".formatted(train.size()));
    }
    String name = train.get(0).getFileName().toString();
    Path test =
        train.get(0).resolveSibling(name.substring(0, name.length() - TRAIN.length()) + TEST);
    for (Path file : List.of(train.get(0), test)) {
      FileBytes.open(file, "an HDF5 file").close();
    }
    return TffFiles.load(path, train.get(0), test);
  }
}
