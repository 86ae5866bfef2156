package org.zowarmup.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.JavaProcess;
import org.zowarmup.error.BadDataException;

/** Pictures, and names of them, as people have them; see found/make.py. */
class FoundImagesTest {
  private static final List<String> NAMES = List.of("Käse", "Köse", "Küse");

  @TempDir Path root;

  private static Path found(String name) throws URISyntaxException {
    return Path.of(FoundImagesTest.class.getResource("found/" + name).toURI());
  }

  private static void assertPixels(String recorded, DataSet data)
      throws IOException, URISyntaxException {
    byte[] expected = Files.readAllBytes(found(recorded));
    int image = data.height() * data.width() * data.channels();
    byte[] train = TestImages.bytes(data.train());
    byte[] test = TestImages.bytes(data.test());
    assertEquals(expected.length, train.length + test.length);
    for (int i = 0; i < data.train().count(); i++) {
      assertArrayEquals(
          Arrays.copyOfRange(expected, i * image, (i + 1) * image),
          Arrays.copyOfRange(train, i * image, (i + 1) * image),
          "image " + i + " of the training images");
    }
    assertArrayEquals(Arrays.copyOfRange(expected, train.length, expected.length), test);
  }

  /** JPEG with all that markers can say about colour, CMYK, BMP, GIF, TIFF; equal to the bit. */
  @Test
  void readsWhatPillowReads() throws Exception {
    try (DataSet data = DataSources.find("image-folder").load(found("pictures"))) {
      assertEquals(19, data.train().count());
      assertPixels("pictures.bin", data);
    }
  }

  /** Entries of 16 bits, of which Pillow takes the upper 8. */
  @Test
  void palettesOfTiffAreAsPillowReadsThem() throws Exception {
    byte[] expected = new byte[18];
    for (int i = 0; i < 6; i++) {
      expected[3 * i] = (byte) (40 * i);
      expected[3 * i + 1] = (byte) (102 + i);
      expected[3 * i + 2] = (byte) (204 - i);
    }
    try (DataSet data = DataSources.find("image-folder").load(found("palette"))) {
      assertArrayEquals(expected, TestImages.bytes(data.train()));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "turned.tif | a picture that is stored upright, found orientation 6; turn its pixels:"
            + " mogrify",
        "gray.png | without a transparent level, found 1 bits with one; convert it: mogrify"
            + " -define",
        "cmyk.tif | a grayscale or RGB image, found another colour space; convert it",
        "cut.tif | a TIFF image that can be decoded, found one that ends too early"
      })
  void picturesThatAreNotReadSayWhatToDo(String name, String expected) throws Exception {
    for (String part : List.of("train", "test")) {
      Path folder = Files.createDirectories(root.resolve(part + "/a"));
      Files.copy(found("odd-pictures/" + name), folder.resolve(name));
    }
    BadDataException e =
        assertThrows(
            BadDataException.class, () -> DataSources.find("image-folder").load(root).close());
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }

  @Test
  void resizesAsPillow() throws Exception {
    DataOptions options = new DataOptions(6, "white", null, null);
    try (DataSet data = DataSources.find("image-folder").load(found("resized"), options)) {
      assertEquals(6, data.height());
      assertPixels("resized.bin", data);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dos.zip",
        "unix-latin1.zip",
        "unix-utf8.zip",
        "backslashes.zip",
        "latin1.tar",
        "utf8.tar",
        "pax.tar",
        "hard-links.tar"
      })
  void bytesTellNamesInArchivesApart(String archive) throws Exception {
    Path path = found("names/" + archive);
    assertEquals("image-folder", DataSources.resolve("auto", path).name());
    try (DataSet data = DataSources.find("auto").load(path)) {
      assertEquals(NAMES, data.train().classNames());
      assertArrayEquals(new int[] {0, 1, 2}, data.train().labels());
      assertArrayEquals(new byte[] {10, 10, 20, 20, 30, 30}, TestImages.bytes(data.train()));
      assertArrayEquals(new byte[] {10, 10, 20, 20, 30, 30}, TestImages.bytes(data.test()));
    }
  }

  /** A folder's entry by the bytes of its name, under any locale. */
  private Path entry(String folder, byte... name) {
    StringBuilder uri = new StringBuilder(root.resolve(folder).toUri().toString());
    uri.append(uri.charAt(uri.length() - 1) == '/' ? "" : "/");
    for (byte b : name) {
      uri.append("%%%02x".formatted(b));
    }
    return Path.of(URI.create(uri.toString()));
  }

  private void writeClasses() throws IOException {
    for (String part : List.of("train", "test")) {
      for (int i = 2; i >= 0; i--) {
        Path folder = entry(part, NAMES.get(i).getBytes(StandardCharsets.UTF_8));
        Files.createDirectories(folder);
        Files.write(
            folder.resolve("1.png"),
            ImageFolderSourceTest.encode(ImageFolderSourceTest.gray(10 + 10 * i), "png"));
      }
    }
  }

  /** Loads a folder under a locale that knows ASCII alone. */
  @Test
  void namesAreDistinguishedWithoutALocale() throws Exception {
    writeClasses();
    ProcessBuilder start =
        new ProcessBuilder(JavaProcess.command(Loads.class, List.of(), List.of(root.toString())));
    start.environment().put("LC_ALL", "C");
    start.redirectErrorStream(true);
    Process process = start.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(1, TimeUnit.MINUTES));
    assertEquals("[75 228 115 101, 75 246 115 101, 75 252 115 101] [10, 20, 30]", said.strip());
  }

  /** Prints names, a character a number, and the first pixel of each image. */
  static final class Loads {
    public static void main(String[] arguments) {
      try (DataSet data = DataSources.find("image-folder").load(Path.of(arguments[0]))) {
        byte[] pixels = TestImages.bytes(data.train());
        System.out.println(
            data.train().classNames().stream().map(Loads::numbers).toList()
                + " "
                + List.of(pixels[0], pixels[2], pixels[4]));
      }
    }

    private static String numbers(String name) {
      return String.join(" ", name.chars().mapToObj(String::valueOf).toList());
    }
  }

  @Test
  void aNameThatIsNotUtf8IsRefused() throws IOException {
    Path name = entry("train", NAMES.get(0).getBytes(StandardCharsets.ISO_8859_1));
    Files.createDirectories(name);
    Files.createDirectories(root.resolve("test/a"));
    TestImages.assertRefused(
        BadDataException.class,
        "bad data in %s: expected a name in UTF-8, found K\\xe4se; rename it, for example with: convmv --notest -f latin1 -t utf8"
            .formatted(name),
        "image-folder",
        root);
  }
}
