package org.zowarmup.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.zowarmup.error.UserErrorException;

/** Image sets in memory, and what is in them. */
public final class TestImages {
  private TestImages() {}

  public static ImageSet set(
      int height, int width, int channels, int classes, int[] labels, byte[] data) {
    List<String> names = IntStream.range(0, classes).mapToObj(String::valueOf).toList();
    return new ImageSet(new BytePointer(data), height, width, channels, labels, names);
  }

  public static byte[] bytes(ImageSet set) {
    byte[] bytes = new byte[Math.toIntExact(set.pixels().capacity())];
    new BytePointer(set.pixels()).get(bytes);
    return bytes;
  }

  public static int[] row(ImageSet set, int image, int y, int fromX, int toX) {
    byte[] bytes = bytes(set);
    int start = (image * set.height() + y) * set.width();
    return IntStream.range(fromX, toX).map(x -> Byte.toUnsignedInt(bytes[start + x])).toArray();
  }

  public static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** Loads, and expects one line of complaint and no memory left in use. */
  public static <T extends UserErrorException> void assertRefused(
      Class<T> type, String message, String source, Path pathOrNull) {
    long before = Pointer.totalBytes();
    T error = assertThrows(type, () -> DataSources.find(source).load(pathOrNull).close());
    assertEquals(message, error.getMessage());
    assertTrue(Pointer.totalBytes() <= before, "off-heap bytes left open: " + source);
  }
}
