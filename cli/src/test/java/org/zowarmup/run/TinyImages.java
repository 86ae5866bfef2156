package org.zowarmup.run;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;

/** Makes image folders small enough for whole runs within milliseconds. */
public final class TinyImages {
  private static final int CLASSES = 3;

  private TinyImages() {}

  /** Three classes of 8 x 8 grayscale images, {@code train} and {@code test} of each class. */
  public static Path gray(Path root, int train, int test) throws IOException {
    return write(root, BufferedImage.TYPE_BYTE_GRAY, train, test);
  }

  /** Three classes of 8 x 8 RGB images, {@code train} and {@code test} of each class. */
  public static Path colour(Path root, int train, int test) throws IOException {
    return write(root, BufferedImage.TYPE_INT_RGB, train, test);
  }

  /**
   * A config of a run of two rounds on three clients.
   *
   * @param images in YAML's double quotes
   * @param more lines at its end
   */
  public static Path config(Path file, Object images, String... more) throws IOException {
    String config =
        """
        device: cpu
        data: {source: image-folder, path: "%s"}
        clients: {count: 3, high: 0.34}
        model: {kind: cnn, channels: [4]}
        warmup: {rounds: 1, cohort: 1}
        zo: {rounds: 1, cohort: 3, seeds: 2, batch: 2}
        %s
        """;
    return Files.writeString(file, config.formatted(images, String.join("\n", more)));
  }

  private static Path write(Path root, int type, int train, int test) throws IOException {
    Random random = new Random(8);
    for (int c = 0; c < CLASSES; c++) {
      writeClass(root.resolve("train/class" + c), c, type, train, random);
      writeClass(root.resolve("test/class" + c), c, type, test, random);
    }
    return root;
  }

  /** A bright stripe, at a place that the class decides, in noise. */
  private static void writeClass(Path folder, int label, int type, int count, Random random)
      throws IOException {
    Files.createDirectories(folder);
    for (int n = 0; n < count; n++) {
      BufferedImage image = new BufferedImage(8, 8, type);
      for (int y = 0; y < 8; y++) {
        for (int x = 0; x < 8; x++) {
          int noise = random.nextInt(1 << 24) & 0x3f3f3f;
          image.setRGB(x, y, x / 2 == label ? 0xffffff - noise : noise);
        }
      }
      if (!ImageIO.write(image, "png", folder.resolve(n + ".png").toFile())) {
        throw new IOException("no PNG writer");
      }
    }
  }
}
