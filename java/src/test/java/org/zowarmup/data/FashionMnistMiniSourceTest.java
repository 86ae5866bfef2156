package org.zowarmup.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.zowarmup.error.ConfigException;

/**
 * Counts, digests and pixels as numpy sees them:
 *
 * <pre>
 * im = np.frombuffer(gzip.open(part + "-images-idx3-ubyte.gz").read(), np.uint8, offset=16)
 * lb = np.frombuffer(gzip.open(part + "-labels-idx1-ubyte.gz").read(), np.uint8, offset=8)
 * hashlib.sha256(im.tobytes()).hexdigest(), hashlib.sha256(lb.tobytes()).hexdigest()
 * im.reshape(-1, 28, 28)[n, y, x0:x1]
 * </pre>
 */
class FashionMnistMiniSourceTest {
  @Test
  void holdsTheFirstImagesOfEachClass() {
    try (DataSet data = DataSources.find("fashion-mnist-mini").load(null)) {
      check(
          data.train(),
          1000,
          "e1427044c614fabc29feeff0f27e6b68f88a9ee2f2cfe7d783b9157159864883",
          "2c02745d4ad8b4511333d0eca662ac5664a371860abaa4588b1670e7be59fbdf");
      check(
          data.test(),
          200,
          "96315b1732ab731e68b8def3c284f34b605f7deb7a61e683c7d786265c827c83",
          "b2095bc797d1201e84da76c94012c02d0e6f07af0938df4e00120a3b42d1aa4c");

      int[] firstLabels = {9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 0, 9};
      assertArrayEquals(firstLabels, Arrays.copyOf(data.train().labels(), 12));
      assertEquals("Ankle boot", data.train().classNames().get(9));
      assertArrayEquals(
          new int[] {0, 0, 237, 226, 217, 223}, TestImages.row(data.train(), 0, 14, 10, 16));
      assertArrayEquals(
          new int[] {0, 2, 0, 0, 199, 229}, TestImages.row(data.train(), 5000, 5, 3, 9));
      assertArrayEquals(
          new int[] {219, 207, 213, 212, 212, 211}, TestImages.row(data.train(), 9999, 20, 8, 14));
      assertArrayEquals(
          new int[] {0, 188, 173, 200, 199, 231}, TestImages.row(data.test(), 1000, 5, 3, 9));
    }
  }

  private static void check(ImageSet set, int perClass, String pixelsSha256, String labelsSha256) {
    assertEquals(28, set.height());
    assertEquals(28, set.width());
    assertEquals(1, set.channels());
    assertEquals(10, set.classes());
    assertEquals(10 * perClass, set.count());
    int[] counts = new int[10];
    byte[] labels = new byte[set.count()];
    for (int i = 0; i < labels.length; i++) {
      counts[set.labels()[i]]++;
      labels[i] = (byte) set.labels()[i];
    }
    int[] balanced = new int[10];
    Arrays.fill(balanced, perClass);
    assertArrayEquals(balanced, counts);
    assertEquals(pixelsSha256, TestImages.sha256(TestImages.bytes(set)));
    assertEquals(labelsSha256, TestImages.sha256(labels));
  }

  @Test
  void refusesAPath() {
    TestImages.assertRefused(
        ConfigException.class,
        "data.path: expected nothing, data.source fashion-mnist-mini is built in; found somewhere;"
            + " remove it",
        "fashion-mnist-mini",
        Path.of("somewhere"));
  }
}
