package org.zowarmup.data;

import java.awt.image.BufferedImage;
import java.nio.file.Path;

/**
 * The size that every image of a folder must have, taken from its first file.
 *
 * @param channels 1 (grayscale) or 3 (RGB)
 * @param example the file that set it, for messages
 */
record ImageFormat(int height, int width, int channels, Path example) {
  static ImageFormat of(Path file) {
    try (ImageDecoder decoder = new ImageDecoder()) {
      BufferedImage image = decoder.decode(file, null);
      int channels = PixelCopier.isGray(image) ? 1 : 3;
      return new ImageFormat(image.getHeight(), image.getWidth(), channels, file);
    }
  }

  ImageFormat inColour() {
    return new ImageFormat(height, width, 3, example);
  }

  int bytes() {
    return height * width * channels;
  }
}
