package org.zowarmup.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.ConfigException;

/** The choice of {@code auto} between no, one and several formats. Each format tests its own. */
class AutoSourceTest {
  @TempDir Path root;

  @Test
  void saysWhatItLookedFor() throws IOException {
    TestImages.assertRefused(
        ConfigException.class,
        "data.path: expected a folder or file for data.source auto, found nothing; or give"
            + " data.source=fashion-mnist-mini, which is built in",
        "auto",
        null);
    TestImages.assertRefused(
        BadDataException.class,
        "bad data in "
            + root.resolve("none")
            + ": expected a data set, found no such file or folder",
        "auto",
        root.resolve("none"));
    String see = "docs/data.md lists what is read, and data.source=NAME forces a format";
    assertUnknown(root, "an empty folder; give the one with the data set");
    Path file = root.resolve("notes");
    for (String[] found :
        new String[][] {
          {"no data", "a file that no format starts as; " + see},
          {"", "an empty file; " + see},
          {
            "version https://git-lfs.github.com/spec/v1",
            "a Git LFS pointer, not the file itself; get it with: git lfs pull; " + see
          },
          {"<html><body>404", "a web page (HTML), so the download failed; load it again; " + see},
          {"\u001f\u00ef", "a file that no format starts as; " + see},
        }) {
      Files.writeString(file, found[0]);
      assertUnknown(file, found[1]);
    }
    assertUnknown(root, "a folder with notes; " + see);
    Files.createDirectories(root.resolve("cats"));
    assertUnknown(
        root,
        "a folder with cats, notes; for one folder a class without train/ and test/ set"
            + " data.source=image-folder and data.testPart=0.2, else "
            + see);
  }

  private static void assertUnknown(Path path, String found) {
    TestImages.assertRefused(
        BadDataException.class,
        "bad data in %s: expected a data set, found %s".formatted(path, found),
        "auto",
        path);
  }

  @Test
  void whatMayNotBeReadIsNamed() throws IOException {
    Path folder = Files.createDirectories(root.resolve("data"));
    Path images = Files.write(folder.resolve("train-images-idx3-ubyte"), new byte[] {0, 0, 8, 3});
    for (Path closed : new Path[] {images, folder}) {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
      try {
        Assumptions.assumeFalse(Files.isReadable(closed), "this user may read everything");
        String what = closed.equals(folder) ? "folder" : "file";
        TestImages.assertRefused(
            BadDataException.class,
            "bad data in %s: expected a readable %s, found no permission to read it"
                .formatted(closed, what),
            "auto",
            folder);
      } finally {
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
      }
    }
  }

  @Test
  void doesNotChooseBetweenTwo() throws IOException {
    Files.write(root.resolve("train-images-idx3-ubyte"), new byte[] {0, 0, 8, 3});
    assertEquals("idx", DataSources.resolve("auto", root).name());
    Files.createDirectories(root.resolve("train/a"));
    Files.createDirectories(root.resolve("test/a"));
    TestImages.assertRefused(
        ConfigException.class,
        "data.source: expected one of idx, image-folder, as "
            + root
            + " could be any of them; found auto",
        "auto",
        root);
    Files.delete(root.resolve("train-images-idx3-ubyte"));
    assertEquals("image-folder", DataSources.resolve("auto", root).name());
  }
}
