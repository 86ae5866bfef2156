package org.zowarmup.device;

import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.nn.Shape;

/**
 * Images to upload.
 *
 * @param pixels [count, H, W, C] uint8; must stay open as long as the resident images do, since a
 *     device on the host may use it in place
 * @param shape shape of one image
 * @param labels [count], from 0
 * @param normalization [C * 256] fp32: the value of pixel byte v of channel c is at c * 256 + v. A
 *     table, so that every device sees the same bits
 */
public record ImagePixels(BytePointer pixels, Shape shape, int[] labels, float[] normalization) {
  public ImagePixels {
    if (pixels.capacity() != (long) labels.length * shape.elements()
        || normalization.length != shape.channels() * 256) {
      throw new IllegalArgumentException(
          "images %s: %d labels, %d bytes, %d normalization entries do not fit together"
              .formatted(shape, labels.length, pixels.capacity(), normalization.length));
    }
  }
}
