package org.zowarmup.data.batches;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.error.BadDataException;

/**
 * Reads the idx format of MNIST (LeCun, Cortes and Burges, 1998): a big-endian magic number, one
 * 32-bit extent a dimension, then unsigned bytes. Offsets in messages count decompressed bytes.
 */
public final class IdxReader {
  private static final int MNIST_CLASSES = 10;
  private static final int MOST_CLASSES = 62;
  private static final int IMAGES_MAGIC = 0x00000803;
  private static final int LABELS_MAGIC = 0x00000801;
  private static final int IMAGES_HEADER_BYTES = 16;
  private static final int LABELS_HEADER_BYTES = 8;
  private static final int MAX_EXTENT = 1 << 14;
  private static final int BUFFER_BYTES = 1 << 16;

  private IdxReader() {}

  /**
   * @return [N,H,W,1] uint8; the caller closes it
   * @throws BadDataException if a file does not hold exactly what its header declares, a label is
   *     not that of a class, or the counts differ
   */
  public static ImageSet read(Input images, Input labels, Form form) {
    int[] classes = readLabels(labels, form);
    long size = decodedBytes(images);
    try (DataInputStream in = new DataInputStream(images.decoded())) {
      checkMagic(images, in, size, IMAGES_MAGIC, IMAGES_HEADER_BYTES);
      int count = extent(images, in, 4, "images", Integer.MAX_VALUE);
      int height = extent(images, in, 8, "rows", MAX_EXTENT);
      int width = extent(images, in, 12, "columns", MAX_EXTENT);
      long bytes = (long) count * height * width;
      checkBody(images, size, IMAGES_HEADER_BYTES, bytes);
      if (count != classes.length) {
        throw new BadDataException(
            labels.name(),
            "offset 4",
            "%d labels, one for each image of %s".formatted(count, images.name()),
            String.valueOf(classes.length));
      }
      BytePointer pixels = new BytePointer(bytes);
      try {
        copy(in, pixels, bytes);
        if (!form.transposed) {
          return new ImageSet(pixels, height, width, 1, classes, form.classNames);
        }
        ColumnImages.turn(pixels, count, height, width, 1);
        return new ImageSet(pixels, width, height, 1, classes, form.classNames);
      } catch (IOException | RuntimeException e) {
        pixels.close();
        throw e;
      }
    } catch (IOException e) {
      throw unreadable(images, e);
    }
  }

  /**
   * What the files do not say.
   *
   * @param classNames one a class
   * @param smallest the label of the first class
   * @param transposed whether images are stored column by column
   */
  public record Form(List<String> classNames, int smallest, boolean transposed) {}

  /** Says whether a file starts as one with images does. */
  public static boolean isImages(Input input) {
    try (DataInputStream in = new DataInputStream(input.decoded())) {
      return in.readInt() == IMAGES_MAGIC;
    } catch (IOException e) {
      return false;
    }
  }

  private static int[] readLabels(Input labels, Form form) {
    int classes = form.classNames.size();
    long size = decodedBytes(labels);
    try (DataInputStream in = new DataInputStream(labels.decoded())) {
      checkMagic(labels, in, size, LABELS_MAGIC, LABELS_HEADER_BYTES);
      int count = extent(labels, in, 4, "labels", Integer.MAX_VALUE);
      checkBody(labels, size, LABELS_HEADER_BYTES, count);
      byte[] stored = in.readNBytes(count);
      int[] values = new int[count];
      for (int i = 0; i < count; i++) {
        values[i] = Byte.toUnsignedInt(stored[i]) - form.smallest;
        if (values[i] < 0 || values[i] >= classes) {
          throw new BadDataException(
              labels.name(),
              "offset " + ((long) LABELS_HEADER_BYTES + i),
              "a label from %d to %d".formatted(form.smallest, form.smallest + classes - 1),
              (values[i] + form.smallest) + moreClasses(values[i], classes));
        }
      }
      return values;
    } catch (IOException e) {
      throw unreadable(labels, e);
    }
  }

  private static String moreClasses(int label, int classes) {
    return classes == MNIST_CLASSES && label >= classes && label < MOST_CLASSES
        ? "; files of more classes are read under EMNIST's names, for example"
            + " emnist-byclass-train-labels-idx1-ubyte for up to 62"
        : "";
  }

  /**
   * The length after decompression, found by reading to the end. A pass of its own, so that no
   * header is believed, and nothing allocated for it, before the file is known to be that long.
   */
  private static long decodedBytes(Input input) {
    byte[] buffer = new byte[BUFFER_BYTES];
    long bytes = 0;
    try (InputStream in = input.decoded()) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        bytes += read;
      }
      return bytes;
    } catch (EOFException | ZipException e) {
      throw new BadDataException(
          input.name(),
          "after %d decompressed bytes".formatted(bytes),
          "an intact gzip stream",
          e.getMessage() == null ? "its end" : e.getMessage());
    } catch (IOException e) {
      throw unreadable(input, e);
    }
  }

  private static void checkMagic(
      Input input, DataInputStream in, long size, int magic, int headerBytes) throws IOException {
    if (size == 0) {
      throw new BadDataException(
          input.name(), "", "an idx file with magic 0x%08x".formatted(magic), "an empty file");
    }
    if (size >= 4) {
      int found = in.readInt();
      if (found != magic) {
        throw new BadDataException(
            input.name(),
            "offset 0",
            "magic 0x%08x (unsigned bytes, %d dimensions)".formatted(magic, magic & 0xff),
            "0x%08x".formatted(found));
      }
    }
    if (size < headerBytes) {
      throw new BadDataException(
          input.name(),
          "offset " + size,
          "a header of %d bytes".formatted(headerBytes),
          "the end of the file");
    }
  }

  private static int extent(Input input, DataInputStream in, int offset, String what, int max)
      throws IOException {
    long value = Integer.toUnsignedLong(in.readInt());
    if (value < 1 || value > max) {
      throw new BadDataException(
          input.name(),
          "offset " + offset,
          "1 to %d %s".formatted(max, what),
          String.valueOf(value));
    }
    return (int) value;
  }

  private static void checkBody(Input input, long size, int headerBytes, long bytes) {
    long body = size - headerBytes;
    if (body < bytes) {
      throw new BadDataException(
          input.name(),
          "offset " + size,
          "%d bytes after the header of %d bytes".formatted(bytes, headerBytes),
          "the end of the file after %d: it is truncated".formatted(body));
    }
    if (body > bytes) {
      throw new BadDataException(
          input.name(),
          "offset " + (headerBytes + bytes),
          "the end of the file",
          "%d trailing bytes".formatted(body - bytes));
    }
  }

  private static void copy(InputStream in, BytePointer pixels, long bytes) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long done = 0;
    while (done < bytes) {
      int read = in.read(buffer);
      if (read < 0) {
        throw new EOFException("the file became shorter while it was read");
      }
      pixels.position(done).put(buffer, 0, read);
      done += read;
    }
    pixels.position(0);
  }

  private static BadDataException unreadable(Input input, IOException cause) {
    return new BadDataException(input.name(), "", "a readable idx file", cause.toString());
  }

  /**
   * The bytes of one idx file, in a folder or on the class path, gzip-compressed or not.
   *
   * @param name how messages name the file
   */
  public record Input(String name, Opener opener) {
    private static final int BUFFER_BYTES = 1 << 16;

    /** Opens the stored bytes from the start; called once per pass over the file. */
    public interface Opener {
      InputStream open() throws IOException;
    }

    public static Input file(Path file) {
      return new Input(file.toString(), () -> FileBytes.stream(file));
    }

    public static Input resource(Class<?> owner, String resource) {
      return new Input(
          "class path resource " + resource,
          () -> {
            InputStream stream = owner.getResourceAsStream(resource);
            if (stream == null) {
              throw new FileNotFoundException(resource);
            }
            return stream;
          });
    }

    /**
     * The decompressed bytes. Content decides (gzip's magic 1f 8b, RFC 1952), not the name:
     * browsers and download tools unpack files without renaming them.
     */
    public InputStream decoded() throws IOException {
      BufferedInputStream stored = new BufferedInputStream(opener.open(), BUFFER_BYTES);
      try {
        stored.mark(2);
        boolean gzip = stored.read() == 0x1f && stored.read() == 0x8b;
        stored.reset();
        return gzip ? new GZIPInputStream(stored, BUFFER_BYTES) : stored;
      } catch (IOException | RuntimeException e) {
        stored.close();
        throw e;
      }
    }
  }
}
