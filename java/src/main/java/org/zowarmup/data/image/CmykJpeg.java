package org.zowarmup.data.image;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;

/**
 * Makes RGB of a JPEG image with four components as Pillow does: stored inverted, as Adobe's
 * programs write them, and without a colour profile.
 */
final class CmykJpeg {
  private static final int HALF = 1 << 15;

  private CmykJpeg() {}

  /**
   * @param raster four bands as they are stored
   * @param ycck whether the first three are luminance and chroma, as an Adobe marker says
   */
  static BufferedImage rgb(Raster raster, boolean ycck) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    BufferedImage rgb = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    int[] stored = raster.getPixels(0, 0, width, height, (int[]) null);
    for (int i = 0; i < width * height; i++) {
      int[] cmy = {stored[4 * i], stored[4 * i + 1], stored[4 * i + 2]};
      if (ycck) {
        toCmy(cmy);
      }
      int white = stored[4 * i + 3];
      int pixel = 0;
      for (int ink : cmy) {
        int product = (255 - ink) * white + 128;
        pixel = pixel << 8 | clip(white - (((product >> 8) + product) >> 8));
      }
      rgb.setRGB(i % width, i / width, pixel);
    }
    return rgb;
  }

  /** As libjpeg's ycck_cmyk_convert. */
  private static void toCmy(int[] ycc) {
    int y = ycc[0];
    int cb = ycc[1] - 128;
    int cr = ycc[2] - 128;
    ycc[0] = clip(255 - (y + ((fix(1.402) * cr + HALF) >> 16)));
    ycc[1] = clip(255 - (y + ((-fix(0.34414) * cb + HALF - fix(0.71414) * cr) >> 16)));
    ycc[2] = clip(255 - (y + ((fix(1.772) * cb + HALF) >> 16)));
  }

  private static int fix(double factor) {
    return (int) (factor * 65536 + 0.5);
  }

  private static int clip(int value) {
    return Math.max(0, Math.min(255, value));
  }
}
