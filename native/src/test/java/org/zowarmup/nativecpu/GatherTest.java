package org.zowarmup.nativecpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.junit.jupiter.api.Test;

class GatherTest {
  @Test
  void looksUpEveryPixelByChannel() {
    for (int channels : new int[] {1, 2, 3, 13}) {
      for (int pixels : new int[] {1, 13, 127, 4098}) {
        gather(pixels, channels);
      }
    }
  }

  private static void gather(int pixels, int channels) {
    Random random = new Random(pixels);
    int samples = 21;
    int elements = pixels * channels;
    byte[] images = new byte[samples * elements];
    random.nextBytes(images);
    int count = 13;
    int batch = 16;
    int[] indices = random.ints(count, 0, samples).toArray();
    float[] table = Variants.normal(random, channels * 256);
    float[] expected = new float[batch * elements];
    for (int row = 0; row < count; row++) {
      for (int e = 0; e < elements; e++) {
        int pixel = images[indices[row] * elements + e] & 0xFF;
        expected[row * elements + e] = table[(e % channels) * 256 + pixel];
      }
    }
    float[][] found =
        Variants.sameBits(
            "gather",
            threads -> {
              try (BytePointer bytes = new BytePointer(images);
                  IntPointer rows = new IntPointer(indices);
                  FloatPointer values = new FloatPointer(table);
                  Guarded out = Guarded.filled(batch * elements, 4f)) {
                NativeCpu.gatherNormalize(
                    bytes, rows, count, batch, elements, channels, values, out.pointer(), threads);
                return new float[][] {out.read()};
              }
            });
    Variants.assertBits(expected, found[0], pixels + " pixels of " + channels + " channels");
  }

  /**
   * One image 4.3 GB into a data set, of which nothing else exists: an offset that 32 bits lack.
   */
  @Test
  void addressesBeyondFourGibibytes() {
    long elements = 1 << 20;
    int index = 4100;
    try (BytePointer image = new BytePointer(elements);
        IntPointer rows = new IntPointer(1).put(index);
        FloatPointer table = new FloatPointer(256);
        FloatPointer out = new FloatPointer(elements)) {
      for (int value = 0; value < 256; value++) {
        table.put(value, value);
      }
      image.put(0, (byte) 200);
      image.put(elements - 1, (byte) 201);
      image.position(-index * elements);
      NativeCpu.gatherNormalize(image, rows, 1, 1, elements, 1, table, out, 1);
      image.position(0);
      assertEquals(200f, out.get(0));
      assertEquals(201f, out.get(elements - 1));
    }
  }

  @Test
  void refusesChannelsThatDoNotDivide() {
    try (BytePointer bytes = new BytePointer(10);
        IntPointer rows = new IntPointer(1).put(0);
        FloatPointer table = new FloatPointer(768);
        FloatPointer out = new FloatPointer(10)) {
      assertThrows(
          RuntimeException.class,
          () -> NativeCpu.gatherNormalize(bytes, rows, 1, 1, 10, 3, table, out, 1));
    }
  }
}
