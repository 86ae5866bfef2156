package org.zowarmup.data.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSource;
import org.zowarmup.data.DataSources;
import org.zowarmup.data.Formats;
import org.zowarmup.data.ImageFolderSourceTest;
import org.zowarmup.data.TestImages;
import org.zowarmup.error.BadDataException;

/** Image folders in archives: the ones that Python packed, and ones that no one should open. */
class ArchiveImagesTest {
  private static final byte[] PNG = png(7);

  @TempDir Path root;

  private static byte[] png(int level) {
    try {
      return ImageFolderSourceTest.encode(ImageFolderSourceTest.gray(level), "png");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"colour.zip", "colour.tar", "colour.tar.gz", "colour.tar.xz", "colour.tbz"})
  void holdsWhatTheFolderHolds(String archive) throws Exception {
    Path path = Formats.path("archives/" + archive);
    DataSource source = DataSources.resolve("auto", path);
    assertEquals("image-folder", source.name());
    Path folder = Path.of(getClass().getResource("/org/zowarmup/data/pillow/colour").toURI());
    try (DataSet packed = source.load(path);
        DataSet plain = source.load(folder)) {
      assertEquals(plain.train().classNames(), packed.train().classNames());
      assertArrayEquals(plain.train().labels(), packed.train().labels());
      assertArrayEquals(plain.test().labels(), packed.test().labels());
      assertArrayEquals(TestImages.bytes(plain.train()), TestImages.bytes(packed.train()));
      assertArrayEquals(TestImages.bytes(plain.test()), TestImages.bytes(packed.test()));
    }
  }

  private Path zip(Object... namesAndContents) throws IOException {
    Path file = root.resolve("images.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
      for (int i = 0; i < namesAndContents.length; i += 2) {
        out.putNextEntry(new ZipEntry((String) namesAndContents[i]));
        out.write((byte[]) namesAndContents[i + 1]);
        out.closeEntry();
      }
    }
    return file;
  }

  private static String refusal(Path file) {
    long before = Pointer.totalBytes();
    BadDataException error =
        assertThrows(
            BadDataException.class, () -> DataSources.find("image-folder").load(file).close());
    assertTrue(Pointer.totalBytes() <= before, "off-heap bytes left open");
    String start = "bad data in " + file;
    assertTrue(error.getMessage().startsWith(start), error.getMessage());
    return error.getMessage().substring(start.length());
  }

  /** More files than a chunk holds, in an order that is not that of their names. */
  @Test
  void numbersFilesByName() throws IOException {
    int count = 600;
    Object[] members = new Object[2 * count + 2];
    for (int i = 0; i < count; i++) {
      int number = i * 7 % count;
      members[2 * i] = "train/a/%04d.png".formatted(number);
      members[2 * i + 1] = png(number % 251);
    }
    members[2 * count] = "test/a/x.png";
    members[2 * count + 1] = PNG;
    try (DataSet data = DataSources.find("image-folder").load(zip(members))) {
      byte[] pixels = TestImages.bytes(data.train());
      assertEquals(2 * count, pixels.length);
      for (int i = 0; i < count; i++) {
        assertEquals((byte) (i % 251), pixels[2 * i], "image " + i);
      }
    }
  }

  @Test
  void passesOverWhatIsHiddenOrBeside() throws IOException {
    Path file =
        zip(
            "set/README",
            PNG,
            "set/train/a/1.png",
            PNG,
            "set/test/a/1.png",
            PNG,
            "set/train/.DS_Store",
            PNG,
            "__MACOSX/set/train/a/1.png",
            PNG);
    try (DataSet data = DataSources.resolve("auto", file).load(file)) {
      assertEquals(1, data.train().count());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"../train/a/1.png", "/train/a/1.png", "train/a/../../../x.png"})
  void refusesPathsThatLeaveTheArchive(String name) throws IOException {
    Path file = zip("train/a/0.png", PNG, name, PNG, "test/a/0.png", PNG);
    assertEquals(
        ", member " + name + ": expected a path inside the archive, found one that leads out of it",
        refusal(file));
  }

  @Test
  void refusesOtherFilesAndDepths() throws IOException {
    assertEquals(
        ", member train/a/b/1.png: expected members train/CLASS/IMAGE and test/CLASS/IMAGE, found a"
            + " file at another depth",
        refusal(zip("train/a/b/1.png", PNG, "test/a/0.png", PNG)));
    assertEquals(
        ", member train/a/notes.txt: expected only image files (.jpg, .jpeg, .png, .bmp, .gif,"
            + " .tif, .tiff) in a class folder, found another kind of file",
        refusal(zip("train/a/notes.txt", PNG, "test/a/0.png", PNG)));
    assertEquals(
        ": expected members train/CLASS/IMAGE and test/CLASS/IMAGE, found nothing below test/",
        refusal(zip("train/a/1.png", PNG)));
    assertEquals(
        ": expected class folder b in test/ as in train/, found none",
        refusal(zip("train/a/1.png", PNG, "train/b/1.png", PNG, "test/a/1.png", PNG)));
    assertEquals(
        ", member y/test/a/1.png: expected train/ and test/ in one place, found a second place, y/",
        refusal(zip("x/train/a/1.png", PNG, "y/test/a/1.png", PNG)));
  }

  @Test
  void namesTheMemberThatIsNoImage() throws IOException {
    assertEquals(
        ", member train/a/1.png, offset 0: expected a JPEG, PNG, BMP, GIF or TIFF image, found an"
            + " empty file",
        refusal(zip("train/a/0.png", PNG, "train/a/1.png", new byte[0], "test/a/1.png", PNG)));
  }

  /** 65 MB of zeros in 65 kB. */
  @Test
  void refusesABomb() throws IOException {
    String line = refusal(zip("train/a/1.png", new byte[(1 << 26) + 1], "test/a/1.png", PNG));
    assertEquals(
        ", member train/a/1.png: expected an image file of at most 67108864 bytes, found 67108865",
        line);
  }

  /** A tar whose header promises 8 GB, and one that is cut off. */
  @Test
  void refusesATarThatPromisesTooMuch() throws IOException {
    Path file = root.resolve("x.tar");
    TarArchiveEntry entry = new TarArchiveEntry("beside.bin");
    entry.setSize(8_000_000_000L);
    byte[] header = new byte[512];
    entry.writeEntryHeader(header);
    Files.write(file, Arrays.copyOf(header, 4096));
    assertTrue(refusal(file).contains("found more: a zip bomb"), refusal(file));
    byte[] whole = Files.readAllBytes(Formats.path("archives/colour.tar"));
    Files.write(file, Arrays.copyOf(whole, 1200));
    String line = refusal(file);
    assertTrue(line.contains("truncated") || line.contains("Truncated"), line);
    byte[] gz = Files.readAllBytes(Formats.path("archives/colour.tar.gz"));
    Files.write(file, Arrays.copyOf(gz, gz.length - 100));
    assertTrue(refusal(file).contains(": expected "), refusal(file));
  }

  @Test
  void refusesLinks() throws IOException {
    Path file = root.resolve("links.tar");
    try (OutputStream out = Files.newOutputStream(file);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      TarArchiveEntry link = new TarArchiveEntry("train/a/1.png", TarConstants.LF_SYMLINK);
      link.setLinkName("/etc/passwd");
      tar.putArchiveEntry(link);
      tar.closeArchiveEntry();
    }
    assertEquals(
        ", member train/a/1.png: expected a plain file, found a link or device", refusal(file));
  }
}
