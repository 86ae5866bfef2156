package org.zowarmup.data.batches;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.data.DataSources;
import org.zowarmup.data.Formats;
import org.zowarmup.error.BadDataException;

/** Files that must not load, each with the line that says why. */
class RefusedBatchesTest {
  @TempDir Path folder;
  private Path suspect;

  @BeforeEach
  void writeGoodSet() throws IOException {
    for (String name : new String[] {"train_data_batch_1", "train_data_batch_2", "val_data"}) {
      Files.copy(Formats.path("imagenet32-numpy2/protocol4/" + name), folder.resolve(name));
    }
    suspect = folder.resolve("train_data_batch_2");
  }

  private String refusal() {
    return refusal("imagenet32", folder, suspect);
  }

  private static String refusal(String source, Path path, Path named) {
    long before = Pointer.totalBytes();
    BadDataException error =
        assertThrows(BadDataException.class, () -> DataSources.find(source).load(path).close());
    assertTrue(Pointer.totalBytes() <= before, "off-heap bytes left open");
    String start = "bad data in " + named;
    assertTrue(error.getMessage().startsWith(start), error.getMessage());
    return error.getMessage().substring(start.length());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          runs-code        | .*, offset \\d+: expected plain data and numpy arrays \\(nothing in a pickle is run\\), found the name __builtin__.print
          runs-code-4      | .*, offset \\d+: expected plain data and numpy arrays \\(nothing in a pickle is run\\), found the name builtins.print
          class            | .*, offset \\d+: expected plain data and numpy arrays \\(nothing in a pickle is run\\), found the name pathlib.PurePosixPath
          protocol0        | : expected a numpy array under the key 'data', found keys \\[labels\\]
          set              | .*, offset \\d+: expected an opcode of plain data and numpy arrays \\(nothing in a pickle is run\\), found opcode EMPTY_SET \\(0x8f\\)
          out-of-band      | .*, offset \\d+: expected an opcode of plain data and numpy arrays \\(nothing in a pickle is run\\), found opcode NEXT_BUFFER \\(0x97\\)
          objects-numpy1   | .*, offset \\d+: expected a numpy array of numbers, found an array of objects, for which code would have to run
          objects-numpy2   | .*, offset \\d+: expected a numpy array of numbers, found an array of objects, for which code would have to run
          """)
  void pickles(String file, String pattern) throws IOException {
    Files.write(suspect, Files.readAllBytes(Formats.path("refused/" + file)));
    PrintStream out = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed));
    try {
      String line = refusal();
      assertTrue(line.matches(pattern.strip()), line);
    } finally {
      System.setOut(out);
    }
    assertEquals("", printed.toString(StandardCharsets.UTF_8), "a pickle ran something");
  }

  @Test
  void damagedFiles() throws IOException {
    byte[] good = Files.readAllBytes(suspect);
    Files.write(suspect, new byte[0]);
    assertEquals(": expected a file of images and labels, found an empty file", refusal());
    Files.write(suspect, Arrays.copyOf(good, 700));
    String line = refusal();
    assertTrue(
        line.matches(
            ", offset 700: expected \\d+ more bytes of what starts at offset \\d+, found the end"
                + " after \\d+: it is truncated"),
        line);
    Files.write(suspect, Arrays.copyOf(good, good.length + 3));
    assertEquals(
        ", offset %d: expected the end of the file, found 3 trailing bytes".formatted(good.length),
        refusal());
    Files.delete(suspect);
    Files.copy(Formats.path("cifar10-python/data_batch_1"), suspect);
    assertEquals(", offset 0: expected labels from 1 to 1000, found 0 as label 0 of 30", refusal());
  }

  @Test
  void missingAndUnreadableFiles() throws IOException {
    Files.move(suspect, folder.resolve("train_data_batch_3"));
    assertEquals(
        ": expected a file train_data_batch_2, found none", refusal("imagenet32", folder, folder));
    Files.delete(folder.resolve("train_data_batch_3"));
    Files.delete(folder.resolve("val_data"));
    assertEquals(
        ": expected a file of images and labels, found no such file",
        refusal("imagenet32", folder, folder.resolve("val_data")));
    Path first = folder.resolve("train_data_batch_1");
    Files.setPosixFilePermissions(first, PosixFilePermissions.fromString("---------"));
    Assumptions.assumeFalse(Files.isReadable(first), "this user may read everything");
    assertEquals(
        ": expected a file of images and labels, found no permission to read it",
        refusal("imagenet32", folder, first));
  }

  @Test
  void cifarFiles() throws IOException {
    Path cifar = Files.createDirectory(folder.resolve("cifar"));
    for (String name : new String[] {"1", "2", "3", "4", "5"}) {
      Files.copy(
          Formats.path("cifar10-binary/data_batch_" + name + ".bin"),
          cifar.resolve("data_batch_" + name + ".bin"));
    }
    Path test = cifar.resolve("test_batch.bin");
    byte[] good = Files.readAllBytes(Formats.path("cifar10-binary/test_batch.bin"));
    Files.write(test, Arrays.copyOf(good, good.length - 1));
    assertEquals(
        ", offset 3073: expected whole records of 3073 bytes (1 of labels, 3072 of pixels), found"
            + " the end of the file after 3072 bytes of one: it is truncated, or another format",
        refusal("cifar10", cifar, test));
    good[3073] = 10;
    Files.write(test, good);
    assertEquals(
        ", offset 3073: expected a label from 0 to 9, found 10", refusal("cifar10", cifar, test));
  }

  /** Two batches of different image sizes. */
  @Test
  void mixedSizes() throws IOException {
    Files.write(suspect, Files.readAllBytes(Formats.path("refused/other-size-numpy2")));
    assertEquals(
        ": expected images of 8x8 as in %s, found 4x4"
            .formatted(folder.resolve("train_data_batch_1")),
        refusal());
  }

  @Test
  void numpyArrays() throws IOException {
    Path arrays = Files.createDirectory(folder.resolve("numpy"));
    for (String name :
        new String[] {"train_images", "train_labels", "test_images", "test_labels"}) {
      Files.copy(Formats.path("numpy/planar/" + name + ".npy"), arrays.resolve(name + ".npy"));
    }
    Path images = arrays.resolve("train_images.npy");
    byte[] good = Files.readAllBytes(images);
    Files.write(images, Files.readAllBytes(Formats.path("refused/fortran.npy")));
    assertEquals(
        ", offset 128: expected images [N,H,W], [N,H,W,C] or [N,C,H,W] with 1 or 3 channels, or"
            + " gray squares [N,H*H], found [2, 192], uint8",
        refusal("numpy", arrays, images));
    Files.write(images, Files.readAllBytes(Formats.path("refused/objects.npy")));
    assertEquals(
        ", offset 10: expected array of the file of numbers, found objects, for which code would"
            + " have to run",
        refusal("numpy", arrays, images));
    Files.write(images, Files.readAllBytes(Formats.path("refused/compound.npy")));
    assertEquals(
        ", offset 10: expected array of the file of numbers, found the type [('a', '|u1'), ('b',"
            + " '<i4')]",
        refusal("numpy", arrays, images));
    Files.write(images, Arrays.copyOf(good, good.length - 1));
    assertEquals(
        ", offset 128: expected 450 bytes for array of the file of [6, 3, 5, 5], uint8, found 449",
        refusal("numpy", arrays, images));
    Files.delete(images);
    assertEquals(
        ": expected images of the train set in an array x_train or train_images, found none",
        refusal("numpy", arrays, arrays));
    Files.write(images, good);
    Files.copy(
        Formats.path("numpy/planar/test_images.npy"),
        images,
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    String line = refusal("numpy", arrays, images);
    assertTrue(line.endsWith(": expected 6 images, one for each label, found 2"), line);
  }
}
