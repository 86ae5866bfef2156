package org.zowarmup.data.format.bytes;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * What people have in the place of data: files that no reader here reads, told by their first bytes
 * in words, with what to do.
 */
public final class Unread {
  /** As many bytes as {@link #describe} looks at. */
  public static final int HEAD_BYTES = 512;

  private record Kind(String what, int at, int... start) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind(
              "WebP; convert it, for example with: mogrify -format png FILE",
              8,
              'W',
              'E',
              'B',
              'P'),
          new Kind(
              "AVIF or HEIC; convert it, for example with: mogrify -format png FILE",
              4,
              'f',
              't',
              'y',
              'p'),
          new Kind(
              "JPEG 2000; convert it, for example with: mogrify -format png FILE",
              4,
              'j',
              'P',
              ' ',
              ' '),
          new Kind("a JPEG image", 0, 0xff, 0xd8, 0xff),
          new Kind("a PNG image", 0, 0x89, 'P', 'N', 'G'),
          new Kind("gzip; unpack it with: gunzip FILE", 0, 0x1f, 0x8b),
          new Kind("a zip", 0, 'P', 'K', 3, 4),
          new Kind("xz; unpack it with: unxz FILE", 0, 0xfd, '7', 'z', 'X', 'Z', 0),
          new Kind("bzip2; unpack it with: bunzip2 FILE", 0, 'B', 'Z', 'h'),
          new Kind("Zstandard; unpack it with: unzstd FILE", 0, 0x28, 0xb5, 0x2f, 0xfd),
          new Kind("a 7z archive; unpack it with: 7z x FILE", 0, '7', 'z', 0xbc, 0xaf),
          new Kind("a RAR archive; unpack it with: unrar x FILE", 0, 'R', 'a', 'r', '!'),
          new Kind(
              "an HDF5 file (of TensorFlow Federated: give its folder, and start with zowarmup"
                  + " --with formats)",
              0,
              0x89,
              'H',
              'D',
              'F'),
          new Kind(
              "a Parquet file (give its folder, and start with zowarmup --with formats)",
              0,
              'P',
              'A',
              'R',
              '1'),
          new Kind("an npy file", 0, 0x93, 'N', 'U', 'M'),
          new Kind(
              "a MATLAB file (of SVHN: give the folder with train_32x32.mat and test_32x32.mat)",
              0,
              'M',
              'A',
              'T',
              'L'),
          new Kind("an Arrow file", 0, 'A', 'R', 'R', 'O', 'W', '1'),
          new Kind("a PDF", 0, '%', 'P', 'D', 'F'),
          new Kind("a pickle", 0, 0x80));

  private Unread() {}

  /**
   * @param head the start of a file, {@link #HEAD_BYTES} where it is that long
   * @return a few words; empty where nothing is known
   */
  public static String describe(byte[] head) {
    if (head.length == 0) {
      return "an empty file";
    }
    String text =
        new String(head, 0, Math.min(head.length, HEAD_BYTES), StandardCharsets.ISO_8859_1);
    if (text.startsWith("version https://git-lfs")) {
      return "a Git LFS pointer, not the file itself; get it with: git lfs pull";
    }
    String start = text.stripLeading().toLowerCase(Locale.ROOT);
    if (start.startsWith("<!doctype html") || start.startsWith("<html")) {
      return "a web page (HTML), so the download failed; load it again";
    }
    if (start.startsWith("<svg") || (start.startsWith("<?xml") && start.contains("<svg"))) {
      return "SVG; convert it, for example with: mogrify -format png FILE";
    }
    for (Kind kind : KINDS) {
      if (holds(head, kind)) {
        return kind.what;
      }
    }
    return "";
  }

  private static boolean holds(byte[] head, Kind kind) {
    for (int i = 0; i < kind.start.length; i++) {
      int at = kind.at + i;
      if (at >= head.length || Byte.toUnsignedInt(head[at]) != kind.start[i]) {
        return false;
      }
    }
    return true;
  }
}
