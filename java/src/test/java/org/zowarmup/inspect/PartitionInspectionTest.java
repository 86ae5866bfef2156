package org.zowarmup.inspect;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.record.file.OutputFile;

class PartitionInspectionTest {
  @TempDir Path folder;

  private PartitionInspection inspect(String... overrides) throws IOException {
    Path config =
        Files.writeString(folder.resolve("c.yaml"), "data: {source: fashion-mnist-mini}\n");
    return PartitionInspection.of(ConfigLoader.load(config, List.of(overrides)));
  }

  @Test
  void everyImageIsCountedOnce() throws IOException {
    PartitionInspection partition =
        inspect("data.partition={kind: iid}", "clients.count=7", "warmup.cohort=1", "zo.cohort=7");
    int[] perClass = new int[10];
    for (PartitionInspection.Part part : partition.clients()) {
      for (int c = 0; c < 10; c++) {
        perClass[c] += part.perClass()[c];
      }
      assertEquals(10, part.classes());
      assertTrue(part.effectiveClasses() > 9.9 && part.effectiveClasses() <= 10);
    }
    int[] thousandOfEach = {1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000};
    assertArrayEquals(thousandOfEach, perClass);
    assertEquals(0, partition.unused());
  }

  @Test
  void effectiveClassesAreTheExponentialOfTheEntropy() {
    // two classes of 1/2 are 2 classes; shares 1/2, 1/4, 1/4 have an entropy of 1.5 bits
    assertEquals(2, part(7, 7, 0).effectiveClasses(), 1e-12);
    assertEquals(Math.pow(2, 1.5), part(2, 1, 1).effectiveClasses(), 1e-12);
    assertEquals(1, part(0, 0, 13).effectiveClasses(), 1e-12);
  }

  private static PartitionInspection.Part part(int... perClass) {
    return new PartitionInspection.Part(0, true, 0, perClass);
  }

  @Test
  void whatTheHighResourceClientsLackIsSeen() throws IOException {
    PartitionInspection partition =
        inspect(
            "data.partition={kind: shards, perClient: 1}", "clients.high=[3]", "warmup.cohort=1");
    int[] held = partition.heldByHigh();
    assertEquals(200, Arrays.stream(held).sum());
    assertEquals(1, Arrays.stream(held).filter(n -> n > 0).count());
  }

  @Test
  void thePictureHasADarkCellWhereImagesAre() throws IOException {
    Path file = folder.resolve("partition.png");
    PartitionPicture.write(inspect(), OutputFile.own(file));
    BufferedImage picture = ImageIO.read(file.toFile());
    assertEquals(960, picture.getWidth());
    assertEquals(390, picture.getHeight());
    boolean dark = false;
    boolean line = false;
    for (int x = 0; x < picture.getWidth(); x++) {
      int rgb = picture.getRGB(x, picture.getHeight() / 2) & 0xFFFFFF;
      dark |= (rgb >> 16) < 0x40 && (rgb & 0xFF) > 0x60;
      line |= rgb == 0xC0392B;
    }
    assertTrue(dark && line, "dark cell " + dark + ", line " + line);
  }
}
