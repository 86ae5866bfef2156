package org.zowarmup.data;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.ConfigException;

/** Folders that do not load, each with the line that says why. */
class ImageFolderErrorsTest {
  @TempDir Path root;
  private Path suspect;

  @BeforeEach
  void writeGoodFolder() throws IOException {
    for (String folder : new String[] {"train/a", "train/b", "test/a", "test/b"}) {
      Files.createDirectories(root.resolve(folder));
      Files.write(root.resolve(folder + "/1.png"), ImageFolderSourceTest.encode(noise(), "png"));
    }
    suspect = root.resolve("train/b/1.png");
  }

  private static BufferedImage noise() {
    BufferedImage image = new BufferedImage(33, 31, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(5);
    for (int i = 0; i < 33 * 31; i++) {
      image.setRGB(i % 33, i / 33, random.nextInt(1 << 24));
    }
    return image;
  }

  private void assertBad(Path file, String rest) {
    TestImages.assertRefused(
        BadDataException.class, "bad data in " + file + ": " + rest, "image-folder", root);
  }

  /** The JDK's words differ by version; ours, the file and the form do not. */
  private void assertUndecodable(String expected) {
    BadDataException error =
        assertThrows(
            BadDataException.class, () -> DataSources.find("image-folder").load(root).close());
    String start = "bad data in " + suspect + ": expected " + expected + ", found ";
    assertTrue(error.getMessage().startsWith(start), error.getMessage());
    assertTrue(error.getMessage().length() > start.length(), "no reason given");
    assertFalse(error.getMessage().contains("\n"), "more than one line");
  }

  private static void deleteFolder(Path folder) throws IOException {
    try (var entries = Files.list(folder)) {
      for (Path entry : entries.toList()) {
        if (Files.isDirectory(entry)) {
          deleteFolder(entry);
        } else {
          Files.delete(entry);
        }
      }
    }
    Files.delete(folder);
  }

  @Test
  void namesMissingFolders() throws IOException {
    TestImages.assertRefused(
        ConfigException.class,
        "data.path: expected a folder with train/ and test/ for data.source image-folder, found"
            + " nothing",
        "image-folder",
        null);
    Path missing = root.resolve("missing");
    TestImages.assertRefused(
        BadDataException.class,
        "bad data in "
            + missing
            + ": expected a folder with train/ and test/, found no such folder",
        "image-folder",
        missing);
    deleteFolder(root.resolve("test"));
    assertBad(
        root.resolve("test"),
        "expected a folder test/ (or val/) with the test images, one sub-folder a class, found"
            + " none; data.testPart=0.2 draws a test set from the training images");
    deleteFolder(root.resolve("train"));
    assertBad(
        root.resolve("train"),
        "expected a folder train/ with the training images, one sub-folder a class, found no such"
            + " folder");
    Files.createDirectories(root.resolve("train"));
    Files.createDirectories(root.resolve("test"));
    assertBad(root.resolve("train"), "expected one sub-folder for each class, found none");
  }

  @Test
  void namesClassesThatDiffer() throws IOException {
    deleteFolder(root.resolve("test/b"));
    assertBad(
        root.resolve("test"),
        "expected class folder b as in " + root.resolve("train") + ", found none");
    Files.createDirectories(root.resolve("test/b"));
    assertBad(
        root.resolve("test/b"),
        "expected at least one image (.jpg, .jpeg, .png, .bmp, .gif, .tif, .tiff), found none");
    Files.write(root.resolve("test/b/1.png"), ImageFolderSourceTest.encode(noise(), "png"));
    Files.createDirectories(root.resolve("test/c"));
    Files.write(root.resolve("test/c/1.png"), ImageFolderSourceTest.encode(noise(), "png"));
    assertBad(
        root.resolve("train"),
        "expected class folder c as in " + root.resolve("test") + ", found none");
  }

  @Test
  void refusesOtherFilesRatherThanLeaveThemOut() throws IOException {
    Path other = Files.writeString(root.resolve("train/b/2.txt"), "BM");
    assertBad(
        other,
        "expected only image files (.jpg, .jpeg, .png, .bmp, .gif, .tif, .tiff) in a class folder,"
            + " found another kind of file");
    Files.delete(other);
    Files.createDirectories(root.resolve("train/b/2.png"));
    assertBad(
        other.resolveSibling("2.png"),
        "expected only image files (.jpg, .jpeg, .png, .bmp, .gif, .tif, .tiff) in a class folder,"
            + " found a folder");
  }

  @Test
  void namesTheFileOfAnotherSize() throws IOException {
    BufferedImage turned = new BufferedImage(31, 33, BufferedImage.TYPE_INT_RGB);
    Files.write(root.resolve("test/a/1.png"), ImageFolderSourceTest.encode(turned, "png"));
    assertBad(
        root.resolve("test/a/1.png"),
        "expected 33x31 pixels (width x height) as in "
            + root.resolve("train/a/1.png")
            + ", found 31x33 pixels; data.size=33 resizes all");
  }

  @Test
  void namesWhatIsNoImage() throws IOException {
    Files.write(suspect, new byte[0]);
    assertBadSignature("an empty file");
    Files.writeString(suspect, "RIFF....WEBPVP8 ");
    assertBadSignature("WebP; convert it, for example with: mogrify -format png FILE");
    Files.writeString(suspect, "version https://git-lfs.github.com/spec/v1\n");
    assertBadSignature("a Git LFS pointer, not the file itself; get it with: git lfs pull");
    Files.writeString(suspect, "\n<!DOCTYPE html><html>");
    assertBadSignature("a web page (HTML), so the download failed; load it again");
    Files.write(suspect, new byte[] {(byte) 0xff});
    assertBadSignature("ff");
  }

  private void assertBadSignature(String found) {
    TestImages.assertRefused(
        BadDataException.class,
        "bad data in "
            + suspect
            + ", offset 0: expected a JPEG, PNG, BMP, GIF or TIFF image, found "
            + found,
        "image-folder",
        root);
  }

  @Test
  void namesDamagedFiles() throws IOException {

    byte[] png = ImageFolderSourceTest.encode(noise(), "png");
    Files.write(suspect, Arrays.copyOf(png, 40));
    assertUndecodable("a PNG image that can be decoded");
    Files.write(suspect, Arrays.copyOf(png, png.length / 2));
    assertUndecodable("a PNG image that can be decoded");
    byte[] jpeg = ImageFolderSourceTest.encode(noise(), "jpg");
    Files.write(suspect, Arrays.copyOf(jpeg, 20));
    assertUndecodable("a JPEG image that can be decoded");
    Files.write(suspect, Arrays.copyOf(jpeg, jpeg.length / 2 + 200));
    assertUndecodable("an undamaged image");
  }

  @Test
  void refusesWhatBytesCannotHold() throws IOException {
    BufferedImage deep = new BufferedImage(33, 31, BufferedImage.TYPE_USHORT_GRAY);
    Files.write(suspect, ImageFolderSourceTest.encode(deep, "png"));
    assertBad(
        suspect,
        "expected 8 bits a sample, found 16 bits; convert it, for example with: mogrify -depth 8"
            + " FILE");
    BufferedImage glass = new BufferedImage(33, 31, BufferedImage.TYPE_INT_ARGB);
    Files.write(suspect, ImageFolderSourceTest.encode(glass, "png"));
    assertBad(
        suspect,
        "expected an opaque image (alpha 255), found alpha 0;"
            + " data.background=white (or black) lays it over one");
  }

  /** A first file that claims 2^30 pixels a side: refused from its header. */
  @Test
  void refusesHugeImages() throws IOException {
    byte[] png = ImageFolderSourceTest.encode(noise(), "png");
    ByteBuffer.wrap(png).putInt(16, 1 << 30).putInt(20, 1 << 30);
    Path first = root.resolve("train/a/1.png");
    Files.write(first, png);
    assertBad(first, "expected at most 8192 pixels a side, found 1073741824x1073741824 pixels");
  }

  /** Of several bad files the first is named, whatever thread meets which. */
  @Test
  void namesTheFirstBadFile() throws IOException {
    byte[] png = ImageFolderSourceTest.encode(noise(), "png");
    for (int i = 0; i < 2000; i++) {
      Files.write(root.resolve("train/b/%04d.png".formatted(i)), png);
    }
    for (int bad : new int[] {700, 701, 1100, 1500, 1999}) {
      Files.writeString(root.resolve("train/b/%04d.png".formatted(bad)), "bad");
    }
    suspect = root.resolve("train/b/0700.png");
    for (int repeat = 0; repeat < 5; repeat++) {
      assertBadSignature("62 61 64");
    }
  }
}
