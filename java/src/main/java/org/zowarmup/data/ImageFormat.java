package org.zowarmup.data;

import java.awt.image.BufferedImage;
import org.zowarmup.data.image.ImageDecoder;
import org.zowarmup.data.image.ImageFiles;

/**
 * The size that every image of a folder must have, taken from one of its files.
 *
 * @param channels 1 (grayscale) or 3 (RGB)
 * @param example the file that set it, for messages
 */
public record ImageFormat(int height, int width, int channels, String example) {
  static ImageFormat of(ImageFiles files) {
    try (ImageDecoder decoder = new ImageDecoder()) {
      String name = files.exampleName();
      BufferedImage image = decoder.decode(name, files.exampleContent(), null);
      int channels = PixelCopier.isGray(image) ? 1 : 3;
      return new ImageFormat(image.getHeight(), image.getWidth(), channels, name);
    }
  }

  ImageFormat inColour() {
    return new ImageFormat(height, width, 3, example);
  }

  public int bytes() {
    return height * width * channels;
  }
}
