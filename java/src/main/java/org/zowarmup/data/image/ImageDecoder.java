package org.zowarmup.data.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.plugins.tiff.BaselineTIFFTagSet;
import javax.imageio.plugins.tiff.TIFFDirectory;
import javax.imageio.plugins.tiff.TIFFField;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.data.format.bytes.Unread;
import org.zowarmup.error.BadDataException;

/**
 * Decodes JPEG, PNG, BMP, GIF and TIFF files with the JDK's readers, one reader a format for all
 * files: making one costs about as much as decoding a small image. Not thread-safe.
 */
public final class ImageDecoder implements AutoCloseable {
  private static final String HEADLESS = "java.awt.headless";
  private static final int PNG_DEPTH_AT = 24;
  private static final int PNG_TRANSPARENT = 0x74524e53; // tRNS
  private static final int MAX_SIDE = 1 << 13;

  /** Every thread that decodes has one such picture in memory, 4 bytes a pixel. */
  private static final long MAX_PIXELS = 1L << 25;

  private final Map<String, ImageReader> readers = new HashMap<>();
  private String damage;

  /**
   * @param file its name, for messages
   * @param expected the size to insist on before anything is decoded, null for any
   * @throws BadDataException if it is none of these, is damaged or has another size
   */
  public BufferedImage decode(String file, byte[] content, ImageFiles.Format expected) {
    Kind kind = kindOf(file, content);
    ImageReader reader = readers.computeIfAbsent(kind.reader(), this::newReader);
    damage = null;
    BufferedImage image;
    JpegColour.Coded coded = kind == Kind.JPEG ? JpegColour.asLibjpeg(content) : null;
    byte[] bytes = coded == null ? content : coded.jpeg();
    try (var stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader.setInput(stream, true, !kind.reader().equals(Kind.TIFF.name()));
      checkSize(file, reader.getHeight(0), reader.getWidth(0), expected);
      if (kind == Kind.GIF) {
        checkWholeScreen(file, content, reader.getHeight(0), reader.getWidth(0));
      }
      if (kind == Kind.PNG) {
        checkTransparentGray(file, content);
      }
      image =
          coded != null && coded.components() == 4
              ? CmykJpeg.rgb(reader.readRaster(0, null), coded.ycck())
              : reader.read(0);
      if (kind.reader().equals(Kind.TIFF.name())) {
        image = asPillow(file, image, TIFFDirectory.createFromMetadata(reader.getImageMetadata(0)));
      }
    } catch (BadDataException e) {
      throw e;
    } catch (OutOfMemoryError e) {
      throw new BadDataException(
          file,
          "",
          "an image that fits into Java's memory",
          "one that does not; make it smaller, lower threads, or raise Java's limit, for example"
              + " with ZOWARMUP_JAVA_OPTS=-Xmx4g");
    } catch (IOException | RuntimeException e) {
      // The JDK's readers answer damaged files with many kinds of unchecked exception.
      throw new BadDataException(
          file, "", "a %s image that can be decoded".formatted(kind.reader()), oneLine(e));
    } finally {
      reader.setInput(null);
    }
    if (damage != null) {
      throw new BadDataException(file, "", "an undamaged image", damage);
    }
    return image;
  }

  /** The format by its signature, not by its name: a wrong file ending is common and harmless. */
  private static Kind kindOf(String file, byte[] content) {
    for (Kind kind : Kind.values()) {
      if (FileBytes.startsWith(content, kind.start)) {
        return kind;
      }
    }
    String other = Unread.describe(content);
    throw new BadDataException(
        file,
        "offset 0",
        "a JPEG, PNG, BMP, GIF or TIFF image",
        other.isEmpty()
            ? HexFormat.ofDelimiter(" ").formatHex(content, 0, Math.min(4, content.length))
            : other);
  }

  /** Formats that are read, by their first bytes. */
  private enum Kind {
    JPEG(0xff, 0xd8, 0xff),
    PNG(0x89, 'P', 'N', 'G'),
    GIF('G', 'I', 'F', '8'),
    BMP('B', 'M'),
    TIFF('I', 'I', 42, 0),
    TIFF_BIG('M', 'M', 0, 42);

    @SuppressWarnings("ImmutableEnumChecker") // never written to
    private final int[] start;

    Kind(int... start) {
      this.start = start;
    }

    private String reader() {
      return this == TIFF_BIG ? TIFF.name() : name();
    }
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
    if (expected == null && (long) height * width > MAX_PIXELS) {
      throw new BadDataException(file, "", "at most %d pixels".formatted(MAX_PIXELS), found);
    }
    if (expected != null && (height != expected.height() || width != expected.width())) {
      throw new BadDataException(
          file,
          "",
          "%dx%d pixels (width x height) as in %s"
              .formatted(expected.width(), expected.height(), expected.example()),
          found + "; data.size=%d resizes all".formatted(expected.width()));
    }
  }

  /** A first picture that is smaller than the screen needs a background, which no one agrees on. */
  private static void checkWholeScreen(String file, byte[] gif, int height, int width) {
    int screenWidth = Byte.toUnsignedInt(gif[6]) | Byte.toUnsignedInt(gif[7]) << 8;
    int screenHeight = Byte.toUnsignedInt(gif[8]) | Byte.toUnsignedInt(gif[9]) << 8;
    if (screenWidth != width || screenHeight != height) {
      throw new BadDataException(
          file,
          "",
          "a first picture of the GIF's size, %dx%d pixels".formatted(screenWidth, screenHeight),
          "%dx%d; convert it: mogrify -coalesce -format png FILE".formatted(width, height));
    }
  }

  /** The JDK's reader leaves the transparent level of gray of less than a byte aside. */
  private static void checkTransparentGray(String file, byte[] png) {
    int depth = png.length > PNG_DEPTH_AT + 1 ? png[PNG_DEPTH_AT] : Byte.SIZE;
    if (depth >= Byte.SIZE || png[PNG_DEPTH_AT + 1] != 0) {
      return;
    }
    ByteBuffer chunks = ByteBuffer.wrap(png).position(Byte.SIZE);
    while (chunks.remaining() >= 2 * Integer.BYTES) {
      int length = chunks.getInt();
      int type = chunks.getInt();
      if (type == PNG_TRANSPARENT) {
        throw new BadDataException(
            file,
            "",
            "gray of 8 bits, or without a transparent level",
            "%d bits with one; convert it: mogrify -define png:color-type=6 FILE".formatted(depth));
      }
      if (length < 0 || length > chunks.remaining() - Integer.BYTES) {
        return; // damaged, which the reader says
      }
      chunks.position(chunks.position() + length + Integer.BYTES);
    }
  }

  /**
   * A palette's entries have 16 bits in the file, of which Pillow takes the upper 8, where the JDK
   * scales them; and a picture that is to be turned is not turned by the JDK.
   */
  private static BufferedImage asPillow(String file, BufferedImage image, TIFFDirectory tiff) {
    TIFFField turned = tiff.getTIFFField(BaselineTIFFTagSet.TAG_ORIENTATION);
    if (turned != null && turned.getAsInt(0) != 1) {
      throw new BadDataException(
          file,
          "",
          "a picture that is stored upright",
          "orientation %d; turn its pixels: mogrify -auto-orient FILE"
              .formatted(turned.getAsInt(0)));
    }
    TIFFField map = tiff.getTIFFField(BaselineTIFFTagSet.TAG_COLOR_MAP);
    if (map == null || !(image.getColorModel() instanceof IndexColorModel model)) {
      return image;
    }
    int entries = map.getCount() / 3;
    byte[][] colours = new byte[3][entries];
    for (int i = 0; i < 3 * entries; i++) {
      colours[i / entries][i % entries] = (byte) (map.getAsInt(i) >> Byte.SIZE);
    }
    IndexColorModel palette =
        new IndexColorModel(model.getPixelSize(), entries, colours[0], colours[1], colours[2]);
    return new BufferedImage(palette, image.getRaster(), false, null);
  }

  private static String oneLine(Exception e) {
    // the readers name their own variables and classes where a file ends early or holds nonsense
    String message = e.getMessage() == null ? "" : e.getMessage();
    boolean early = e instanceof EOFException || message.contains(EOFException.class.getName());
    boolean inner = message.isEmpty() || message.contains("java.") || message.contains("null");
    return early
        ? "one that ends too early"
        : inner ? "damaged data" : message.replaceAll("\\s+", " ");
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
