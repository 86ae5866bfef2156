package org.zowarmup.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.ConfigException;

class IdxSourceTest {
  private static final int COUNT = 13;
  private static final int HEIGHT = 5;
  private static final int WIDTH = 3;
  private static final int PIXELS = COUNT * HEIGHT * WIDTH;

  @TempDir Path folder;
  private Path images;
  private Path labels;

  @BeforeEach
  void writeGoodFiles() throws IOException {
    images = folder.resolve("train-images-idx3-ubyte");
    labels = folder.resolve("train-labels-idx1-ubyte");
    Files.write(images, goodImages());
    Files.write(labels, goodLabels());
    Files.write(folder.resolve("t10k-images-idx3-ubyte"), goodImages());
    Files.write(folder.resolve("t10k-labels-idx1-ubyte"), goodLabels());
  }

  /** Big-endian by ByteBuffer's default; pixel i is 251 - i, to see order and sign. */
  private static byte[] goodImages() {
    ByteBuffer file = ByteBuffer.allocate(16 + PIXELS);
    file.putInt(0x803).putInt(COUNT).putInt(HEIGHT).putInt(WIDTH);
    for (int i = 0; i < PIXELS; i++) {
      file.put((byte) (251 - i));
    }
    return file.array();
  }

  private static byte[] goodLabels() {
    ByteBuffer file = ByteBuffer.allocate(8 + COUNT).putInt(0x801).putInt(COUNT);
    for (int i = 0; i < COUNT; i++) {
      file.put((byte) (i % 10));
    }
    return file.array();
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(content);
    }
    return bytes.toByteArray();
  }

  private static byte[] withByte(byte[] file, int offset, int value) {
    file[offset] = (byte) value;
    return file;
  }

  private void assertBad(Path file, String rest) {
    TestImages.assertRefused(BadDataException.class, "bad data in " + file + rest, "idx", folder);
  }

  @Test
  void readsPlainFiles() {
    check();
  }

  @Test
  void readsGzipByContentWhateverTheName() throws IOException {
    Files.write(images, gzip(goodImages()));
    Files.delete(labels);
    Files.write(folder.resolve("train-labels-idx1-ubyte.gz"), gzip(goodLabels()));
    Files.move(
        folder.resolve("t10k-labels-idx1-ubyte"), folder.resolve("t10k-labels-idx1-ubyte.gz"));
    check();
  }

  private void check() {
    try (DataSet data = DataSources.find("idx").load(folder)) {
      for (ImageSet set : new ImageSet[] {data.train(), data.test()}) {
        assertEquals(HEIGHT, set.height());
        assertEquals(WIDTH, set.width());
        assertEquals(1, set.channels());
        assertArrayEquals(new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2}, set.labels());
        byte[] file = goodImages();
        assertArrayEquals(Arrays.copyOfRange(file, 16, file.length), TestImages.bytes(set));
      }
    }
  }

  @Test
  void namesWhatIsWrongWithImages() throws IOException {
    byte[] good = goodImages();
    Files.write(images, new byte[0]);
    assertBad(images, ": expected an idx file with magic 0x00000803, found an empty file");
    Files.write(images, withByte(goodImages(), 3, 1));
    assertBad(
        images,
        ", offset 0: expected magic 0x00000803 (unsigned bytes, 3 dimensions), found 0x00000801");
    Files.write(images, Arrays.copyOf(good, 7));
    assertBad(images, ", offset 7: expected a header of 16 bytes, found the end of the file");
    Files.write(images, Arrays.copyOf(good, 3));
    assertBad(images, ", offset 3: expected a header of 16 bytes, found the end of the file");
    Files.write(images, Arrays.copyOf(good, good.length - 1));
    assertBad(
        images,
        ", offset 210: expected 195 bytes after the header of 16 bytes, found the end of the file"
            + " after 194: it is truncated");
    Files.write(images, Arrays.copyOf(good, good.length + 2));
    assertBad(images, ", offset 211: expected the end of the file, found 2 trailing bytes");
    Files.write(images, withByte(goodImages(), 7, 0));
    assertBad(images, ", offset 4: expected 1 to 2147483647 images, found 0");
    Files.write(images, withByte(goodImages(), 8, 0x80));
    assertBad(images, ", offset 8: expected 1 to 16384 rows, found 2147483653");
    Files.write(images, withByte(goodImages(), 15, 0));
    assertBad(images, ", offset 12: expected 1 to 16384 columns, found 0");
  }

  /** 2^31 - 1 images of 16384 x 16384: nothing may be allocated for what a damaged header says. */
  @Test
  void believesNoHeader() throws IOException {
    byte[] file = goodImages();
    ByteBuffer.wrap(file).putInt(4, Integer.MAX_VALUE).putInt(8, 16384).putInt(12, 16384);
    Files.write(images, gzip(file));
    assertBad(
        images,
        ", offset 211: expected 576460752034988032 bytes after the header of 16 bytes, found the"
            + " end of the file after 195: it is truncated");
  }

  @Test
  void namesWhatIsWrongWithLabels() throws IOException {
    byte[] good = goodLabels();
    Files.write(labels, new byte[0]);
    assertBad(labels, ": expected an idx file with magic 0x00000801, found an empty file");
    Files.write(labels, withByte(goodLabels(), 2, 9));
    assertBad(
        labels,
        ", offset 0: expected magic 0x00000801 (unsigned bytes, 1 dimensions), found 0x00000901");
    Files.write(labels, Arrays.copyOf(good, good.length - 1));
    assertBad(
        labels,
        ", offset 20: expected 13 bytes after the header of 8 bytes, found the end of the file"
            + " after 12: it is truncated");
    Files.write(labels, Arrays.copyOf(good, good.length + 1));
    assertBad(labels, ", offset 21: expected the end of the file, found 1 trailing bytes");
    Files.write(labels, withByte(goodLabels(), 19, 10));
    assertBad(
        labels,
        ", offset 19: expected a label from 0 to 9, found 10; files of more classes are read under"
            + " EMNIST's names, for example emnist-byclass-train-labels-idx1-ubyte for up to 62");
    Files.write(labels, withByte(goodLabels(), 20, 255));
    assertBad(labels, ", offset 20: expected a label from 0 to 9, found 255");
    Files.write(labels, withByte(Arrays.copyOf(good, good.length - 1), 7, 12));
    assertBad(
        labels, ", offset 4: expected 13 labels, one for each image of " + images + ", found 12");
  }

  @Test
  void namesDamagedGzip() throws IOException {
    byte[] compressed = gzip(goodImages());
    Files.write(images, Arrays.copyOf(compressed, compressed.length - 30));
    assertBadGzip("Unexpected end of ZLIB input stream");
    Files.write(images, Arrays.copyOf(compressed, 2));
    assertBadGzip("its end");
    compressed[compressed.length - 8] ^= 1; // the checksum
    Files.write(images, compressed);
    assertBadGzip("Corrupt GZIP trailer");
  }

  private void assertBadGzip(String found) {
    BadDataException error =
        assertThrows(BadDataException.class, () -> DataSources.find("idx").load(folder).close());
    String pattern =
        "bad data in %s, after \\d+ decompressed bytes: expected an intact gzip stream, found %s";
    assertTrue(error.getMessage().matches(pattern.formatted(images, found)), error.getMessage());
  }

  @Test
  void namesMissingFilesAndFolders() throws IOException {
    Files.delete(folder.resolve("t10k-labels-idx1-ubyte"));
    assertBad(
        folder,
        ": expected a file t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz, found neither");
    Path missing = folder.resolve("missing");
    TestImages.assertRefused(
        BadDataException.class,
        "bad data in " + missing + ": expected a folder with idx files, found no such folder",
        "idx",
        missing);
    TestImages.assertRefused(
        BadDataException.class,
        "bad data in "
            + images
            + ": expected a file t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz, found"
            + " neither",
        "idx",
        images);
    TestImages.assertRefused(
        ConfigException.class,
        "data.path: expected the folder of the idx files for data.source idx, found nothing",
        "idx",
        null);
  }

  /** MNIST's training files alone: a drawn part of them is the test set. */
  @Test
  void aSetWithoutATestPartIsCut() throws IOException {
    for (String kind : List.of("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")) {
      Files.delete(folder.resolve(kind));
    }
    BadDataException none =
        assertThrows(BadDataException.class, () -> DataSources.find("idx").load(folder).close());
    assertTrue(none.getMessage().contains("data.testPart=0.2 draws a test set"), none.getMessage());
    DataOptions options = new DataOptions(null, null, 0.25, null);
    try (DataSet data = DataSources.resolve("auto", folder).load(folder, options)) {
      assertEquals(COUNT, data.train().count() + data.test().count());
      assertEquals(Math.round(COUNT * 0.25), data.test().count());
    }
  }

  @Test
  void refusesTestImagesOfAnotherSize() throws IOException {
    ByteBuffer file = ByteBuffer.allocate(16 + PIXELS);
    file.putInt(0x803).putInt(COUNT).putInt(WIDTH).putInt(HEIGHT);
    Files.write(folder.resolve("t10k-images-idx3-ubyte"), file.array());
    assertBad(folder, ", test images: expected 5x3x1 as the training images, found 3x5x1");
  }
}
