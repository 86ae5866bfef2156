package org.zowarmup.data;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import org.zowarmup.error.BadDataException;

/**
 * Copies a decoded image into bytes [H,W,C]. Samples are read from the raster, not with {@code
 * getRGB}: that converts gray from a linear colour space, so that a stored 128 comes out as 188.
 * Not thread-safe.
 */
public final class PixelCopier {
  private int[] samples = new int[0];
  private String file;
  private Integer ground;

  /** Says whether no pixel can have colour: a gray colour space or a palette of grays. */
  public static boolean isGray(BufferedImage image) {
    ColorModel model = image.getColorModel();
    if (model instanceof IndexColorModel palette) {
      for (int i = 0; i < palette.getMapSize(); i++) {
        if (palette.getRed(i) != palette.getGreen(i) || palette.getRed(i) != palette.getBlue(i)) {
          return false;
        }
      }
      return true;
    }
    return model.getColorSpace().getType() == ColorSpace.TYPE_GRAY;
  }

  /**
   * @param channels 1, only for an image that {@link #isGray}, or 3
   * @param out receives H*W*channels bytes from {@code at} on
   * @param ground the gray value behind pixels that are not opaque; null to refuse them
   * @throws BadDataException if the image has more than 8 bits a sample, is neither gray nor RGB,
   *     or has a pixel that is not opaque and no background to lay it over
   */
  public void copy(
      String file, BufferedImage image, int channels, Integer ground, byte[] out, int at) {
    this.file = file;
    this.ground = ground;
    ColorModel model = image.getColorModel();
    int pixels = image.getHeight() * image.getWidth();
    int bands = image.getRaster().getNumBands();
    if (samples.length != pixels * bands) {
      samples = new int[pixels * bands];
    }
    image.getRaster().getPixels(0, 0, image.getWidth(), image.getHeight(), samples);
    if (model instanceof IndexColorModel palette) {
      copyIndexed(palette, channels, out, at);
    } else {
      checkModel(file, model);
      copySamples(model.getNumColorComponents(), bands, channels, out, at);
    }
  }

  private static void checkModel(String file, ColorModel model) {
    int space = model.getColorSpace().getType();
    if (space != ColorSpace.TYPE_GRAY && space != ColorSpace.TYPE_RGB) {
      throw new BadDataException(
          file,
          "",
          "a grayscale or RGB image",
          "another colour space; convert it, for example with: mogrify -colorspace sRGB FILE");
    }
    for (int bits : model.getComponentSize()) {
      if (bits != 8) {
        throw new BadDataException(
            file,
            "",
            "8 bits a sample",
            bits + " bits; convert it, for example with: mogrify -depth 8 FILE");
      }
    }
  }

  private void copyIndexed(IndexColorModel palette, int channels, byte[] out, int at) {
    int next = at;
    for (int index : samples) {
      if (index >= palette.getMapSize()) {
        throw new BadDataException(
            file,
            "",
            "palette entries from 0 to " + (palette.getMapSize() - 1),
            String.valueOf(index));
      }
      int alpha = palette.getAlpha(index);
      out[next++] = over(palette.getRed(index), alpha);
      if (channels == 3) {
        out[next++] = over(palette.getGreen(index), alpha);
        out[next++] = over(palette.getBlue(index), alpha);
      }
    }
  }

  private void copySamples(int colours, int bands, int channels, byte[] out, int at) {
    int next = at;
    for (int pixel = 0; pixel < samples.length; pixel += bands) {
      int alpha = bands > colours ? samples[pixel + colours] : 255;
      for (int c = 0; c < channels; c++) {
        out[next++] = over(samples[colours == 1 ? pixel : pixel + c], alpha);
      }
    }
  }

  /** Rounded as Pillow's {@code Image.paste} with the transparency as its mask. */
  private byte over(int value, int alpha) {
    if (alpha == 255) {
      return (byte) value;
    }
    if (ground == null) {
      throw new BadDataException(
          file,
          "",
          "an opaque image (alpha 255)",
          "alpha %d; data.background=white (or black) lays it over one".formatted(alpha));
    }
    int sum = value * alpha + ground * (255 - alpha) + 128;
    return (byte) ((sum + (sum >> 8)) >> 8);
  }
}
