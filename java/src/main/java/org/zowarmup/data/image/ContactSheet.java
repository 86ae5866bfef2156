package org.zowarmup.data.image;

import java.awt.image.BufferedImage;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.data.ImageSet;

/** A few images of each class side by side, one class a row. */
public final class ContactSheet {
  private static final int COLUMNS = 10;
  private static final int MAX_ROWS = 25;
  private static final int GAP = 2;
  private static final int MIN_SIDE = 32;

  private ContactSheet() {}

  /**
   * The first ten images of each of the first 25 classes, in the order of the set; small images are
   * enlarged by a whole factor.
   */
  public static BufferedImage of(ImageSet set) {
    ImageDecoder.useNoDisplay();
    int scale = Math.max(1, MIN_SIDE / Math.max(set.height(), set.width()));
    int rows = Math.min(MAX_ROWS, set.classes());
    int cellWidth = set.width() * scale + GAP;
    int cellHeight = set.height() * scale + GAP;
    BufferedImage sheet =
        new BufferedImage(
            COLUMNS * cellWidth + GAP, rows * cellHeight + GAP, BufferedImage.TYPE_INT_RGB);
    int[] placed = new int[rows];
    int open = rows;
    for (int i = 0; i < set.count() && open > 0; i++) {
      int row = set.labels()[i];
      if (row < rows && placed[row] < COLUMNS) {
        draw(set, i, sheet, GAP + placed[row] * cellWidth, GAP + row * cellHeight, scale);
        placed[row]++;
        open -= placed[row] == COLUMNS ? 1 : 0;
      }
    }
    return sheet;
  }

  private static void draw(
      ImageSet set, int image, BufferedImage sheet, int left, int top, int scale) {
    for (int y = 0; y < set.height() * scale; y++) {
      for (int x = 0; x < set.width() * scale; x++) {
        sheet.setRGB(left + x, top + y, rgb(set, image, y / scale, x / scale));
      }
    }
  }

  private static int rgb(ImageSet set, int image, int y, int x) {
    BytePointer pixels = set.pixels();
    long at = (((long) image * set.height() + y) * set.width() + x) * set.channels();
    int red = Byte.toUnsignedInt(pixels.get(at));
    boolean colour = set.channels() >= 3;
    int green = colour ? Byte.toUnsignedInt(pixels.get(at + 1)) : red;
    int blue = colour ? Byte.toUnsignedInt(pixels.get(at + 2)) : red;
    return red << 16 | green << 8 | blue;
  }
}
