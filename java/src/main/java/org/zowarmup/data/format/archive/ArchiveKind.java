package org.zowarmup.data.format.archive;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** Kinds of archive, told by their first bytes. */
public enum ArchiveKind {
  ZIP,
  TAR,
  TAR_GZ,
  TAR_XZ,
  TAR_BZ2;

  private static final int TAR_MAGIC_AT = 257;
  private static final int HEAD_BYTES = 512;
  private static final int XZ_KIBIBYTES = 1 << 18;

  /** Null for what is no archive, or cannot be read. */
  public static ArchiveKind of(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] head = in.readNBytes(HEAD_BYTES);
      if (starts(head, 'P', 'K', 3, 4) || starts(head, 'P', 'K', 5, 6)) {
        return ZIP;
      }
      if (isTar(head)) {
        return TAR;
      }
      ArchiveKind kind =
          starts(head, 0x1f, 0x8b)
              ? TAR_GZ
              : starts(head, 0xfd, '7', 'z', 'X', 'Z', 0)
                  ? TAR_XZ
                  : starts(head, 'B', 'Z', 'h') ? TAR_BZ2 : null;
      return kind != null && holdsTar(file, kind) ? kind : null;
    } catch (IOException e) {
      return null;
    }
  }

  /**
   * A compressed file may be anything, and a broken one is only to be distinguished, not reported.
   */
  private static boolean holdsTar(Path file, ArchiveKind kind) {
    try (InputStream in = kind.open(Files.newInputStream(file))) {
      return isTar(in.readNBytes(HEAD_BYTES));
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  private static boolean isTar(byte[] head) {
    return head.length == HEAD_BYTES
        && new String(head, TAR_MAGIC_AT, 5, StandardCharsets.US_ASCII).equals("ustar");
  }

  private static boolean starts(byte[] head, int... start) {
    for (int i = 0; i < start.length; i++) {
      if (i >= head.length || Byte.toUnsignedInt(head[i]) != start[i]) {
        return false;
      }
    }
    return true;
  }

  /** The tar in a compressed stream; closes the stream if that fails. */
  InputStream open(InputStream stored) throws IOException {
    InputStream in = new BufferedInputStream(stored, 1 << 16);
    try {
      return switch (this) {
        case TAR_GZ -> new GZIPInputStream(in, 1 << 16);
        case TAR_XZ ->
            XZCompressorInputStream.builder()
                .setInputStream(in)
                .setDecompressConcatenated(true)
                .setMemoryLimitKiB(XZ_KIBIBYTES)
                .get();
        case TAR_BZ2 -> new BZip2CompressorInputStream(in, true);
        default -> in;
      };
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }
}
