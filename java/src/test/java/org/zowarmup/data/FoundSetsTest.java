package org.zowarmup.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.data.cache.CacheFile;
import org.zowarmup.data.partition.Natural;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.ConfigException;
import org.zowarmup.record.file.OutputFile;
import org.zowarmup.setup.DataConversion;

/** Data sets where and as people have them, by {@code auto}; see found/make.py. */
class FoundSetsTest {
  @TempDir Path folder;

  private static Path found(String name) throws URISyntaxException {
    return Path.of(FoundSetsTest.class.getResource("found/" + name).toURI());
  }

  private static DataSource auto(Path path, String expected) {
    DataSource source = DataSources.resolve("auto", path);
    assertEquals(expected, source.name());
    return source;
  }

  @ParameterizedTest
  @CsvSource({
    "downloads/cifar-10-python.tar.gz, cifar10, 20, 3, 10",
    "downloads/cifar-100-python.tar.gz, cifar100, 7, 2, 100",
    "torchvision/cifar, cifar10, 20, 3, 10",
    "imagenet32-zips, imagenet32, 9, 3, 1000",
    "imagenet32-folders, imagenet32, 9, 3, 1000",
    "torchvision/mnist, idx, 6, 2, 10",
    "torchvision/mnist/MNIST, idx, 6, 2, 10",
    "kaggle-mnist, idx, 6, 2, 10",
    "emnist/emnist-balanced-train-images-idx3-ubyte.gz, idx, 6, 2, 47",
    "emnist/emnist-letters-train-images-idx3-ubyte.gz, idx, 6, 2, 26",
  })
  void isFoundAndRead(String place, String source, int train, int test, int classes)
      throws Exception {
    Path path = found(place);
    long before = temporaryFolders();
    try (DataSet data = auto(path, source).load(path)) {
      assertEquals(classes, data.classes());
      int channels = source.equals("idx") ? 1 : 3;
      Formats.check(data.train(), 0, train, 8, channels, 7);
      Formats.check(data.test(), train, test, 8, channels, 7);
    }
    assertEquals(before, temporaryFolders(), "what was unpacked is gone");
    if (!place.contains("tar")) {
      DataSources.resolve(source, path).load(path).close();
    }
  }

  @ParameterizedTest
  @CsvSource({"svhn, svhn, 32, 6, 2", "stl10, stl10, 96, 3, 2"})
  void imagesOfColumnsAreTurnedUpright(String place, String source, int side, int train, int test)
      throws Exception {
    Path path = found(place);
    try (DataSet data = auto(path, source).load(path)) {
      assertEquals(10, data.classes());
      Formats.check(data.train(), 0, train, side, 3, 7);
      Formats.check(data.test(), train, test, side, 3, 7);
      assertEquals(source.equals("stl10") ? "kind3" : "3", data.train().classNames().get(3));
    }
  }

  @Test
  void damagedMatFilesAreNamed() throws Exception {
    byte[] whole = Files.readAllBytes(found("svhn/train_32x32.mat"));
    Files.copy(found("svhn/test_32x32.mat"), folder.resolve("test_32x32.mat"));
    Random random = new Random(20261129);
    for (int i = 0; i < 300; i++) {
      byte[] damaged = whole.clone();
      if (i % 3 == 0) {
        damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
      } else {
        damaged[random.nextInt(i % 3 == 1 ? 200 : damaged.length)] ^=
            (byte) (1 + random.nextInt(255));
      }
      Files.write(folder.resolve("train_32x32.mat"), damaged);
      try (DataSet data = DataSources.find("svhn").load(folder)) {
        Formats.check(data.train(), 0, 6, 32, 3, 7); // it was in the text of the header
      } catch (BadDataException e) {
        assertTrue(e.getMessage().contains("train_32x32.mat"), e.getMessage());
        assertTrue(e.getMessage().lines().count() == 1, e.getMessage());
      }
    }
    Files.writeString(folder.resolve("train_32x32.mat"), "MATLAB 7.3 MAT-file, Platform: GLNXA64");
    BadDataException error =
        assertThrows(BadDataException.class, () -> DataSources.find("svhn").load(folder).close());
    assertTrue(error.getMessage().endsWith("found one of version 7.3; save it with -v7"));
  }

  @Test
  void tinyImageNetHasItsClassesInATable() throws Exception {
    Path path = found("tiny");
    try (DataSet data = auto(path, "image-folder").load(path)) {
      assertEquals(List.of("n01443537", "n01629819", "n02808440"), data.train().classNames());
      assertArrayEquals(new int[] {0, 0, 1, 1, 2, 2}, data.train().labels());
      assertArrayEquals(new int[] {2, 1, 0}, data.test().labels());
      byte[] pixels = TestImages.bytes(data.test());
      for (int i = 0; i < 3; i++) {
        assertEquals(60 * (2 - i) + 12, Byte.toUnsignedInt(pixels[i * 64]), 2);
      }
    }
    Path copy = folder.resolve("tiny");
    for (Path file : files(path)) {
      Path to = copy.resolve(path.relativize(file).toString());
      Files.createDirectories(to.getParent());
      Files.copy(file, to);
    }
    Path table = copy.resolve("tiny-imagenet-200/val/val_annotations.txt");
    Files.writeString(table, Files.readString(table).replace("n01629819", "n99999999"));
    BadDataException error =
        assertThrows(BadDataException.class, () -> DataSources.find("auto").load(copy).close());
    assertEquals(
        "bad data in %s, line 2: expected a file name, a tab and a class that train/ has, found n99999999"
            .formatted(table),
        error.getMessage());
  }

  /** As the usual script sorts it: val/CLASS, beside train/CLASS/images and its boxes. */
  @Test
  void sortedTinyImageNetIsReadAsFolders() throws Exception {
    byte[] image = ImageFolderSourceTest.encode(ImageFolderSourceTest.gray(7), "png");
    for (String name :
        List.of("train/n01/images", "val/n01", "train/n02/images", "val/n02/images")) {
      Files.createDirectories(folder.resolve(name));
      Files.write(folder.resolve(name + "/1.png"), image);
    }
    Files.writeString(folder.resolve("train/n01/n01_boxes.txt"), "1.png 0 0 1 1");
    try (DataSet data = auto(folder, "image-folder").load(folder)) {
      assertEquals(List.of("n01", "n02"), data.train().classNames());
      assertArrayEquals(new int[] {0, 1}, data.test().labels());
    }
  }

  @Test
  void partsHaveManyNames() throws Exception {
    for (List<String> parts :
        List.of(
            List.of("Train", "Test"), List.of("training", "testing"), List.of("TRAIN", "Val"))) {
      Path root = folder.resolve(parts.get(0));
      Path zip = folder.resolve(parts.get(0) + ".zip");
      byte[] image = ImageFolderSourceTest.encode(ImageFolderSourceTest.gray(7), "png");
      try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
        for (String place : List.of("/a/1.png", "/b/1.png")) {
          for (String part : parts) {
            Path file = root.resolve(part + place);
            Files.createDirectories(file.getParent());
            Files.write(file, image);
            out.putNextEntry(new ZipEntry(part + place));
            out.write(image);
          }
        }
      }
      for (Path path : List.of(root, zip)) {
        try (DataSet data = auto(path, "image-folder").load(path)) {
          assertEquals(List.of("a", "b"), data.train().classNames());
          assertEquals(2, data.test().count());
        }
      }
    }
    Path webp = folder.resolve("Train/Train/a/2.webp");
    Files.write(webp, "RIFF....WEBPVP8 ".getBytes(StandardCharsets.US_ASCII));
    BadDataException error =
        assertThrows(
            BadDataException.class,
            () -> DataSources.find("auto").load(folder.resolve("Train")).close());
    assertTrue(
        error
            .getMessage()
            .endsWith("found WebP; convert it, for example with: mogrify -format png FILE"),
        error.getMessage());
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  private static long temporaryFolders() throws IOException {
    try (Stream<Path> entries = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return entries.filter(e -> e.getFileName().toString().startsWith("zowarmup-data-")).count();
    }
  }

  @Test
  void emnistIsNamedAndTurned() throws Exception {
    Path path = found("emnist/emnist-balanced-train-images-idx3-ubyte.gz");
    DataOptions stored = new DataOptions(null, null, null, false);
    try (DataSet data = auto(path, "idx").load(path);
        DataSet turned = auto(path, "idx").load(path, stored)) {
      assertEquals("0", data.train().classNames().get(0));
      assertEquals("a", data.train().classNames().get(36));
      byte[] right = TestImages.bytes(data.train());
      byte[] sideways = TestImages.bytes(turned.train());
      assertEquals(right[3 * 8 + 5], sideways[5 * 8 + 3]);
    }
  }

  @Test
  void severalSetsAreNamed() throws Exception {
    Path emnist = found("emnist");
    TestImages.assertRefused(
        BadDataException.class,
        "bad data in %s: expected one set of idx files, found 2: emnist-balanced-, emnist-letters-; give the file emnist-balanced-train-images-idx3-ubyte of one as data.path"
            .formatted(emnist),
        "idx",
        emnist);
    ConfigException error =
        assertThrows(
            ConfigException.class, () -> DataSources.resolve("auto", found("torchvision")));
    assertEquals(
        "data.path: expected one data set, found 2 below %s: cifar/cifar-10-batches-py (cifar10), mnist/MNIST/raw (idx); give the path of one of them"
            .formatted(found("torchvision")),
        error.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"leaf, leaf, 8, 1, 62"})
  void usersBecomeClients(String place, String source, int side, int channels, int classes)
      throws Exception {
    Path path = found(place);
    try (DataSet data = auto(path, source).load(path)) {
      if (source.equals("tff")) {
        assertEquals(classes, data.classes());
      }
      assertEquals(List.of("f0001_41", "f0002_07", "uä"), data.train().usersOrNull().names());
      assertArrayEquals(new int[] {0, 0, 0, 1, 2, 2}, data.train().usersOrNull().of());
      for (int i = 0; i < 6; i++) {
        assertEquals(i * 7 % classes, data.train().labels()[i]);
      }
      byte[] pixels = TestImages.bytes(data.train());
      assertEquals((byte) (4 * 31 + 7 * 7 + 2 * 3), pixels[((4 * side + 7) * side + 2) * channels]);
      assertEquals(2, data.test().usersOrNull().names().size());
      int[][] parts = new Natural().partition(data.train(), 3, 1);
      assertArrayEquals(new int[][] {{0, 1, 2}, {3}, {4, 5}}, parts);
      assertArrayEquals(
          new int[][] {{0, 1, 2}, {4, 5}}, new Natural(2).partition(data.train(), 2, 1));
      int[][] drawn = new Natural().partition(data.train(), 2, 1);
      assertEquals(2, drawn.length);
      ConfigException many =
          assertThrows(ConfigException.class, () -> new Natural(2).partition(data.train(), 3, 1));
      assertEquals(
          "clients.count: expected 1 to 2, the users with at least 2 images of 3 in all; found 3",
          many.getMessage());
      Path copy = folder.resolve("copy.zowdata");
      DataConversion.write(data, "x", OutputFile.own(copy));
      try (var cached = CacheFile.open(copy)) {
        assertEquals(
            data.train().usersOrNull().names(), cached.data().train().usersOrNull().names());
        assertArrayEquals(
            data.train().usersOrNull().of(), cached.data().train().usersOrNull().of());
      }
    }
  }

  @Test
  void aSetWithoutUsersHasNoNaturalPartition() throws Exception {
    try (DataSet data = DataSources.find("auto").load(found("kaggle-mnist"))) {
      ConfigException error =
          assertThrows(ConfigException.class, () -> new Natural().partition(data.train(), 1, 1));
      assertTrue(error.getMessage().startsWith("data.partition.kind: expected another kind than"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"users":[],"user_data":{"a":{"x":[[0,1,0,1]]}}} | user a: expected a list x of images and a list y of labels, found one of them
          {"users":[],"user_data":{"a":{"x":["img.jpg"],"y":[1]}}} | user a: expected images as lists of pixels, found text (img.jpg): a set of text or of names of files, which is not read
          {"users":[],"user_data":{"a":{"x":[[0,1,0,2]],"y":[1]}}} | user a: expected pixels from 0 to 1, found 2.0; divide them by 255
          {"users":[],"user_data":{"a":{"y":[1,2],"x":[[0,1,0,1]]}}} | user a: expected as many labels y as images x, found 2 and 1
          {"users":[],"user_data":{"a":{"x":[[0,1,0,1],[1]],"y":[1,1]}}} | user a: expected 4 pixels an image, found 1
          {"users":["a","b"],"user_data":{"a":{"x":[[0,1,0,1]],"y":[1]}}} | users: expected every user once, and with data in user_data, found b without data
          {"users":["a","a"],"user_data":{"a":{"x":[[0,1,0,1]],"y":[1]}}} | users: expected every user once, and with data in user_data, found a twice
          {"users":[],"user_data":{"a":{"x":[[NaN,1,0,1]],"y":[1]}}} | expected JSON as LEAF writes it, found Non-standard token 'NaN'
          {"users":[]} | expected the key user_data, as in LEAF's files, found none
          """)
  void badLeafFilesAreNamed(String json, String rest) throws IOException {
    for (String part : List.of("train", "test")) {
      Files.createDirectories(folder.resolve(part));
      Files.writeString(folder.resolve(part + "/all_data.json"), json);
    }
    BadDataException error =
        assertThrows(BadDataException.class, () -> DataSources.find("leaf").load(folder).close());
    assertTrue(error.getMessage().endsWith(rest), error.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fractions",
        "half",
        "big-endian-double",
        "whole-doubles",
        "int64",
        "flat",
        "flat-fractions",
        "fortran",
        "fortran-fractions",
        "planar-int16"
      })
  void arraysOfAnyNumberTypeAndOrder(String name) throws Exception {
    Path file = found("arrays/" + name + ".npz");
    boolean colour =
        List.of("big-endian-double", "whole-doubles", "fortran", "planar-int16").contains(name);
    try (DataSet data = auto(file, "numpy").load(file)) {
      assertEquals(4, data.classes());
      Formats.check(data.train(), 0, 6, 8, colour ? 3 : 1, 7);
      Formats.check(data.test(), 6, 2, 8, colour ? 3 : 1, 7);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          one-hot | array y_train of at most 268435456 whole numbers, found [6, 4], float64; of one-hot labels take numpy.argmax(y, axis=1)
          text | array y_train of at most 268435456 whole numbers, found [6], text of length 21: text; number it with numpy.unique(y, return_inverse=True)[1]
          normalized | array x_train of pixels, whole from 0 to 255 or fractions from 0 to 1, found fractions from -1 to 1.550; undo the normalization, or write (x * 255).round().astype('uint8')
          empty-test | at least one image, found 0
          no-test | arrays x_test and y_test, found none; data.testPart=0.2 draws a test set from the training images
          """)
  void arraysThatAreRefused(String name, String rest) throws Exception {
    Path file = found("arrays-odd/" + name + ".npz");
    BadDataException error =
        assertThrows(BadDataException.class, () -> DataSources.find("numpy").load(file).close());
    assertTrue(error.getMessage().contains(rest), error.getMessage());
  }

  @Test
  void aClassMayHaveNoImage() throws Exception {
    try (DataSet data = DataSources.find("auto").load(found("arrays-odd/gap.npz"))) {
      assertEquals(4, data.classes());
    }
  }

  /** The draw of a test set is a function of the images' number and the part. */
  @Test
  void aTestSetIsDrawnWhereThereIsNone() throws Exception {
    Path file = found("arrays-odd/no-test.npz");
    DataOptions quarter = new DataOptions(null, null, 0.25, null);
    try (DataSet data = DataSources.find("auto").load(file, quarter);
        DataSet again = DataSources.find("auto").load(file, quarter)) {
      assertEquals(6, data.train().count());
      assertEquals(2, data.test().count());
      assertArrayEquals(TestImages.bytes(data.test()), TestImages.bytes(again.test()));
      byte[] test = TestImages.bytes(data.test());
      int first = Byte.toUnsignedInt(test[0]); // 31 times the number of the image
      assertEquals(first / 31 * 7 % 4, data.test().labels()[0]);
    }
    Path images = folder.resolve("images");
    for (int i = 0; i < 10; i++) {
      Path kind = Files.createDirectories(images.resolve(i % 2 == 0 ? "a" : "b"));
      Files.write(
          kind.resolve(i + ".png"),
          ImageFolderSourceTest.encode(ImageFolderSourceTest.gray(i), "png"));
    }
    DataOptions part = new DataOptions(null, null, 0.2, null);
    try (DataSet data = DataSources.find("image-folder").load(images, part)) {
      assertEquals(8, data.train().count());
      assertEquals(2, data.test().count());
      byte[] test = TestImages.bytes(data.test());
      assertEquals(test[0] % 2, data.test().labels()[0]);
    }
    Files.createDirectories(images.resolve("train"));
    Files.move(images.resolve("a"), images.resolve("train/a"));
    Files.createDirectories(images.resolve("val/a"));
    Files.move(images.resolve("train/a/0.png"), images.resolve("val/a/0.png"));
    try (DataSet data = auto(images, "image-folder").load(images)) {
      assertEquals(4, data.train().count());
      assertEquals(1, data.test().count());
    }
    ConfigException error =
        assertThrows(
            ConfigException.class, () -> DataSources.find("image-folder").load(images, part));
    assertEquals(
        "data.testPart: expected null, as %s has a test set of its own; found 0.2"
            .formatted(images),
        error.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"protocol0", "protocol1", "protocol2"})
  void picklesOfEveryProtocolAndEnding(String name) throws Exception {
    Path path = found("pickles/" + name);
    try (DataSet data = auto(path, "cifar10").load(path)) {
      Formats.check(data.train(), 0, 20, 8, 3, 7);
      Formats.check(data.test(), 20, 3, 8, 3, 7);
    }
  }
}
