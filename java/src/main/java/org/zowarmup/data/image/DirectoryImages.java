package org.zowarmup.data.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.zowarmup.data.Folders;
import org.zowarmup.error.BadDataException;

/**
 * Image files in folders {@code train/} and {@code test/}.
 *
 * @param root what both lie in
 */
public record DirectoryImages(Path root, ClassFolders train, ClassFolders test)
    implements ImageFiles {
  public static DirectoryImages list(Path root) {
    Folders.require(
        root.resolve("train"), "a folder train/ with the training images, one sub-folder a class");
    Folders.require(
        root.resolve("test"), "a folder test/ with the test images, one sub-folder a class");
    ClassFolders train = ClassFolders.list(root.resolve("train"));
    ClassFolders test = ClassFolders.list(root.resolve("test"));
    train.requireSameClasses(test);
    return new DirectoryImages(root, train, test);
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
      return Files.readAllBytes(train.files().get(0));
    } catch (IOException e) {
      throw new BadDataException(exampleName(), "", "a readable image file", e.toString());
    }
  }

  private ImageFile file(int number) {
    int trainFiles = train.files().size();
    Path path =
        number < trainFiles ? train.files().get(number) : test.files().get(number - trainFiles);
    return new ImageFile(number, path.toString(), () -> Files.readAllBytes(path));
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
}
