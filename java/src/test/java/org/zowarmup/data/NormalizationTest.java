package org.zowarmup.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class NormalizationTest {
  /**
   * The numbers come from numpy:
   *
   * <pre>
   * x = train_images.astype(np.float64) / 255
   * np.float32(x.mean()), np.float32(x.std())        # 0.28668165 0.35401258
   * m, s = np.float64(np.float32(x.mean())), np.float64(np.float32(x.std()))
   * t = ((np.arange(256) / 255 - m) / s).astype(np.float32)
   * [str(t[i]) for i in (0, 1, 127, 128, 255)], hashlib.sha256(t.astype("&lt;f4").tobytes())
   * </pre>
   */
  @Test
  void embeddedSetAsNumpyHasIt() {
    try (DataSet data = DataSources.find("fashion-mnist-mini").load(null)) {
      Normalization found = Normalization.of(data.train());
      assertEquals(new Normalization(new float[] {0.28668165f}, new float[] {0.35401258f}), found);
      float[] table = found.table();
      assertEquals(256, table.length);
      assertEquals(-0.8098064f, table[0]);
      assertEquals(-0.79872894f, table[1]);
      assertEquals(0.59703404f, table[127]);
      assertEquals(0.60811156f, table[128]);
      assertEquals(2.014952f, table[255]);
      ByteBuffer bytes = ByteBuffer.allocate(4 * 256).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(table);
      assertEquals(
          "352b290921373888c438c6e83c9b4863137d6178b08b2d2c96d3e037c4b1587b",
          TestImages.sha256(bytes.array()));
    }
  }

  /** Means and spreads by hand: {0, 255}, constant 51 = 0.2 * 255, {100, 101}. */
  @Test
  void channelsAreApartAndAConstantOneHasStdOne() {
    byte[] pixels = {0, 51, 100, -1, 51, 101, 0, 51, 100, -1, 51, 101};
    try (ImageSet set = TestImages.set(2, 1, 3, 1, new int[] {0, 0}, pixels)) {
      Normalization found = Normalization.of(set);
      float[] mean = {0.5f, 0.2f, (float) (100.5 / 255)};
      float[] std = {0.5f, 1f, (float) (0.5 / 255)};
      assertEquals(new Normalization(mean, std), found);
      float[] table = found.table();
      assertEquals(3 * 256, table.length);
      assertEquals(-1f, table[0]);
      assertEquals(1f, table[255]);
      assertEquals(0f, table[256 + 51], 1e-7f);
      assertEquals(1f, table[512 + 101], 1e-4f);
    }
  }

  /** One brighter pixel in 2^24: sums in float, or a variance as a difference of means, lose it. */
  @Test
  void sumsAreExact() {
    byte[] pixels = new byte[1 << 24];
    Arrays.fill(pixels, (byte) 200);
    pixels[12345] = (byte) 201;
    try (ImageSet set = TestImages.set(1 << 12, 1 << 12, 1, 1, new int[] {0}, pixels)) {
      Normalization found = Normalization.of(set);
      // One 1 among n - 1 zeros has variance (n - 1) / n^2, and n = 2^24.
      double std = Math.sqrt(1 - 0x1p-24) * 0x1p-12 / 255;
      double mean = (200 + 0x1p-24) / 255;
      assertEquals(new Normalization(new float[] {(float) mean}, new float[] {(float) std}), found);
    }
  }

  @Test
  void refusesWhatCannotDivide() {
    float[] one = {1};
    for (float std : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> new Normalization(one, new float[] {std}));
    }
    assertThrows(IllegalArgumentException.class, () -> new Normalization(one, new float[2]));
    assertThrows(
        IllegalArgumentException.class, () -> new Normalization(new float[0], new float[0]));
    try (ImageSet empty = TestImages.set(1, 1, 1, 1, new int[0], new byte[0])) {
      assertThrows(IllegalArgumentException.class, () -> Normalization.of(empty));
    }
  }
}
