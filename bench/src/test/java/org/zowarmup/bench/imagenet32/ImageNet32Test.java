package org.zowarmup.bench.imagenet32;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSources;
import picocli.CommandLine;

class ImageNet32Test {
  @TempDir Path folder;

  /** The reader is tested on Python's own files; what it accepts here is of the same form. */
  @Test
  void makesWhatTheProgramLoads() throws Exception {
    int code =
        new CommandLine(new ImageNet32()).execute("make", folder.toString(), "--images", "1234");
    assertEquals(0, code);
    try (DataSet data = DataSources.resolve("auto", folder).load(folder)) {
      assertEquals(1234, data.train().count());
      assertEquals(48, data.test().count());
      assertEquals(32, data.height());
      assertEquals(1000, data.classes());
    }
    List<String> lines = LoadTimes.measure(folder, 1, false);
    assertTrue(lines.get(0).startsWith("11 files, "), lines.get(0));
    assertTrue(lines.get(1).contains("load 0."), lines.get(1));
  }
}
