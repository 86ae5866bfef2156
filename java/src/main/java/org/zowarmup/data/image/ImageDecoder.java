package org.zowarmup.data.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.error.BadDataException;

/**
 * Decodes JPEG and PNG files with the JDK's readers, one reader a format for all files: making one
 * costs about as much as decoding a small image. Not thread-safe.
 */
public final class ImageDecoder implements AutoCloseable {
  private static final String HEADLESS = "java.awt.headless";
  private static final int MAX_SIDE = 1 << 13;

  private final Map<String, ImageReader> readers = new HashMap<>();
  private String damage;

  /**
   * @param file its name, for messages
   * @param expected the size to insist on before anything is decoded, null for any
   * @throws BadDataException if it is neither JPEG nor PNG, is damaged or has another size
   */
  public BufferedImage decode(String file, byte[] content, ImageFiles.Format expected) {
    ImageReader reader = readers.computeIfAbsent(formatOf(file, content), this::newReader);
    damage = null;
    BufferedImage image;
    try (var stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(content))) {
      reader.setInput(stream, true, true);
      checkSize(file, reader.getHeight(0), reader.getWidth(0), expected);
      image = reader.read(0);
    } catch (BadDataException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The JDK's readers answer damaged files with many kinds of unchecked exception.
      throw new BadDataException(file, "", "a JPEG or PNG image that can be decoded", oneLine(e));
    } finally {
      reader.setInput(null);
    }
    if (damage != null) {
      throw new BadDataException(file, "", "an undamaged image", damage);
    }
    return image;
  }

  /** By signature, not by name: a wrong file ending is common and harmless. */
  private static String formatOf(String file, byte[] content) {
    if (FileBytes.startsWith(content, 0xff, 0xd8, 0xff)) {
      return "jpeg";
    }
    if (FileBytes.startsWith(content, 0x89, 'P', 'N', 'G')) {
      return "png";
    }
    String found =
        content.length == 0
            ? "an empty file"
            : HexFormat.ofDelimiter(" ").formatHex(content, 0, content.length < 4 ? 1 : 4);
    throw new BadDataException(
        file, "offset 0", "the signature of JPEG (ff d8 ff) or PNG (89 50 4e 47)", found);
  }

  private ImageReader newReader(String format) {
    ImageReader reader = ImageIO.getImageReadersByFormatName(format).next();
    IIOReadWarningListener listener =
        (source, warning) -> {
          // libjpeg's words for lost data; it fills what is missing with gray and continues. Its
          // other warnings (an odd profile or version number) leave the pixels right.
          if (warning.startsWith("Corrupt JPEG data") || warning.startsWith("Premature end")) {
            damage = warning;
          }
        };
    reader.addIIOReadWarningListener(listener);
    return reader;
  }

  private static void checkSize(String file, int height, int width, ImageFiles.Format expected) {
    String found = width + "x" + height + " pixels";
    if (expected == null && (height > MAX_SIDE || width > MAX_SIDE)) {
      throw new BadDataException(file, "", "at most %d pixels a side".formatted(MAX_SIDE), found);
    }
    if (expected != null && (height != expected.height() || width != expected.width())) {
      throw new BadDataException(
          file,
          "",
          "%dx%d pixels (width x height) as in %s"
              .formatted(expected.width(), expected.height(), expected.example()),
          found);
    }
  }

  private static String oneLine(Exception e) {
    String message = e.getMessage() == null ? e.getClass().getName() : e.getMessage();
    return message.replaceAll("\\s+", " ");
  }

  @Override
  public void close() {
    readers.values().forEach(ImageReader::dispose);
    readers.clear();
  }

  /**
   * Sets {@code java.awt.headless} to true where it is not set: else a DISPLAY variable alone would
   * make AWT load its X11 library, which headless Java packages lack.
   */
  public static void useNoDisplay() {
    if (System.getProperty(HEADLESS) == null) {
      System.setProperty(HEADLESS, "true");
    }
  }
}
