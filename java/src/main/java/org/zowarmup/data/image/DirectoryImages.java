package org.zowarmup.data.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.zowarmup.data.Folders;
import org.zowarmup.data.TestPart;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.data.format.bytes.FileNames;
import org.zowarmup.data.format.bytes.Unread;
import org.zowarmup.error.BadDataException;

/**
 * Image files in folders {@code train/} and {@code test/}.
 *
 * @param root what both lie in
 */
public record DirectoryImages(Path root, ClassFolders train, ClassFolders test)
    implements ImageFiles {
  /**
   * @param testPart part of the images to draw as the test set, null where the folder has one
   */
  public static DirectoryImages list(Path root, Double testPart) {
    if (TinyImageNet.is(root)) {
      TestPart.refuse(root, testPart);
      return TinyImageNet.list(root);
    }
    Path trainFolder = Folders.part(root, "train").orElse(root.resolve("train"));
    if (testPart != null && !Files.isDirectory(trainFolder)) {
      return cut(root, root, testPart);
    }
    Folders.require(
        trainFolder, "a folder train/ with the training images, one sub-folder a class");
    Path testFolder =
        Folders.part(root, "test").or(() -> Folders.part(root, "val")).orElse(root.resolve("test"));
    if (!Files.isDirectory(testFolder)) {
      TestPart.require(
          testFolder,
          testPart,
          "a folder test/ (or val/) with the test images, one sub-folder a class");
      return cut(root, trainFolder, testPart);
    }
    TestPart.refuse(root, testPart);
    ClassFolders train = ClassFolders.list(trainFolder);
    if (!Folders.hasFolder(testFolder) && Folders.part(root, "val").isPresent()) {
      throw new BadDataException(
          testFolder,
          "",
          "one sub-folder for each class",
          "none; without labels it is of no use here: move it away, and val/ is the test set");
    }
    ClassFolders test = ClassFolders.list(testFolder);
    train.requireSameClasses(test);
    return new DirectoryImages(root, train, test);
  }

  private static DirectoryImages cut(Path root, Path folder, double testPart) {
    ClassFolders all = ClassFolders.list(folder);
    boolean[] test = TestPart.draw(folder.toString(), all.files().size(), testPart);
    return new DirectoryImages(root, all.those(test, false), all.those(test, true));
  }

  @Override
  public String source() {
    return root.toString();
  }

  @Override
  public List<String> classNames() {
    return train.classNames();
  }

  @Override
  public int[] trainLabels() {
    return train.labels();
  }

  @Override
  public int[] testLabels() {
    return test.labels();
  }

  @Override
  public String exampleName() {
    return train.files().get(0).toString();
  }

  @Override
  public byte[] exampleContent() {
    try {
      return FileBytes.all(train.files().get(0), ImageFiles.MAX_BYTES);
    } catch (IOException e) {
      throw new BadDataException(exampleName(), "", "a readable image file", e.toString());
    }
  }

  private ImageFile file(int number) {
    int trainFiles = train.files().size();
    Path path =
        number < trainFiles ? train.files().get(number) : test.files().get(number - trainFiles);
    return new ImageFile(number, path.toString(), () -> FileBytes.all(path, ImageFiles.MAX_BYTES));
  }

  @Override
  public Optional<Stop> decodeAll(int chunkFiles, Function<List<ImageFile>, Stop> decode) {
    int count = train.files().size() + test.files().size();
    int chunks = (count - 1) / chunkFiles + 1;
    // findFirst keeps the order of the chunks, so the same folder always names the same file.
    return IntStream.range(0, chunks)
        .parallel()
        .mapToObj(
            chunk ->
                decode.apply(
                    IntStream.range(chunk * chunkFiles, Math.min(count, (chunk + 1) * chunkFiles))
                        .mapToObj(this::file)
                        .toList()))
        .filter(Objects::nonNull)
        .findFirst();
  }

  /**
   * The image files of one folder with a sub-folder a class. Classes are numbered in the order of
   * their names, files follow class by class in the order of theirs: both are functions of the
   * content.
   *
   * @param labels the class of each file
   */
  record ClassFolders(Path folder, List<String> classNames, List<Path> files, int[] labels) {
    static final List<String> ENDINGS =
        List.of(".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff");

    /**
     * @throws BadDataException if there is no class folder, one holds no image, or one holds
     *     anything else than images: leaving a file out would silently change the data set
     */
    static ClassFolders list(Path folder) {
      List<Path> classes = Folders.list(folder).stream().filter(Files::isDirectory).toList();
      if (classes.isEmpty()) {
        throw new BadDataException(folder, "", "one sub-folder for each class", "none");
      }
      List<Path> files = new ArrayList<>();
      int[] ends = new int[classes.size()];
      for (int c = 0; c < ends.length; c++) {
        addImages(classes.get(c), files);
        ends[c] = files.size();
      }
      int[] labels = new int[files.size()];
      for (int c = 1; c < ends.length; c++) {
        Arrays.fill(labels, ends[c - 1], ends[c], c);
      }
      List<String> names = classes.stream().map(FileNames::of).toList();
      return new ClassFolders(folder, names, files, labels);
    }

    /**
     * @throws BadDataException if there is no image, or something else than images
     */
    static void addImages(Path classFolder, List<Path> files) {
      int before = files.size();
      List<Path> entries = Folders.list(classFolder);
      Path inner = classFolder.resolve(TinyImageNet.IMAGES);
      if (entries.contains(inner)
          && entries.stream().allMatch(e -> e.equals(inner) || TinyImageNet.isBoxes(e))) {
        entries = Folders.list(inner);
      }
      for (Path entry : entries) {
        String name = FileNames.of(entry).toLowerCase(Locale.ROOT);
        if (ENDINGS.stream().noneMatch(name::endsWith) || !Files.isRegularFile(entry)) {
          throw new BadDataException(
              entry,
              "",
              "only image files (%s) in a class folder".formatted(String.join(", ", ENDINGS)),
              Files.isRegularFile(entry) ? kind(entry) : FileBytes.kind(entry));
        }
        files.add(entry);
      }
      if (files.size() == before) {
        throw new BadDataException(
            classFolder,
            "",
            "at least one image (%s)".formatted(String.join(", ", ENDINGS)),
            "none");
      }
    }

    private static String kind(Path file) {
      try (InputStream in = Files.newInputStream(file)) {
        String known = Unread.describe(in.readNBytes(Unread.HEAD_BYTES));
        return known.isEmpty() ? "another kind of file" : known;
      } catch (IOException e) {
        return ByteSource.reason(e);
      }
    }

    private ClassFolders those(boolean[] chosen, boolean wanted) {
      int[] kept = IntStream.range(0, chosen.length).filter(i -> chosen[i] == wanted).toArray();
      return new ClassFolders(
          folder,
          classNames,
          Arrays.stream(kept).mapToObj(files::get).toList(),
          Arrays.stream(kept).map(i -> labels[i]).toArray());
    }

    /**
     * @throws BadDataException naming the first class folder that one of the two lacks
     */
    void requireSameClasses(ClassFolders other) {
      requireAllIn(other);
      other.requireAllIn(this);
    }

    /** As where one of the folders comes from a Mac. */
    private boolean hasInOtherForm(String name) {
      String form = Normalizer.normalize(name, Normalizer.Form.NFC);
      return classNames.stream()
          .anyMatch(own -> Normalizer.normalize(own, Normalizer.Form.NFC).equals(form));
    }

    private void requireAllIn(ClassFolders other) {
      for (String name : classNames) {
        if (!other.classNames.contains(name)) {
          throw new BadDataException(
              other.folder,
              "",
              "class folder %s as in %s".formatted(name, folder),
              other.hasInOtherForm(name)
                  ? "the same letters in another form of Unicode; rename: convmv -f utf8 -t utf8"
                      + " --nfc --notest -r"
                  : "none");
        }
      }
    }
  }
}
