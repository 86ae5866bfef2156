package org.zowarmup.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.zowarmup.data.batches.IdxReader;
import org.zowarmup.error.BadDataException;

/**
 * {@code idx}: the four files of MNIST, Fashion-MNIST, EMNIST or another set in the same form: in
 * one folder {@code train-images-idx3-ubyte}, {@code train-labels-idx1-ubyte}, and the two of the
 * test set with {@code t10k} or {@code test} in the place of {@code train}; with a name before them
 * (EMNIST), with dots in the place of dashes (Kaggle), plain or gzip-compressed with {@code .gz}
 * after the name. Of two, the plain one is read.
 */
public final class IdxSource implements DataSource {
  private static final Pattern FILE =
      Pattern.compile(
          "(?<prefix>.*?)(?<part>train|t10k|test)-(?<kind>images|labels)[-.]idx[13][-.]ubyte(\\.gz)?");

  private static final String TRAIN_IMAGES = "train-images";

  /** EMNIST (Cohen et al. 2017, arXiv 1702.05373): its splits and their classes. */
  private static final Map<String, Integer> EMNIST =
      Map.of(
          "emnist-balanced-", 47,
          "emnist-byclass-", 62,
          "emnist-bymerge-", 47,
          "emnist-digits-", 10,
          "emnist-letters-", 26,
          "emnist-mnist-", 10);

  @Override
  public String name() {
    return "idx";
  }

  @Override
  public String expects() {
    return "a folder with MNIST's or EMNIST's four idx files";
  }

  @Override
  public boolean recognizes(Path path) {
    return sets(path).values().stream()
        .map(files -> files.get(TRAIN_IMAGES))
        .anyMatch(file -> file != null && IdxReader.isImages(IdxReader.Input.file(file)));
  }

  @Override
  public boolean holds(String member) {
    return FILE.matcher(member.substring(member.lastIndexOf('/') + 1)).matches();
  }

  /**
   * The files of each set in a folder, by {@code PART-KIND} and by the name before that; of a file
   * those of its set.
   */
  private static Map<String, Map<String, Path>> sets(Path path) {
    Map<String, Map<String, Path>> sets = new TreeMap<>();
    boolean one = Files.isRegularFile(path);
    Path folder = one ? path.toAbsolutePath().getParent() : path;
    try {
      for (Path file : Folders.entries(folder)) {
        Matcher matcher = FILE.matcher(file.getFileName().toString());
        if (matcher.matches()) {
          String part = matcher.group("part").equals("train") ? "train" : "test";
          Path found = Files.isDirectory(file) ? file.resolve(file.getFileName()) : file;
          if (Files.isRegularFile(found)) {
            // the plain file comes first
            sets.computeIfAbsent(matcher.group("prefix"), prefix -> new TreeMap<>())
                .putIfAbsent(part + "-" + matcher.group("kind"), found);
          }
        }
      }
    } catch (IOException e) {
      return sets;
    }
    if (one) {
      sets.values().removeIf(files -> !files.containsValue(folder.resolve(path.getFileName())));
    }
    return sets;
  }

  @Override
  public DataSet load(Path pathOrNull) {
    return load(pathOrNull, DataOptions.NONE);
  }

  @Override
  public DataSet load(Path pathOrNull, DataOptions options) {
    options.refuseOfImageFiles(name());
    Path path = DataSources.requirePath(name(), "the folder of the idx files", pathOrNull);
    if (!Files.isRegularFile(path)) {
      Folders.require(path, "a folder with idx files");
    }
    Map<String, Map<String, Path>> sets = sets(path);
    if (sets.size() > 1) {
      List<String> prefixes = new ArrayList<>(sets.keySet());
      throw new BadDataException(
          path,
          "",
          "one set of idx files",
          "%d: %s; give the file %strain-images-idx3-ubyte of one as data.path"
              .formatted(sets.size(), String.join(", ", prefixes), prefixes.get(0)));
    }
    String prefix = sets.isEmpty() ? "" : sets.keySet().iterator().next();
    Map<String, Path> files = sets.getOrDefault(prefix, Map.of());
    boolean transposed =
        options.transposed() == null ? EMNIST.containsKey(prefix) : options.transposed();
    int classes = EMNIST.getOrDefault(prefix, 10);
    IdxReader.Form form =
        new IdxReader.Form(
            classNames(path, prefix, classes),
            prefix.equals("emnist-letters-") ? 1 : 0,
            transposed);
    Function<String, IdxReader.Input> fileByKind =
        kind -> {
          Path file = files.get(kind);
          if (file == null) {
            throw new BadDataException(path, "", expected(prefix, kind), "neither");
          }
          return IdxReader.Input.file(file);
        };
    if (!files.containsKey("test-images") && !files.containsKey("test-labels")) {
      TestPart.require(path, options.testPart(), expected(prefix, "test-images"));
      try (ImageSet all = read("train", form, fileByKind)) {
        return TestPart.cut(path.toString(), all, options.testPart());
      }
    }
    TestPart.refuse(path, options.testPart());
    return load(path.toString(), form, fileByKind);
  }

  private static String expected(String prefix, String kind) {
    String name =
        prefix
            + kind.replace("test", "t10k")
            + (kind.endsWith("images") ? "-idx3-ubyte" : "-idx1-ubyte");
    return "a file %s or %s.gz".formatted(name, name);
  }

  static DataSet load(
      String source, IdxReader.Form form, Function<String, IdxReader.Input> fileByKind) {
    return DataSet.load(
        source, () -> read("train", form, fileByKind), () -> read("test", form, fileByKind));
  }

  private static ImageSet read(
      String part, IdxReader.Form form, Function<String, IdxReader.Input> fileByKind) {
    return IdxReader.read(
        fileByKind.apply(part + "-images"), fileByKind.apply(part + "-labels"), form);
  }

  /**
   * From EMNIST's mapping of labels to characters where that lies beside the files, else numbers. A
   * count taken from the labels would let a damaged byte invent a class.
   */
  private static List<String> classNames(Path path, String prefix, int classes) {
    Path mapping =
        (Files.isRegularFile(path) ? path.toAbsolutePath().getParent() : path)
            .resolve(prefix + "mapping.txt");
    List<String> names = new ArrayList<>();
    if (!prefix.isEmpty() && Files.isRegularFile(mapping)) {
      try {
        for (String line : Files.readAllLines(mapping, StandardCharsets.US_ASCII)) {
          String[] words = line.strip().split("\\s+", -1);
          if (words.length >= 2) {
            names.add(Character.toString(Integer.parseInt(words[1])));
          }
        }
      } catch (IOException | IllegalArgumentException e) {
        throw new BadDataException(mapping, "", "lines of label and character code", e.toString());
      }
    }
    return names.size() == classes
        ? names
        : IntStream.range(0, classes).mapToObj(String::valueOf).toList();
  }
}
