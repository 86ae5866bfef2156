package org.zowarmup.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders that load, against pixels that are known from outside. */
public class ImageFolderSourceTest {
  @TempDir Path root;

  /** Eleven encodings, read by Pillow: see pillow/make.py. Equal to the last bit, JPEG too. */
  @Test
  void readsWhatPillowReads() throws IOException, URISyntaxException {
    Path pillow = Path.of(ImageFolderSourceTest.class.getResource("pillow").toURI());
    try (DataSet data = DataSources.find("image-folder").load(pillow.resolve("colour"))) {
      assertEquals(List.of("bird", "cat"), data.train().classNames());
      assertArrayEquals(new int[] {0, 0, 0, 1, 1}, data.train().labels());
      assertArrayEquals(new int[] {0, 0, 1, 1}, data.test().labels());
      assertEquals(7, data.height());
      assertEquals(13, data.width());
      assertEquals(3, data.channels());
      assertPixels(pillow.resolve("colour-train.bin"), data.train());
      assertPixels(pillow.resolve("colour-test.bin"), data.test());
    }
    try (DataSet data = DataSources.find("image-folder").load(pillow.resolve("gray"))) {
      assertEquals(1, data.channels());
      assertPixels(pillow.resolve("gray-train.bin"), data.train());
      assertPixels(pillow.resolve("gray-test.bin"), data.test());
    }
  }

  private static void assertPixels(Path expected, ImageSet set) throws IOException {
    assertArrayEquals(Files.readAllBytes(expected), TestImages.bytes(set));
  }

  /**
   * 1,297 PNG files of 129 x 1 in several chunks, written in another order than that of their
   * names: a lossless format, so the pixels that went in must come out, each at its place.
   */
  @Test
  void keepsTheOrderOfNamesOverManyChunks() throws IOException {
    int count = 1297;
    Path train = Files.createDirectories(root.resolve("train/only"));
    BufferedImage image = new BufferedImage(129, 1, BufferedImage.TYPE_INT_RGB);
    for (int i = count - 1; i >= 0; i--) {
      for (int x = 0; x < 129; x++) {
        image.setRGB(x, 0, colour(i, x));
      }
      Files.write(train.resolve("%04d.png".formatted(i)), encode(image, "png"));
    }
    Path test = Files.createDirectories(root.resolve("test/only"));
    Files.copy(train.resolve("0000.png"), test.resolve("x.png"));
    Files.writeString(test.resolve(".hidden"), "not an image");
    Files.writeString(root.resolve("README"), "beside the folders");

    try (DataSet data = DataSources.find("image-folder").load(root)) {
      assertEquals(count, data.train().count());
      assertEquals(1, data.test().count());
      byte[] pixels = TestImages.bytes(data.train());
      for (int i = 0; i < count; i++) {
        for (int x = 0; x < 129; x++) {
          int at = (i * 129 + x) * 3;
          int found =
              Byte.toUnsignedInt(pixels[at]) << 16
                  | Byte.toUnsignedInt(pixels[at + 1]) << 8
                  | Byte.toUnsignedInt(pixels[at + 2]);
          assertEquals(colour(i, x), found, "image " + i + ", x " + x);
        }
      }
    }
  }

  private static int colour(int image, int x) {
    return (image * 7919 + x * 104729) & 0xffffff;
  }

  /** The grayscale first guess must give way, wherever the one image with colour lies. */
  @Test
  void oneColourImageMakesAllRgb() throws IOException {
    for (String part : List.of("train", "test")) {
      Path folder = Files.createDirectories(root.resolve(part + "/a"));
      for (int i = 0; i < 3; i++) {
        Files.write(folder.resolve(i + ".png"), encode(gray(50 * i + 7), "png"));
      }
    }
    try (DataSet data = DataSources.find("image-folder").load(root)) {
      assertEquals(1, data.channels());
      assertArrayEquals(new byte[] {7, 7, 57, 57, 107, 107}, TestImages.bytes(data.train()));
    }
    BufferedImage red = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
    red.setRGB(0, 0, 0xff0000);
    Files.write(root.resolve("test/a/2.png"), encode(red, "png"));
    try (DataSet data = DataSources.find("image-folder").load(root)) {
      assertEquals(3, data.channels());
      assertArrayEquals(
          new byte[] {7, 7, 7, 7, 7, 7, 57, 57, 57, 57, 57, 57, 107, 107, 107, 107, 107, 107},
          TestImages.bytes(data.train()));
      assertArrayEquals(
          new byte[] {7, 7, 7, 7, 7, 7, 57, 57, 57, 57, 57, 57, -1, 0, 0, 0, 0, 0},
          TestImages.bytes(data.test()));
    }
  }

  /** JPEG loses some, but a flat colour survives within a few levels. */
  @Test
  void readsJpegOfImageIo() throws IOException {
    BufferedImage flat = new BufferedImage(17, 9, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 17 * 9; i++) {
      flat.setRGB(i % 17, i / 17, 0xc86432);
    }
    for (String part : List.of("train", "test")) {
      Path folder = Files.createDirectories(root.resolve(part + "/a"));
      Files.write(folder.resolve("x.jpg"), encode(flat, "jpg"));
      Files.write(folder.resolve("y.png"), encode(flat, "png"));
    }
    int[] rgb = {0xc8, 0x64, 0x32};
    try (DataSet data = DataSources.find("image-folder").load(root)) {
      byte[] pixels = TestImages.bytes(data.test());
      for (int i = 0; i < pixels.length; i++) {
        int off = Byte.toUnsignedInt(pixels[i]) - rgb[i % 3];
        int allowed = i < pixels.length / 2 ? 3 : 0;
        assertTrue(off >= -allowed && off <= allowed, "byte " + i + " is off by " + off);
      }
    }
  }

  public static BufferedImage gray(int level) {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSample(0, 0, 0, level);
    image.getRaster().setSample(1, 0, 0, level);
    return image;
  }

  public static byte[] encode(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(image, format, bytes), format);
    return bytes.toByteArray();
  }
}
