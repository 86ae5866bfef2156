package org.zowarmup.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.data.DataOptions;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSource;
import org.zowarmup.data.DataSources;
import org.zowarmup.data.ImageSet;
import org.zowarmup.error.BadDataException;

/** Data sets that Hugging Face's datasets and h5py wrote; see make.py beside them. */
class FormatsTest {
  @TempDir Path folder;

  private static Path made(String name) throws URISyntaxException {
    return Path.of(FormatsTest.class.getResource(name).toURI());
  }

  /** Compares with the script's formula. */
  private static void check(ImageSet set, int first, int count, int side, int channels) {
    assertEquals(count, set.count());
    byte[] expected = new byte[count * side * side * channels];
    int at = 0;
    for (int i = first; i < first + count; i++) {
      for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++) {
          for (int c = 0; c < channels; c++) {
            expected[at++] = (byte) (i * 31 + y * 7 + x * 3 + c * 85);
          }
        }
      }
      assertEquals(i * 7 % (set.classes() > 10 ? labelsOf(channels) : 4), set.labels()[i - first]);
    }
    byte[] found = new byte[Math.toIntExact(set.pixels().capacity())];
    new BytePointer(set.pixels()).get(found);
    assertArrayEquals(expected, found);
  }

  private static int labelsOf(int channels) {
    return channels == 1 ? 62 : 100;
  }

  @Test
  void readsHuggingFacesParquet() throws Exception {
    for (Path path : List.of(made("hub"), made("hub/data"))) {
      DataSource source = DataSources.resolve("auto", path);
      assertEquals("parquet", source.name());
      try (DataSet data = source.load(path)) {
        assertEquals(List.of("airplane", "bird", "cat", "döner"), data.train().classNames());
        check(data.train(), 0, 9, 8, 3);
        check(data.test(), 9, 3, 8, 3);
      }
    }
  }

  @Test
  void readsPagesOfGzip() throws Exception {
    try (DataSet data = DataSources.resolve("auto", made("hub-gzip")).load(made("hub-gzip"))) {
      assertEquals(List.of("airplane", "bird", "cat", "döner"), data.train().classNames());
      check(data.train(), 0, 5, 8, 3);
      check(data.test(), 9, 3, 8, 3);
    }
  }

  /** A shard that is not there would be images that no one misses. */
  @Test
  void missingShardsAreNamed() throws Exception {
    for (String name : List.of("train-00001-of-00002.parquet", "test-00000-of-00001.parquet")) {
      Files.copy(made("hub/data/" + name), folder.resolve(name));
    }
    BadDataException error =
        assertThrows(
            BadDataException.class, () -> DataSources.resolve("auto", folder).load(folder).close());
    assertEquals(
        "bad data in %s: expected all 2 shards that the name train-00001-of-00002.parquet says,"
                .formatted(folder)
            + " found no train-00000-of-00002.parquet",
        error.getMessage());
  }

  @Test
  void otherCompressionsAreNamed() throws Exception {
    Path path = made("odd-lz4");
    BadDataException error =
        assertThrows(
            BadDataException.class, () -> DataSources.resolve("auto", path).load(path).close());
    assertTrue(
        error.getMessage().contains("or with snappy, zstd or gzip, found LZ4"), error.getMessage());
  }

  /** For a plan labels and sizes do: the bytes of all images but the first may be anything. */
  @Test
  void sizesOfParquetAreThoseOfTheFirstImage() throws Exception {
    DataSource source = DataSources.resolve("auto", made("hub"));
    DataSource.Sizes sizes = source.sizes(made("hub"), DataOptions.NONE);
    try (DataSet all = source.load(made("hub"));
        DataSet blank = sizes.data()) {
      assertTrue(sizes.assumption().orElseThrow().contains("row 0, the only one"), "" + sizes);
      assertArrayEquals(all.train().labels(), blank.train().labels());
      assertArrayEquals(all.test().labels(), blank.test().labels());
      assertEquals(all.train().classNames(), blank.train().classNames());
      assertEquals(all.train().height(), blank.train().height());
      assertEquals(0, new BytePointer(blank.train().pixels()).get(5));
    }
  }

  @ParameterizedTest
  @CsvSource({"tff-emnist, 28, 1", "tff-cifar100, 8, 3"})
  void readsTensorFlowFederatedsUsers(String name, int side, int channels) throws Exception {
    Path path = made(name);
    DataSource source = DataSources.resolve("auto", path);
    assertEquals("tff", source.name());
    try (DataSet data = source.load(path)) {
      check(data.train(), 0, 6, side, channels);
      check(data.test(), 6, 3, side, channels);
      ImageSet.Users users = data.train().usersOrNull();
      assertEquals(List.of("f0001_41", "f0002_07", "uä"), users.names());
      assertArrayEquals(new int[] {0, 0, 0, 1, 2, 2}, users.of());
    }
  }

  @Test
  void damagedFilesAreNamed() throws IOException, URISyntaxException {
    long before = Pointer.totalBytes();
    Path file = folder.resolve("train-00000-of-00001.parquet");
    byte[] good = Files.readAllBytes(made("hub/data/train-00000-of-00002.parquet"));
    Files.copy(
        made("hub/data/test-00000-of-00001.parquet"),
        folder.resolve("test-00000-of-00001.parquet"));
    for (int length : new int[] {good.length / 2, good.length - 1, 12}) {
      Files.write(file, Arrays.copyOf(good, length));
      assertNames(file, "an intact Parquet file", "parquet");
    }
    Path tff = Files.createDirectories(folder.resolve("tff"));
    byte[] hdf = Files.readAllBytes(made("tff-emnist/fed_emnist_train.h5"));
    Path train = Files.write(tff.resolve("x_train.h5"), Arrays.copyOf(hdf, hdf.length / 2));
    Files.write(tff.resolve("x_test.h5"), hdf);
    BadDataException error =
        assertThrows(BadDataException.class, () -> DataSources.find("tff").load(tff).close());
    assertTrue(error.getMessage().startsWith("bad data in " + train), error.getMessage());
    assertTrue(Pointer.totalBytes() <= before, "off-heap bytes left open");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          odd-empty | at least one image in training and test set, found a set without any
          odd-text | found columns [image of [bytes, path], label of text or bytes]; number text with dataset.class_encode_column('label') and write it anew
          odd-no-user | as TensorFlow Federated writes them, found no user in examples
          """)
  void oddSetsAreNamed(String name, String rest) throws Exception {
    Path path = made(name);
    BadDataException error =
        assertThrows(BadDataException.class, () -> DataSources.find("auto").load(path).close());
    assertTrue(error.getMessage().endsWith(rest), error.getMessage());
  }

  private void assertNames(Path file, String expected, String source) {
    BadDataException error =
        assertThrows(BadDataException.class, () -> DataSources.find(source).load(folder).close());
    String start = "bad data in %s: expected %s, found ".formatted(file, expected);
    assertTrue(error.getMessage().startsWith(start), error.getMessage());
  }
}
