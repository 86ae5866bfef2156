package org.zowarmup.data.format.bytes;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.zowarmup.error.BadDataException;

/**
 * Names of files, read from their bytes as UTF-8 whatever the locale is. Under a locale of ASCII
 * alone a path's own text would make one name of ä and ö.
 */
public final class FileNames {
  /** What Java reads where the bytes of a name are not text. */
  public static final char NOT_TEXT = '\uFFFD';

  private FileNames() {}

  /**
   * The name of an entry of a folder.
   *
   * @throws BadDataException if its bytes are not UTF-8
   */
  public static String of(Path entry) {
    String text = entry.getFileName().toString();
    if (text.chars().allMatch(c -> c < 0x80)) {
      return text;
    }
    byte[] path = bytes(entry);
    int start = path.length;
    while (start > 0 && path[start - 1] != '/') {
      start--;
    }
    byte[] bytes = Arrays.copyOfRange(path, start, path.length);
    String name = utf8OrNull(bytes);
    if (name == null) {
      throw new BadDataException(
          entry,
          "",
          "a name in UTF-8",
          escaped(bytes) + "; rename it, for example with: convmv --notest -f latin1 -t utf8");
    }
    return name;
  }

  /** The bytes of a path as the system has them, which its text may have lost. */
  public static byte[] bytes(Path path) {
    String uri = path.toUri().getRawPath();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < uri.length(); i++) {
      char c = uri.charAt(i);
      if (c == '%') {
        bytes.write(Integer.parseInt(uri, i + 1, i + 3, 16));
        i += 2;
      } else if (c != '/' || i < uri.length() - 1 || i == 0) { // a folder's ends with one more
        bytes.write(c);
      }
    }
    return bytes.toByteArray();
  }

  /** The text that bytes are in UTF-8, null where they are not. */
  public static String utf8OrNull(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  private static String escaped(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte b : bytes) {
      text.append(b < ' ' ? "\\x%02x".formatted(b) : String.valueOf((char) b));
    }
    return text.toString();
  }
}
