package org.zowarmup.nativecpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.Random;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.LongPointer;
import org.junit.jupiter.api.Test;

class PlanesTest {
  /** Every number of channels and pixels around the width of a vector, with guards. */
  @Test
  void interleavesPlanes() {
    for (int channels : new int[] {1, 2, 3, 4}) {
      for (int pixels : new int[] {1, 13, 15, 16, 17, 207, 1024}) {
        interleave(channels, pixels, channels * pixels);
        interleave(channels, pixels, channels * pixels + 1);
      }
    }
  }

  private static void interleave(int channels, int pixels, int stride) {
    int images = 3;
    int size = images * pixels * channels;
    byte[] in = new byte[(images - 1) * stride + pixels * channels];
    new Random(size).nextBytes(in);
    byte[] expected = new byte[size + 16];
    Arrays.fill(expected, (byte) 77);
    for (int i = 0; i < images; i++) {
      for (int p = 0; p < pixels; p++) {
        for (int c = 0; c < channels; c++) {
          expected[8 + (i * pixels + p) * channels + c] = in[i * stride + c * pixels + p];
        }
      }
    }
    byte[] found = new byte[size + 16];
    try (BytePointer from = new BytePointer(in);
        BytePointer to = new BytePointer(size + 16L)) {
      to.fill(77);
      NativeCpu.interleavePlanes(from, stride, to.position(8), images, pixels, channels);
      to.position(0).get(found);
    }
    assertArrayEquals(expected, found, pixels + " pixels of " + channels + " channels");
  }

  @Test
  void countsLevelsOnTopOfWhatIsThere() {
    byte[] in = {0, -1, 7, 0, -1, 7, 1, 1, 1};
    try (BytePointer bytes = new BytePointer(in);
        LongPointer counts = new LongPointer(3 * 256)) {
      counts.fill(0);
      NativeCpu.countLevels(bytes, 3, 3, counts);
      NativeCpu.countLevels(bytes, 3, 3, counts);
      long[] expected = new long[3 * 256];
      expected[0] = 4;
      expected[1] = 2;
      expected[256 + 255] = 4;
      expected[256 + 1] = 2;
      expected[512 + 7] = 4;
      expected[512 + 1] = 2;
      long[] found = new long[3 * 256];
      counts.get(found);
      assertArrayEquals(expected, found);
    }
  }
}
