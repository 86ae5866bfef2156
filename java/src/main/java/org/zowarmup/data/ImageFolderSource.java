package org.zowarmup.data;

import java.nio.file.Path;
import java.util.Optional;

/**
 * {@code image-folder}: {@code train/<class>/} and {@code test/<class>/} with JPEG and PNG files of
 * one size. Class names are folder names, numbered in their order.
 *
 * <p>Images have one channel where every file of both sets is grayscale, else three (RGB). Samples
 * are taken as stored: colour profiles are not applied. Loading needs no display: the first use
 * sets the system property {@code java.awt.headless} to true where it is not set.
 */
public final class ImageFolderSource implements DataSource {
  private static final String HEADLESS = "java.awt.headless";

  @Override
  public String name() {
    return "image-folder";
  }

  @Override
  public String expects() {
    return "a folder with train/CLASS/ and test/CLASS/ of JPEG or PNG images";
  }

  @Override
  public boolean recognizes(Path path) {
    return Folders.hasFolder(path.resolve("train")) && Folders.hasFolder(path.resolve("test"));
  }

  @Override
  public DataSet load(Path pathOrNull) {
    Path root = DataSources.requirePath(name(), "a folder with train/ and test/", pathOrNull);
    Folders.require(root, "a folder with train/ and test/");
    Folders.require(
        root.resolve("train"), "a folder train/ with the training images, one sub-folder a class");
    Folders.require(
        root.resolve("test"), "a folder test/ with the test images, one sub-folder a class");
    if (System.getProperty(HEADLESS) == null) {
      // Else a DISPLAY variable alone would make AWT load its X11 library, which headless Java
      // packages lack.
      System.setProperty(HEADLESS, "true");
    }
    ClassFolders train = ClassFolders.list(root.resolve("train"));
    ClassFolders test = ClassFolders.list(root.resolve("test"));
    train.requireSameClasses(test);
    ImageFormat first = ImageFormat.of(train.files().get(0));
    return read(root, train, test, first)
        .or(() -> read(root, train, test, first.inColour()))
        .orElseThrow(); // three channels hold every image
  }

  /** Empty if {@code format} is grayscale and an image has colour. */
  private static Optional<DataSet> read(
      Path root, ClassFolders trainFiles, ClassFolders testFiles, ImageFormat format) {
    ImageSet train = null;
    ImageSet test = null;
    DataSet both = null;
    try {
      train = ImageFolderReader.read(trainFiles, format).orElse(null);
      if (train != null) {
        test = ImageFolderReader.read(testFiles, format).orElse(null);
      }
      if (test != null) {
        both = new DataSet(root.toString(), train, test);
      }
      return Optional.ofNullable(both);
    } finally {
      if (both == null) {
        closeAll(train, test);
      }
    }
  }

  private static void closeAll(ImageSet... sets) {
    for (ImageSet set : sets) {
      if (set != null) {
        set.close();
      }
    }
  }
}
