package org.zowarmup.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.data.users.LeafFiles;
import org.zowarmup.error.BadDataException;

/**
 * Federated data sets with their users, for {@code data.partition.kind: natural}: those of LEAF.
 */
public final class UserSources {
  private static final int HEAD_BYTES = 4096;

  private UserSources() {}

  /** Files of a folder with this ending, by name; none where there is no such folder. */
  private static List<Path> files(Path folder, String ending) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try {
      return Folders.entries(folder).stream()
          .filter(file -> file.toString().endsWith(ending))
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** {@code leaf}: a folder with {@code train/*.json} and {@code test/*.json}. */
  public static final class Leaf implements DataSource {
    @Override
    public String name() {
      return "leaf";
    }

    @Override
    public String expects() {
      return "a folder with train/ and test/ of LEAF's JSON files";
    }

    @Override
    public boolean recognizes(Path path) {
      List<Path> train = files(path.resolve("train"), ".json");
      return !train.isEmpty() && isLeaf(train.get(0));
    }

    private static boolean isLeaf(Path file) {
      try (InputStream in = FileBytes.stream(file)) {
        String head = new String(in.readNBytes(HEAD_BYTES), StandardCharsets.UTF_8);
        return head.matches(
            "(?s)\\ufeff?\\s*\\{\\s*\"(users|num_samples|hierarchies|user_data)\".*");
      } catch (IOException e) {
        return false;
      }
    }

    @Override
    public DataSet load(Path pathOrNull) {
      Path folder = DataSources.requirePath(name(), expects(), pathOrNull);
      Folders.require(folder, expects());
      return LeafFiles.load(folder, shards(folder, "train"), shards(folder, "test"));
    }

    private static List<Path> shards(Path folder, String part) {
      List<Path> shards = files(folder.resolve(part), ".json");
      if (shards.isEmpty()) {
        throw new BadDataException(
            folder,
            "",
            "JSON files in " + part + "/",
            "none; LEAF's preprocess.sh makes both parts with: -t sample --tf 0.9");
      }
      return shards;
    }
  }
}
