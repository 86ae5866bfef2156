package org.zowarmup.data.format.archive;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.commons.compress.archivers.zip.ZipMethod;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.data.format.bytes.FileNames;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;

/**
 * Walks over the members of an archive in their order.
 *
 * @param file the archive
 * @param kind what it is
 */
public record ArchiveReader(Path file, Kind kind) {
  /** No image file of a data set is larger. */
  private static final int MAX_MEMBER = 1 << 26;

  private static final int MAX_MEMBERS = 1 << 24;
  private static final int MAX_NAME = 4096;

  /** Of long names and pax headers of one member, which are far shorter. */
  private static final int MAX_HEADER = 1 << 20;

  private static final int TAR_BLOCK = 512;

  /** The code page of zip's first system; APPNOTE.TXT, appendix D. */
  private static final Charset DOS = Charset.forName("IBM437");

  /** Deflate packs at most 1032 to 1; image files hardly pack at all. */
  private static final long MAX_RATIO = 100;

  private static final long ALWAYS_ALLOWED = 1L << 28;

  /** Takes what is found. */
  public interface Visitor {
    /** Says whether the content of this member is of interest; its name uses / and no dots. */
    boolean wants(String name);

    /** Says whether enough is known; asked after every member. */
    default boolean done() {
      return false;
    }

    /** A member that was wanted. */
    void member(String name, byte[] content);
  }

  /** Writes members to files, which may be as large as the whole archive may unpack to. */
  private record Unpacking(Predicate<String> wanted, Path folder) implements Visitor {
    @Override
    public boolean wants(String name) {
      return wanted.test(name);
    }

    @Override
    public void member(String name, byte[] content) {
      write(name, new ByteArrayInputStream(content));
    }

    private void write(String name, InputStream in) {
      Path file = folder.resolve(name);
      try {
        Files.createDirectories(file.getParent());
        Files.copy(in, file);
      } catch (IOException e) {
        throw new UserErrorException(
            "cannot unpack member %s to %s: %s; free some space, set TMPDIR to another folder, or unpack the archive yourself"
                .formatted(shown(name), folder, ByteSource.reason(e)));
      }
    }
  }

  /**
   * Unpacks members into a folder, with their paths.
   *
   * @throws BadDataException as {@link #walk}
   */
  public void unpack(Predicate<String> wanted, Path folder) {
    walk(new Unpacking(wanted, folder));
  }

  /**
   * @throws BadDataException naming the member, if the archive is damaged or cut off, a path leaves
   *     it, a member is a link or encrypted, or it unpacks to far more than it should
   */
  public void walk(Visitor visitor) {
    try {
      if (kind == Kind.ZIP) {
        walkZip(visitor);
      } else {
        walkTar(visitor);
      }
    } catch (UserErrorException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The libraries answer damaged archives with many kinds of unchecked exception.
      throw bad("", "an intact archive", reason(e));
    }
  }

  private static String reason(Exception e) {
    if (e instanceof EOFException) {
      return "its end: it is truncated";
    }
    String text = e instanceof IOException io ? ByteSource.reason(io) : String.valueOf(e);
    return text.replaceAll("[^ -~]+", " ");
  }

  private BadDataException bad(String member, String expected, String found) {
    return new BadDataException(
        file, member.isEmpty() ? "" : "member " + shown(member), expected, found);
  }

  /** The name of a member as messages show it. */
  public static String shown(String name) {
    return ByteSource.printable(name, 200);
  }

  /** Bytes unpacked so far, compared with what the archive can hold packed. */
  private final class Budget {
    private final long most;
    private long unpacked;
    private int members;

    private Budget(long packed) {
      most = ALWAYS_ALLOWED + MAX_RATIO * packed;
    }

    private void member(String name) {
      if (++members > MAX_MEMBERS) {
        throw bad(name, "at most %d members".formatted(MAX_MEMBERS), "more");
      }
    }

    private void add(String name, long bytes) {
      unpacked += bytes;
      if (unpacked > most) {
        throw bad(
            name,
            "an archive that unpacks to at most %d bytes (%d to 1)".formatted(most, MAX_RATIO),
            "more: a zip bomb");
      }
    }
  }

  /**
   * Counts the zeros at the end of what was read: where they lack, the tar was cut off. Between
   * members it gives only so much: a long name or other header is kept in memory whole.
   */
  private static final class TrailingZeros extends FilterInputStream {
    private long zeros;
    private long left = Long.MAX_VALUE;

    private void limit(long bytes) {
      left = bytes;
    }

    private void take(long bytes) throws IOException {
      left -= Math.max(0, bytes);
      if (left < 0) {
        throw new IOException("a header of more than %d bytes".formatted(MAX_HEADER));
      }
    }

    private TrailingZeros(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int value = super.read();
      take(value < 0 ? 0 : 1);
      zeros = value == 0 ? zeros + 1 : value < 0 ? zeros : 0;
      return value;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int read = super.read(into, from, length);
      take(read);
      int first = from + read;
      while (first > from && into[first - 1] == 0) {
        first--;
      }
      if (read > 0) {
        zeros = first == from ? zeros + read : from + read - first;
      }
      return read;
    }
  }

  /** A member of exactly the bytes that the archive says. */
  private final class Exactly extends FilterInputStream {
    private final String name;
    private final long size;
    private long left;

    private Exactly(InputStream in, String name, long size) {
      super(in);
      this.name = name;
      this.size = size;
      this.left = size;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int read;
      try {
        read = super.read(into, from, length);
      } catch (IOException e) {
        throw bad(name, "an intact member", reason(e));
      }
      left -= Math.max(0, read);
      if (left < 0 || (read < 0 && left > 0)) {
        throw bad(name, "%d bytes".formatted(size), left < 0 ? "more" : "its end: it is truncated");
      }
      return read;
    }

    /** The archive's stream stays open. */
    @Override
    public void close() {}
  }

  private void walkZip(Visitor visitor) throws IOException {
    Budget budget = new Budget(Files.size(file));
    try (ZipFile zip = ZipFile.builder().setPath(file).get()) {
      for (ZipArchiveEntry entry : Collections.list(zip.getEntriesInPhysicalOrder())) {
        String name = checkName(zipName(entry));
        budget.member(name);
        if (visitor.done()) {
          return;
        }
        if (entry.isDirectory() || !visitor.wants(name)) {
          continue;
        }
        if (entry.isUnixSymlink()) {
          throw bad(name, "a plain file", "a link");
        }
        if (entry.getGeneralPurposeBit().usesEncryption()) {
          throw bad(name, "a member that is not encrypted", "an encrypted one");
        }
        int method = entry.getMethod();
        if (method != ZipMethod.STORED.getCode() && method != ZipMethod.DEFLATED.getCode()) {
          // The zip reader knows more, of which some need libraries that are not here.
          throw bad(name, "a stored or deflated member", "compression method " + method);
        }
        try (InputStream in = zip.getInputStream(entry)) {
          if (visitor instanceof Unpacking unpacking) {
            budget.add(name, entry.getSize());
            unpacking.write(name, new Exactly(in, name, entry.getSize()));
          } else {
            visitor.member(name, content(name, entry.getSize(), in, budget));
          }
        }
      }
    }
  }

  private void walkTar(Visitor visitor) throws IOException {
    Budget budget = new Budget(Files.size(file));
    Map<String, List<String>> links = new LinkedHashMap<>();
    walkTar(visitor, budget, links);
    if (!links.isEmpty() && !visitor.done()) {
      // A hard link is another name for a member that came before it.
      Set<String> missing = new LinkedHashSet<>(links.keySet());
      walkTar(
          new Visitor() {
            @Override
            public boolean wants(String name) {
              return links.containsKey(name);
            }

            @Override
            public boolean done() {
              return visitor.done();
            }

            @Override
            public void member(String name, byte[] content) {
              missing.remove(name);
              links.get(name).forEach(link -> visitor.member(link, content));
            }
          },
          new Budget(Files.size(file)),
          null);
      for (String target : missing) {
        throw bad(
            links.get(target).get(0),
            "a hard link to a file of the archive",
            "one to " + shown(target));
      }
    }
  }

  /**
   * @param links takes hard links that the visitor wants, by the name that they refer to; null
   *     where they are passed over
   */
  private void walkTar(Visitor visitor, Budget budget, Map<String, List<String>> links)
      throws IOException {
    // In this encoding a character is a byte, so that no name is lost; see tarName.
    String bytes = StandardCharsets.ISO_8859_1.name();
    try (InputStream unpacked = kind.open(FileBytes.stream(file));
        TrailingZeros counted = new TrailingZeros(unpacked);
        TarArchiveInputStream tar = new TarArchiveInputStream(counted, bytes)) {
      for (TarArchiveEntry entry = next(tar, counted);
          entry != null && !visitor.done();
          entry = next(tar, counted)) {
        String name = checkName(tarName(entry.getName()));
        budget.member(name);
        budget.add(name, entry.getSize()); // read or passed over, it is unpacked
        if (entry.isDirectory() || (entry.isLink() && links == null) || !visitor.wants(name)) {
          continue;
        }
        if (entry.isLink()) {
          String target = checkName(tarName(entry.getLinkName()));
          links.computeIfAbsent(target, t -> new ArrayList<>()).add(name);
          continue;
        }
        if (!entry.isFile() || entry.isSymbolicLink()) {
          throw bad(name, "a plain file", "a link or device");
        }
        if (visitor instanceof Unpacking unpacking) {
          unpacking.write(name, new Exactly(tar, name, entry.getSize()));
        } else {
          visitor.member(name, content(name, entry.getSize(), tar, null));
        }
      }
      if (!visitor.done() && counted.zeros < TAR_BLOCK) {
        throw bad("", "a block of zeros at the end of a tar", "its end: it is truncated");
      }
    }
  }

  /** The next member, after what is left of the one before. */
  private static TarArchiveEntry next(TarArchiveInputStream tar, TrailingZeros counted)
      throws IOException {
    counted.limit(Long.MAX_VALUE);
    if (tar.getCurrentEntry() != null) {
      tar.transferTo(OutputStream.nullOutputStream());
    }
    counted.limit(MAX_HEADER);
    TarArchiveEntry entry = tar.getNextEntry();
    counted.limit(Long.MAX_VALUE);
    return entry;
  }

  /**
   * @param budgetOrNull null where the size has been counted already
   */
  private byte[] content(String name, long size, InputStream in, Budget budgetOrNull)
      throws IOException {
    if (size > MAX_MEMBER) {
      throw bad(
          name, "an image file of at most %d bytes".formatted(MAX_MEMBER), "%d".formatted(size));
    }
    byte[] content;
    try {
      content = in.readNBytes(MAX_MEMBER + 1);
    } catch (EOFException e) {
      throw bad(name, "%d bytes".formatted(size), "the end of the archive: it is truncated");
    } catch (IOException e) {
      throw bad(name, "an intact member", reason(e));
    }
    if (content.length > MAX_MEMBER) {
      throw bad(
          name, "an image file of at most %d bytes".formatted(MAX_MEMBER), "more: a zip bomb");
    }
    if (size >= 0 && content.length != size) {
      throw bad(name, "%d bytes".formatted(size), "%d: it is truncated".formatted(content.length));
    }
    if (budgetOrNull != null) {
      budgetOrNull.add(name, content.length);
    }
    return content;
  }

  /**
   * The name of a zip's member: Unicode where the archive says so, else UTF-8 where its bytes are,
   * else in the code page of the system that packed it. Two names of different bytes stay two.
   */
  private String zipName(ZipArchiveEntry entry) {
    byte[] raw = entry.getRawName();
    boolean extra =
        entry.getNameSource() == ZipArchiveEntry.NameSource.UNICODE_EXTRA_FIELD || raw == null;
    String name = extra ? entry.getName() : FileNames.utf8OrNull(raw);
    if (name == null && entry.getGeneralPurposeBit().usesUTF8ForNames()) {
      throw bad(entry.getName(), "a name in UTF-8, as the archive says", "other bytes");
    }
    if (name == null) {
      boolean dos = entry.getPlatform() != ZipArchiveEntry.PLATFORM_UNIX;
      name = new String(raw, dos ? DOS : StandardCharsets.ISO_8859_1);
    }
    // Older programs of Windows wrote its own sign between folders.
    return name.indexOf('/') < 0 ? name.replace('\\', '/') : name;
  }

  /**
   * The name of a tar's member, of which each character is a byte (or, from a pax header, a
   * character): UTF-8 where it is, else Latin-1.
   */
  private static String tarName(String name) {
    if (name.chars().anyMatch(c -> c > 0xff)) {
      return name;
    }
    String text = FileNames.utf8OrNull(name.getBytes(StandardCharsets.ISO_8859_1));
    return text == null ? name : text;
  }

  /** The path of a member without {@code ./}, refused where it would lead out of the archive. */
  private String checkName(String stored) {
    String name = stored;
    while (name.startsWith("./")) {
      name = name.substring(2);
    }
    if (name.length() > MAX_NAME) {
      throw bad(name, "a path of at most %d characters".formatted(MAX_NAME), "a longer one");
    }
    if (name.indexOf('\\') >= 0) {
      throw bad(
          name,
          "/ between folders",
          "a backslash; unpack it and give the folder, or pack it with: zip -r");
    }
    boolean leaves = name.startsWith("/") || name.indexOf('\0') >= 0;
    for (String part : name.split("/", -1)) {
      leaves |= part.equals("..");
    }
    if (leaves) {
      throw bad(stored, "a path inside the archive", "one that leads out of it");
    }
    return name;
  }

  /** Kinds of archive, told by their first bytes. */
  public enum Kind {
    ZIP,
    TAR,
    TAR_GZ,
    TAR_XZ,
    TAR_BZ2;

    private static final int TAR_MAGIC_AT = 257;
    private static final int HEAD_BYTES = 512;
    private static final int XZ_KIBIBYTES = 1 << 18;

    /** Null for what is not an archive, or cannot be read. */
    public static Kind of(Path file) {
      try (InputStream in = FileBytes.stream(file)) {
        byte[] head = in.readNBytes(HEAD_BYTES);
        if (FileBytes.startsWith(head, 'P', 'K', 3, 4)
            || FileBytes.startsWith(head, 'P', 'K', 5, 6)) {
          return ZIP;
        }
        if (isTar(head)) {
          return TAR;
        }
        Kind kind =
            FileBytes.startsWith(head, 0x1f, 0x8b)
                ? TAR_GZ
                : FileBytes.startsWith(head, 0xfd, '7', 'z', 'X', 'Z', 0)
                    ? TAR_XZ
                    : FileBytes.startsWith(head, 'B', 'Z', 'h') ? TAR_BZ2 : null;
        return kind != null && holdsTar(file, kind) ? kind : null;
      } catch (IOException e) {
        return null;
      }
    }

    /**
     * A compressed file may be anything, and a broken one is only to be distinguished, not
     * reported.
     */
    private static boolean holdsTar(Path file, Kind kind) {
      try (InputStream in = kind.open(FileBytes.stream(file))) {
        return isTar(in.readNBytes(HEAD_BYTES));
      } catch (IOException | RuntimeException e) {
        return false;
      }
    }

    private static boolean isTar(byte[] head) {
      return head.length == HEAD_BYTES
          && new String(head, TAR_MAGIC_AT, 5, StandardCharsets.US_ASCII).equals("ustar");
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
}
