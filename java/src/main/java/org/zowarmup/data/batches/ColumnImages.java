package org.zowarmup.data.batches;

import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.format.bytes.Payload;

/** Images that are stored column by column, as MATLAB keeps them, turned upright. */
public final class ColumnImages {
  private ColumnImages() {}

  /**
   * Square colour images, each as three planes of columns.
   *
   * @param payload {@code labels.length * 3 * side * side} bytes
   * @param what they are, for messages
   */
  public static ImageSet read(
      Payload payload, int side, int[] labels, List<String> classNames, String what) {
    int image = 3 * side * side;
    PixelLoader.Run run = new PixelLoader.Run(payload, 0, image, true, labels.length);
    BytePointer pixels = PixelLoader.load(List.of(run), side * side, 3, what);
    turn(pixels, labels.length, side, side, 3);
    return new ImageSet(pixels, side, side, 3, labels, classNames);
  }

  /** Of [N,W,H,C] in place [N,H,W,C]; height and width are those of the stored rows. */
  static void turn(BytePointer pixels, int count, int height, int width, int channels) {
    byte[] stored = new byte[height * width * channels];
    byte[] turned = new byte[stored.length];
    for (int image = 0; image < count; image++) {
      pixels.position((long) image * stored.length).get(stored);
      for (int i = 0; i < height * width; i++) {
        int to = i % width * height + i / width;
        for (int c = 0; c < channels; c++) {
          turned[to * channels + c] = stored[i * channels + c];
        }
      }
      pixels.put(turned);
    }
    pixels.position(0);
  }
}
