package org.zowarmup.data.batches;

import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/**
 * The bytes of one idx file, in a folder or on the class path, gzip-compressed or not.
 *
 * @param name how messages name the file
 */
public record IdxInput(String name, Opener opener) {
  private static final int BUFFER_BYTES = 1 << 16;

  /** Opens the stored bytes from the start; called once per pass over the file. */
  public interface Opener {
    InputStream open() throws IOException;
  }

  public static IdxInput file(Path file) {
    return new IdxInput(file.toString(), () -> Files.newInputStream(file));
  }

  public static IdxInput resource(Class<?> owner, String resource) {
    return new IdxInput(
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
   * The decompressed bytes. Content decides (gzip's magic 1f 8b, RFC 1952), not the name: browsers
   * and download tools unpack files without renaming them.
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
