package org.zowarmup.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.Test;
import org.zowarmup.data.partition.Partitioner;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.ConfigException;
import org.zowarmup.plugin.Plugins;

class DataSetTest {
  private static ImageSet blank(int height, int width, int channels, int classes) {
    byte[] pixels = new byte[height * width * channels];
    return TestImages.set(height, width, channels, classes, new int[] {0}, pixels);
  }

  @Test
  void setsMustAgree() {
    try (ImageSet train = blank(4, 5, 3, 2);
        ImageSet wide = blank(5, 4, 3, 2);
        ImageSet gray = blank(4, 5, 1, 2);
        ImageSet more = blank(4, 5, 3, 3)) {
      assertBad(
          train,
          wide,
          "bad data in here, test images: expected 4x5x3 as the training images, found 5x4x3");
      assertBad(
          train,
          gray,
          "bad data in here, test images: expected 4x5x3 as the training images, found 4x5x1");
      assertBad(
          train,
          more,
          "bad data in here, test classes: expected 2 classes as in training: [0, 1], found 3: [0,"
              + " 1, 2]");
    }
  }

  private static void assertBad(ImageSet train, ImageSet test, String message) {
    BadDataException error =
        assertThrows(BadDataException.class, () -> new DataSet("here", train, test));
    assertEquals(message, error.getMessage());
  }

  @Test
  void closeClosesBoth() {
    DataSet data = new DataSet("here", blank(1, 1, 1, 1), blank(1, 1, 1, 1));
    BytePointer train = data.train().pixels();
    BytePointer test = data.test().pixels();
    data.close();
    assertTrue(train.isNull());
    assertTrue(test.isNull());
  }

  @Test
  void unknownNamesListTheKnown() {
    ConfigException source = assertThrows(ConfigException.class, () -> DataSources.find("cifar"));
    assertListed("data.source: expected one of auto, ", "; found cifar", source);
    ConfigException kind =
        assertThrows(
            ConfigException.class,
            () ->
                Plugins.find(
                    Partitioner.class, Partitioner::kind, "data.partition.kind", "noniid"));
    assertListed("data.partition.kind: expected one of dirichlet, ", "; found noniid", kind);
  }

  private static void assertListed(String start, String end, ConfigException error) {
    String message = error.getMessage();
    assertTrue(message.startsWith(start) && message.endsWith(end), message);
  }
}
