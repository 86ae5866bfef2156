package org.zowarmup.data;

import java.nio.file.Files;
import java.nio.file.Path;
import org.zowarmup.data.format.archive.ArchiveReader;
import org.zowarmup.data.image.ArchiveImages;
import org.zowarmup.data.image.DirectoryImages;
import org.zowarmup.data.image.ImageDecoder;
import org.zowarmup.data.image.ImageFiles;
import org.zowarmup.data.image.ImageFolderReader;

/**
 * {@code image-folder}: {@code train/<class>/} and {@code test/<class>/} with JPEG and PNG files of
 * one size, in a folder or inside a zip or a tar, compressed or not. Class names are folder names,
 * numbered in their order.
 *
 * <p>Images have one channel where every file of both sets is grayscale, else three (RGB). Samples
 * are taken as stored: colour profiles are not applied. Loading needs no display: the first use
 * sets the system property {@code java.awt.headless} to true where it is not set.
 */
public final class ImageFolderSource implements DataSource {
  @Override
  public String name() {
    return "image-folder";
  }

  @Override
  public String expects() {
    return "a folder, zip or tar with train/CLASS/ and test/CLASS/ of JPEG or PNG images";
  }

  @Override
  public boolean recognizes(Path path) {
    if (Files.isRegularFile(path)) {
      return ArchiveImages.recognizes(path);
    }
    return Folders.part(path, "train").filter(Folders::hasFolder).isPresent()
        && (Folders.part(path, "test").filter(Folders::hasFolder).isPresent()
            || Folders.part(path, "val").filter(Folders::hasFolder).isPresent());
  }

  @Override
  public DataSet load(Path pathOrNull) {
    return load(pathOrNull, DataOptions.NONE);
  }

  @Override
  public DataSet load(Path pathOrNull, DataOptions options) {
    ImageFiles files = files(pathOrNull, options);
    ImageFiles.Format first = ImageFiles.Format.of(files, options);
    return ImageFolderReader.read(files, first)
        .or(() -> ImageFolderReader.read(files, first.inColour()))
        .orElseThrow(); // three channels hold every image
  }

  @Override
  public Sizes sizes(Path pathOrNull, DataOptions options) {
    ImageFiles files = files(pathOrNull, options);
    return ImageFolderReader.sizes(files, ImageFiles.Format.of(files, options));
  }

  static boolean isArchive(Path path) {
    return Files.isRegularFile(path) && ArchiveReader.Kind.of(path) != null;
  }

  private ImageFiles files(Path pathOrNull, DataOptions options) {
    options.refuseTransposed(name());
    Path root = DataSources.requirePath(name(), "a folder with train/ and test/", pathOrNull);
    ImageDecoder.useNoDisplay();
    if (isArchive(root)) {
      options.refuseTestPart(name());
      return ArchiveImages.list(root);
    }
    Folders.require(root, "a folder with train/ and test/");
    return DirectoryImages.list(root, options.testPart());
  }
}
