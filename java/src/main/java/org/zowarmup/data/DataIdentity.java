package org.zowarmup.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.data.cache.CacheFile;
import org.zowarmup.data.format.bytes.FileNames;
import org.zowarmup.error.BadDataException;

/** Distinguishes data sets, by what they hold or by the files that they lie in. */
public final class DataIdentity {
  private static final long CHUNK_BYTES = 1L << 30;
  private static final int NAME_DIGITS = 16;

  private DataIdentity() {}

  /** Shapes and CRC-32C of all images and labels of both parts, by which a run knows its data. */
  public static String checksum(DataSet data) {
    return checksum(data.train()) + ", " + checksum(data.test());
  }

  private static String checksum(ImageSet set) {
    CRC32C crc = new CRC32C();
    BytePointer pixels = set.pixels();
    for (long from = 0; from < pixels.capacity(); from += CHUNK_BYTES) {
      long bytes = Math.min(CHUNK_BYTES, pixels.capacity() - from);
      // a view, which owns nothing: the pointer's own limit stays as it is for other readers
      BytePointer part = new BytePointer(pixels).position(from).limit(from + bytes);
      crc.update(part.asByteBuffer());
    }
    ByteBuffer labels = ByteBuffer.allocate(set.count() * Integer.BYTES);
    labels.asIntBuffer().put(set.labels());
    crc.update(labels);
    return "%d images of %dx%dx%d %08x"
        .formatted(set.count(), set.height(), set.width(), set.channels(), crc.getValue());
  }

  /**
   * Identifies a data set without reading it: SHA-256, in hexadecimal digits, of its format, its
   * place, what options say, and name, size and time of change of every file.
   */
  public static String fingerprint(String format, Path path, DataOptions options) {
    try (Stream<Path> walk = Files.walk(path)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      update(digest, format + options.text());
      update(digest, text(path.toRealPath(), path.toRealPath()));
      List<Path> files = walk.filter(Files::isRegularFile).sorted().toList();
      for (Path file : files) {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        update(digest, text(path.relativize(file), file));
        update(digest, attributes.size() + " " + attributes.lastModifiedTime().toMillis());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException | java.io.UncheckedIOException e) {
      throw new BadDataException(path, "", "readable files", String.valueOf(e.getMessage()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  /** A path, distinguished from all others under any locale. */
  private static String text(Path shown, Path file) {
    String text = shown.toString();
    return text.indexOf('\uFFFD') < 0
        ? text
        : new String(FileNames.bytes(file), StandardCharsets.ISO_8859_1);
  }

  private static void update(MessageDigest digest, String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
  }

  /** The name of the converted copy of a data set. */
  public static String fileName(String format, String fingerprint) {
    return format + "-" + fingerprint.substring(0, NAME_DIGITS) + CacheFile.ENDING;
  }
}
