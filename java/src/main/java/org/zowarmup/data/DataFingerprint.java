package org.zowarmup.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.zowarmup.data.cache.CacheFile;
import org.zowarmup.error.BadDataException;

/**
 * What tells a data set from another without reading it: format, place, and name, size and time of
 * change of every file.
 */
public final class DataFingerprint {
  private static final int NAME_DIGITS = 16;

  private DataFingerprint() {}

  /** SHA-256 in hexadecimal digits. */
  public static String of(String format, Path path) {
    try (Stream<Path> walk = Files.walk(path)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      update(digest, format);
      update(digest, path.toRealPath().toString());
      List<Path> files = walk.filter(Files::isRegularFile).sorted().toList();
      for (Path file : files) {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        update(digest, path.relativize(file).toString());
        update(digest, attributes.size() + " " + attributes.lastModifiedTime().toMillis());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException | java.io.UncheckedIOException e) {
      throw new BadDataException(path, "", "readable files", String.valueOf(e.getMessage()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  private static void update(MessageDigest digest, String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
  }

  public static String fileName(String format, String fingerprint) {
    return format + "-" + fingerprint.substring(0, NAME_DIGITS) + CacheFile.ENDING;
  }
}
