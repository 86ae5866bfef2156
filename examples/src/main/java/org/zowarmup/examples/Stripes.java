package org.zowarmup.examples;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSource;
import org.zowarmup.data.ImageSet;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/** A data set made on the spot: 8x8 images with stripes along or across, under noise. */
public record Stripes(
    @Key("training images") @Range(min = 10, max = 1_000_000) int images,
    @Key("largest change of a pixel by noise") @Range(min = 0, max = 127) int noise)
    implements DataSource {
  /** The defaults. */
  public Stripes() {
    this(600, 100);
  }

  @Override
  public String name() {
    return "stripes";
  }

  @Override
  public DataSet load(Path pathOrNull) {
    return DataSet.load("stripes", () -> draw(images, 1), () -> draw(images / 5, 2));
  }

  private ImageSet draw(int count, long seed) {
    Random random = new Random(seed);
    byte[] pixels = new byte[count * 64];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      labels[i] = random.nextInt(2);
      for (int p = 0; p < 64; p++) {
        int stripe = (labels[i] == 0 ? p : p / 8) / 2 % 2;
        int change = noise == 0 ? 0 : random.nextInt(2 * noise + 1) - noise;
        pixels[i * 64 + p] = (byte) Math.min(255, Math.max(0, 64 + 128 * stripe + change));
      }
    }
    return new ImageSet(new BytePointer(pixels), 8, 8, 1, labels, List.of("across", "along"));
  }
}
