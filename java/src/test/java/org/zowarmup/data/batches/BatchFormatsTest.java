package org.zowarmup.data.batches;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.data.DataOptions;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSource;
import org.zowarmup.data.DataSources;
import org.zowarmup.data.Formats;
import org.zowarmup.error.BadDataException;

/** Every format as Python, numpy 1 and numpy 2 write it, found by its content. */
class BatchFormatsTest {
  private static DataSet load(String source, Path path) {
    DataSource found = DataSources.resolve("auto", path);
    assertEquals(source, found.name());
    return found.load(path);
  }

  private static DataSet load(String source, String path) {
    return load(source, Formats.path(path));
  }

  @Test
  void cifar10Binary() {
    try (DataSet data = load("cifar10", "cifar10-binary")) {
      Formats.check(data.train(), 0, 5, 32, 3, 7);
      Formats.check(data.test(), 5, 2, 32, 3, 7);
      assertEquals(10, data.classes());
      assertEquals("kind9", data.train().classNames().get(9));
    }
  }

  @Test
  void cifar10Python() {
    try (DataSet data = load("cifar10", "cifar10-python")) {
      Formats.check(data.train(), 0, 150, 8, 3, 7);
      Formats.check(data.test(), 150, 5, 8, 3, 7);
      assertEquals("kind3", data.train().classNames().get(3));
    }
  }

  /** Without test_batch the folder is still CIFAR-10's, and a drawn part is the test set. */
  @Test
  void cifar10WithoutATestBatch(@TempDir Path folder) throws IOException {
    Path from = Formats.path("cifar10-python");
    for (int i = 1; i <= 5; i++) {
      Files.copy(from.resolve("data_batch_" + i), folder.resolve("data_batch_" + i));
    }
    DataSource source = DataSources.resolve("auto", folder);
    BadDataException none = assertThrows(BadDataException.class, () -> source.load(folder).close());
    assertTrue(
        none.getMessage().contains("expected a file test_batch, found none; data.testPart=0.2"),
        none.getMessage());
    try (DataSet data = source.load(folder, new DataOptions(null, null, 0.2, null))) {
      assertEquals(120, data.train().count());
      assertEquals(30, data.test().count());
    }
  }

  @Test
  void cifar100() {
    try (DataSet data = load("cifar100", "cifar100-binary")) {
      Formats.check(data.train(), 0, 3, 32, 3, 7);
      Formats.check(data.test(), 3, 1, 32, 3, 7);
      assertEquals(100, data.classes());
    }
    try (DataSet data = load("cifar100", "cifar100-python")) {
      Formats.check(data.train(), 0, 7, 8, 3, 7);
      Formats.check(data.test(), 7, 2, 8, 3, 7);
      assertEquals("fine99", data.train().classNames().get(99));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "numpy1/protocol2",
        "numpy1/protocol3",
        "numpy1/protocol4",
        "numpy1/protocol5",
        "numpy2/protocol2",
        "numpy2/protocol3",
        "numpy2/protocol4",
        "numpy2/protocol5",
        "npz"
      })
  void imageNet32(String form) {
    try (DataSet data = load("imagenet32", "imagenet32-" + form)) {
      Formats.check(data.train(), 0, 37, 8, 3, 7);
      Formats.check(data.test(), 37, 3, 8, 3, 7);
      assertEquals(1000, data.classes());
      assertEquals("1", data.train().classNames().get(0));
    }
  }

  @Test
  void imageNet32TakesNamesFromTheMap(@TempDir Path folder) throws Exception {
    for (String name : List.of("train_data_batch_1", "train_data_batch_2", "val_data")) {
      Files.copy(Formats.path("imagenet32-numpy2/protocol4/" + name), folder.resolve(name));
    }
    Files.writeString(
        folder.resolve("map_clsloc.txt"), "n02119789 1 kit_fox\nn03250847 1000 drumstick\n");
    try (DataSet data = load("imagenet32", folder)) {
      assertEquals("kit_fox", data.train().classNames().get(0));
      assertEquals("2", data.train().classNames().get(1));
      assertEquals("drumstick", data.train().classNames().get(999));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"stored.npz", "compressed.npz"})
  void numpyGray(String file) {
    try (DataSet data = load("numpy", "numpy/" + file)) {
      assertEquals(3, data.width());
      Formats.check(data.train(), 0, 12, 5, 1, 1);
      Formats.check(data.test(), 12, 4, 5, 1, 1);
      assertEquals(3, data.classes());
    }
  }

  /** Images before channels or after them, in one file or several; labels of one column. */
  @ParameterizedTest
  @CsvSource({"medical.npz", "planar", "two"})
  void numpyColour(String path) {
    try (DataSet data = load("numpy", "numpy/" + path)) {
      Formats.check(data.train(), 0, 6, 5, 3, 1);
      Formats.check(data.test(), 7, 2, 5, 3, 1);
      assertEquals(2, data.classes());
    }
  }

  @Test
  void idx() {
    try (DataSet data = load("idx", "idx")) {
      Formats.check(data.train(), 0, 6, 8, 1, 7);
      Formats.check(data.test(), 6, 2, 8, 1, 7);
    }
  }
}
