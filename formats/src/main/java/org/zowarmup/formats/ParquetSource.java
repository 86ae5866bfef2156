package org.zowarmup.formats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.zowarmup.data.DataOptions;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSource;
import org.zowarmup.data.DataSources;
import org.zowarmup.data.image.ImageDecoder;
import org.zowarmup.data.image.ImageFiles;
import org.zowarmup.data.image.ImageFolderReader;
import org.zowarmup.error.BadDataException;

/**
 * {@code parquet}: a folder with {@code train-*.parquet} and {@code test-*.parquet} (or {@code
 * validation-*}), or with folders {@code train/} and {@code test/} of such files, as Hugging Face
 * keeps data sets of images.
 */
public final class ParquetSource implements DataSource {
  private static final Pattern SHARD =
      Pattern.compile("(?<before>.*-)(?<number>\\d{1,9})(?<after>-of-(?<count>\\d{1,9})\\b.*)");
  private static final Pattern TRAIN = Pattern.compile("train.*\\.parquet");
  private static final List<Pattern> TESTS =
      Stream.of("test", "validation", "valid", "val")
          .map(part -> Pattern.compile(part + "\\b.*\\.parquet"))
          .toList();

  @Override
  public String name() {
    return "parquet";
  }

  @Override
  public String expects() {
    return "a folder with train-*.parquet and test-*.parquet";
  }

  @Override
  public boolean recognizes(Path path) {
    List<Path> train = files(path, TRAIN);
    return !train.isEmpty(); // a file that is none, such as a pointer of Git LFS, is then named
  }

  /** The shards of one part, in the order of their names. */
  private static List<Path> files(Path folder, Pattern part) {
    List<Path> found = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return found;
    }
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : entries.sorted().toList()) {
        String name = entry.getFileName().toString();
        if (!Files.isDirectory(entry) && part.matcher(name).matches()) {
          found.add(entry);
        } else if (Files.isDirectory(entry) && part.matcher(name + ".parquet").matches()) {
          try (Stream<Path> shards = Files.list(entry)) {
            shards.filter(s -> s.toString().endsWith(".parquet")).sorted().forEach(found::add);
          }
        }
      }
      return found;
    } catch (IOException e) {
      return found;
    }
  }

  /** A name says which shard of how many a file is; one that is missing would go unseen. */
  private static void requireAllShards(List<Path> files) {
    Set<String> names =
        files.stream().map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    for (Path file : files) {
      Matcher shard = SHARD.matcher(file.getFileName().toString());
      if (!shard.matches()) {
        continue;
      }
      int digits = shard.group("number").length();
      int count = Integer.parseInt(shard.group("count"));
      for (int i = 0; i < count; i++) {
        String name =
            shard.group("before")
                + String.format(Locale.ROOT, "%0" + digits + "d", i)
                + shard.group("after");
        if (!names.contains(name)) {
          throw new BadDataException(
              file.toAbsolutePath().getParent(),
              "",
              "all %d shards that the name %s says".formatted(count, file.getFileName()),
              "no " + name);
        }
      }
    }
  }

  @Override
  public DataSet load(Path pathOrNull) {
    return load(pathOrNull, DataOptions.NONE);
  }

  @Override
  public DataSet load(Path pathOrNull, DataOptions options) {
    ImageFiles files = images(pathOrNull, options);
    ImageFiles.Format first = ImageFiles.Format.of(files, options);
    return ImageFolderReader.read(files, first)
        .or(() -> ImageFolderReader.read(files, first.inColour()))
        .orElseThrow(); // three channels hold every image
  }

  /** Reads the column of labels and the first image. */
  @Override
  public Sizes sizes(Path pathOrNull, DataOptions options) {
    ImageFiles files = images(pathOrNull, options);
    return ImageFolderReader.sizes(files, ImageFiles.Format.of(files, options));
  }

  private ImageFiles images(Path pathOrNull, DataOptions options) {
    options.refuseTransposed(name());
    options.refuseTestPart(name());
    Path folder = DataSources.requirePath(name(), expects(), pathOrNull);
    List<Path> train = files(folder, TRAIN);
    List<Path> test =
        TESTS.stream()
            .map(part -> files(folder, part))
            .filter(files -> !files.isEmpty())
            .findFirst()
            .orElse(List.of());
    if (train.isEmpty() || test.isEmpty()) {
      throw new BadDataException(
          folder,
          "",
          expects(),
          train.isEmpty()
              ? "no training files"
              : "no test files; cut them in Python: dataset.train_test_split(0.2), and to_parquet"
                  + " each");
    }
    requireAllShards(train);
    requireAllShards(test);
    ImageDecoder.useNoDisplay();
    return new ParquetImages(folder, train, test);
  }
}
