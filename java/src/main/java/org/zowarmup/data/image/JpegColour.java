package org.zowarmup.data.image;

import java.util.Arrays;

/**
 * Makes the JDK's JPEG reader take the colour space that libjpeg takes. Without a JFIF, Exif or
 * Adobe marker the JDK goes by the components' numbers and sampling: three that are not numbered 1,
 * 2, 3 and lie at one resolution are RGB to it, YCbCr to libjpeg, and so to all other programs.
 */
final class JpegColour {
  private static final int APP0 = 0xe0;
  private static final int APP14 = 0xee;
  private static final int START_OF_SCAN = 0xda;

  /** A JFIF marker, version 1.1, without a thumbnail; JFIF is YCbCr. */
  private static final byte[] JFIF = {
    (byte) 0xff, (byte) APP0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
  };

  private JpegColour() {}

  /**
   * A file and what its markers say.
   *
   * @param jpeg with a JFIF marker where the JDK would else read another colour space
   * @param components 1, 3 or 4; 0 where no frame was found
   * @param ycck whether of four components three are luminance and chroma
   */
  record Coded(byte[] jpeg, int components, boolean ycck) {}

  static Coded asLibjpeg(byte[] jpeg) {
    boolean jfif = false;
    int adobe = -1;
    int components = 0;
    boolean lettersRgb = false;
    for (int at = 2; at + 4 < jpeg.length && u8(jpeg, at) == 0xff; ) {
      int marker = u8(jpeg, at + 1);
      if (marker == 0xff) {
        at++; // fill
        continue;
      }
      int length = u8(jpeg, at + 2) << 8 | u8(jpeg, at + 3);
      int end = at + 2 + length;
      if (marker == START_OF_SCAN || length < 2 || end > jpeg.length) {
        break;
      }
      if (marker == APP0 && starts(jpeg, at + 4, end, "JFIF\0")) {
        jfif = true;
      } else if (marker == APP14 && length >= 14 && starts(jpeg, at + 4, end, "Adobe")) {
        adobe = at;
      } else if (isFrame(marker) && length >= 8) {
        components = u8(jpeg, at + 9);
        lettersRgb =
            components == 3
                && length >= 17
                && u8(jpeg, at + 10) == 'R'
                && u8(jpeg, at + 13) == 'G'
                && u8(jpeg, at + 16) == 'B';
      }
      at = end;
    }
    int transform = adobe < 0 ? -1 : u8(jpeg, adobe + 15);
    if (components != 3) {
      return new Coded(jpeg, components, transform > 0);
    }
    boolean rgb = !jfif && (adobe >= 0 ? transform == 0 : lettersRgb);
    boolean asItIs = rgb || (jfif && adobe < 0) || transform == 1;
    return new Coded(asItIs ? jpeg : asJfif(jpeg, adobe), components, false);
  }

  private static byte[] asJfif(byte[] jpeg, int adobe) {
    byte[] marked = Arrays.copyOf(JFIF, jpeg.length + JFIF.length);
    System.arraycopy(JFIF, 0, marked, 2, JFIF.length);
    System.arraycopy(jpeg, 0, marked, 0, 2);
    System.arraycopy(jpeg, 2, marked, 2 + JFIF.length, jpeg.length - 2);
    if (adobe >= 0) {
      marked[adobe + JFIF.length + 4] = 'x'; // no longer Adobe's
    }
    return marked;
  }

  private static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  private static boolean starts(byte[] jpeg, int at, int end, String text) {
    if (at + text.length() > end) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (jpeg[at + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static int u8(byte[] bytes, int at) {
    return Byte.toUnsignedInt(bytes[at]);
  }
}
