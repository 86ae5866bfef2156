package org.zowarmup.data.format.numpy;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.commons.compress.archivers.zip.ZipMethod;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.data.format.bytes.Payload;
import org.zowarmup.error.BadDataException;

/**
 * The arrays of an npy file (one, without a name) or of an npz file, by name (NEP 1 and its
 * versions 2 and 3).
 */
public final class NumpyFile {
  private static final String ENDING = ".npy";
  private static final int MAX_MEMBERS = 10_000;

  /** Characters of a name or header in messages. */
  private static final int SHOWN = 100;

  private final ByteSource bytes;
  private final Map<String, NumpyArray> arrays = new LinkedHashMap<>();

  private NumpyFile(ByteSource bytes) {
    this.bytes = bytes;
  }

  /** Says whether a file starts as an npy file does. */
  public static boolean isNpy(Path file) {
    return FileBytes.startsWith(file, 0x93, 'N', 'U', 'M', 'P', 'Y');
  }

  /** Says whether a file is a zip of npy files alone. */
  public static boolean isNpz(Path file) {
    if (!FileBytes.startsWith(file, 'P', 'K', 3, 4)) {
      return false;
    }
    try (ZipFile zip = ZipFile.builder().setPath(file).get()) {
      List<ZipArchiveEntry> members = Collections.list(zip.getEntries());
      return !members.isEmpty() && members.stream().allMatch(m -> m.getName().endsWith(ENDING));
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  /**
   * Reads the headers.
   *
   * @param file stays the caller's, and open as long as the arrays are of use
   * @throws BadDataException if it is neither npy nor npz, or damaged as far as the headers tell
   */
  public static NumpyFile open(ByteSource file) {
    byte[] start = new byte[(int) Math.min(8, file.size())];
    try {
      file.readFully(ByteBuffer.wrap(start), 0);
    } catch (IOException e) {
      throw file.unreadable(e);
    }
    return start.length > 1 && start[0] == 'P' && start[1] == 'K' ? openZip(file) : openNpy(file);
  }

  /**
   * Reads every array of a file.
   *
   * @param reader is called for each, in the order of the file
   * @throws BadDataException if it is neither npy nor npz, or damaged
   */
  public static void forEach(Path file, Consumer<NumpyArray> reader) {
    try (FileBytes bytes = FileBytes.open(file, "an npz or npy file")) {
      open(bytes).arrays.values().forEach(reader);
    }
  }

  private static NumpyFile openNpy(ByteSource file) {
    NumpyFile opened = new NumpyFile(file);
    opened.arrays.put("", direct("of the file", file));
    return opened;
  }

  /** The array of an npy file that lies in a source as it is. */
  private static NumpyArray direct(String name, ByteSource npy) {
    Header header = Header.read(new Payload.SourceStream(npy, 0, npy.size()), name, npy);
    Payload payload = Payload.direct(npy, header.bytes(), npy.size() - header.bytes());
    return new NumpyArray(name, header.type(), header.shape(), header.fortran(), payload);
  }

  private static NumpyFile openZip(ByteSource file) {
    NumpyFile opened = new NumpyFile(file);
    try (ZipFile zip = zip(file)) {
      opened.readMembers(zip);
      return opened;
    } catch (BadDataException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The zip reader answers damaged files with many kinds of unchecked exception.
      throw new BadDataException(file.name(), "", "an intact npz file (a zip)", reason(e));
    }
  }

  private static ZipFile zip(ByteSource file) throws IOException {
    return ZipFile.builder().setSeekableByteChannel(new SourceChannel(file)).get();
  }

  private static String reason(Exception e) {
    return e instanceof IOException io
        ? ByteSource.reason(io)
        : "damage (" + e.getClass().getSimpleName() + ")";
  }

  private void readMembers(ZipFile zip) throws IOException {
    List<ZipArchiveEntry> members = new ArrayList<>(Collections.list(zip.getEntries()));
    if (members.size() > MAX_MEMBERS) {
      throw new BadDataException(
          bytes.name(),
          "",
          "an npz file of at most %d arrays".formatted(MAX_MEMBERS),
          String.valueOf(members.size()));
    }
    for (ZipArchiveEntry member : members) {
      String name = member.getName();
      if (!name.endsWith(ENDING)) {
        throw new BadDataException(
            bytes.name(),
            "member " + ByteSource.printable(name, SHOWN),
            "npy files alone in an npz",
            "another file");
      }
      String array =
          ByteSource.printable(name.substring(0, name.length() - ENDING.length()), SHOWN);
      if (arrays.put(array, array(zip, array, member)) != null) {
        throw new BadDataException(bytes.name(), "member " + name, "every name once", "a second");
      }
    }
  }

  private NumpyArray array(ZipFile zip, String name, ZipArchiveEntry member) throws IOException {
    String memberName = name + ENDING;
    if (member.getMethod() == ZipMethod.STORED.getCode()) {
      long offset = member.getDataOffset();
      if (offset < 0 || member.getSize() < 0 || offset > bytes.size() - member.getSize()) {
        throw new BadDataException(
            bytes.name(),
            "member " + memberName,
            "%d bytes from offset %d on".formatted(member.getSize(), offset),
            "the end of the file after %d: it is truncated".formatted(bytes.size()));
      }
      return direct(name, bytes.slice(memberName, offset, member.getSize()));
    }
    if (member.getMethod() != ZipMethod.DEFLATED.getCode()) {
      // The zip reader knows more, of which some need libraries that are not here.
      throw new BadDataException(
          bytes.name(),
          "member " + memberName,
          "a stored or deflated member",
          "compression method " + member.getMethod());
    }
    ByteSource place = new MemberPlace(bytes, memberName, member.getSize());
    Header header;
    try (InputStream in = inflated(zip, member, () -> {})) {
      header = Header.read(in, name, place);
    }
    Payload payload =
        Payload.decoded(
            place,
            header.bytes(),
            member.getSize() - header.bytes(),
            () -> reopen(member.getName(), header.bytes()));
    return new NumpyArray(name, header.type(), header.shape(), header.fortran(), payload);
  }

  /** The content of a compressed member; closing it closes the zip that was opened for it. */
  private InputStream reopen(String name, int headerBytes) throws IOException {
    ZipFile zip = zip(bytes);
    try {
      ZipArchiveEntry member = zip.getEntry(name);
      if (member == null) {
        throw new IOException("the member " + ByteSource.printable(name, SHOWN) + " is gone");
      }
      InputStream in = inflated(zip, member, zip);
      in.skipNBytes(headerBytes);
      zip = null;
      return in;
    } finally {
      if (zip != null) {
        zip.close();
      }
    }
  }

  /** A member's decompressed bytes, its checksum compared at the end. */
  private static InputStream inflated(ZipFile zip, ZipArchiveEntry member, Closeable owner)
      throws IOException {
    InputStream in = new BufferedInputStream(zip.getInputStream(member), 1 << 16);
    return new Verified(in, member.getCrc(), owner);
  }

  private static final class Verified extends CheckedInputStream {
    private final long expected;
    private final Closeable owner;

    private Verified(InputStream in, long expected, Closeable owner) {
      super(in, new CRC32());
      this.expected = expected;
      this.owner = owner;
    }

    @Override
    public int read() throws IOException {
      return verify(super.read());
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      return verify(super.read(into, from, length));
    }

    private int verify(int read) throws IOException {
      if (read < 0 && getChecksum().getValue() != expected) {
        throw new IOException(
            "checksum %08x instead of %08x: it is damaged"
                .formatted(getChecksum().getValue(), expected));
      }
      return read;
    }

    @Override
    public void close() throws IOException {
      try (owner) {
        super.close();
      }
    }
  }

  /** Names places in a compressed member, which cannot be read by position. */
  private record MemberPlace(ByteSource whole, String member, long size) implements ByteSource {
    @Override
    public String name() {
      return whole.name();
    }

    @Override
    public String where(long offset) {
      return "member " + member + ", offset " + offset;
    }

    @Override
    public int read(ByteBuffer into, long position) {
      throw new UnsupportedOperationException("a compressed member is read from its start");
    }
  }

  /** A source as the zip reader wants it. */
  private static final class SourceChannel implements SeekableByteChannel {
    private final ByteSource source;
    private long position;
    private boolean open = true;

    private SourceChannel(ByteSource source) {
      this.source = source;
    }

    @Override
    public synchronized int read(ByteBuffer into) throws IOException {
      int read = source.read(into, position);
      position += Math.max(0, read);
      return read;
    }

    @Override
    public int write(ByteBuffer from) {
      throw new UnsupportedOperationException("read only");
    }

    @Override
    public synchronized long position() {
      return position;
    }

    @Override
    public synchronized SeekableByteChannel position(long to) {
      position = to;
      return this;
    }

    @Override
    public long size() {
      return source.size();
    }

    @Override
    public SeekableByteChannel truncate(long to) {
      throw new UnsupportedOperationException("read only");
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() {
      open = false;
    }
  }

  /** Names in the order of the file; an npy file has the one name "". */
  public List<String> names() {
    return List.copyOf(arrays.keySet());
  }

  /** Null where there is none of this name. */
  public NumpyArray array(String name) {
    return arrays.get(name);
  }

  /**
   * The start of an npy file: magic 93 'NUMPY', version, length of the header, and a Python dict of
   * type, order and shape.
   *
   * @param bytes how long the whole of it is; the content follows
   */
  record Header(NumpyArray.Type type, long[] shape, boolean fortran, int bytes) {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int MAX_HEADER = 1 << 16;

    private static final Pattern DICT =
        Pattern.compile(
            "\\{'descr': (?<descr>'[^']{1,20}'|\\[.*\\]), 'fortran_order': (?<fortran>True|False),"
                + " 'shape': \\((?<shape>[0-9, L]{0,400})\\),? ?\\}\\s*");

    /** Says whether bytes start as an npy file does. */
    static boolean isMagic(byte[] start) {
      return start.length >= MAGIC.length && Arrays.equals(MAGIC, 0, 6, start, 0, 6);
    }

    /**
     * @param in the file from its start; read up to its content
     * @param array name for messages
     * @param where the source and its place names, for messages
     */
    static Header read(InputStream in, String array, ByteSource where) {
      DataInputStream data = new DataInputStream(in);
      try {
        byte[] magic = data.readNBytes(MAGIC.length);
        if (!isMagic(magic)) {
          throw bad(where, 0, "the magic of an npy file (93 'NUMPY')", show(magic));
        }
        int version = data.readUnsignedByte();
        data.readUnsignedByte(); // minor, 0 so far
        if (version < 1 || version > 3) {
          throw bad(where, 6, "npy version 1 to 3", String.valueOf(version));
        }
        int length = Short.toUnsignedInt(Short.reverseBytes(data.readShort()));
        int start = 10;
        if (version > 1) {
          length |= Short.toUnsignedInt(Short.reverseBytes(data.readShort())) << 16;
          start = 12;
        }
        if (length < 0 || length > MAX_HEADER) {
          throw bad(
              where, 8, "a header of at most %d bytes".formatted(MAX_HEADER), length + " bytes");
        }
        byte[] text = new byte[length];
        data.readFully(text);
        String header = new String(text, StandardCharsets.ISO_8859_1);
        return parse(header, array, where, start);
      } catch (EOFException e) {
        throw bad(where, where.size(), "the header of an npy file", "the end: it is truncated");
      } catch (IOException e) {
        throw where.unreadable(e);
      }
    }

    private static Header parse(String header, String array, ByteSource where, int start) {
      Matcher matcher = DICT.matcher(header);
      if (!matcher.matches()) {
        throw bad(
            where,
            start,
            "a header {'descr': ..., 'fortran_order': ..., 'shape': (...)}",
            ByteSource.printable(header.strip(), SHOWN));
      }
      String descr = matcher.group("descr");
      NumpyArray.Type type =
          descr.startsWith("[")
              ? null
              : NumpyArray.Type.parse(descr.substring(1, descr.length() - 1));
      if (type == null || type.isObject()) {
        throw bad(
            where,
            start,
            "array %s of numbers".formatted(array),
            type == null
                ? "the type " + ByteSource.printable(descr, SHOWN)
                : "objects, for which code would have to run");
      }
      long[] shape = shape(matcher.group("shape"), where, start);
      boolean fortran = matcher.group("fortran").equals("True") && shape.length > 1;
      return new Header(type, shape, fortran, start + header.length());
    }

    private static long[] shape(String text, ByteSource where, int start) {
      try {
        return Arrays.stream(text.split(",", -1))
            .map(extent -> extent.replace('L', ' ').strip()) // Python 2 wrote 10L
            .filter(extent -> !extent.isEmpty())
            .mapToLong(Long::parseLong)
            .toArray();
      } catch (NumberFormatException e) {
        throw bad(where, start, "a shape of whole numbers", ByteSource.printable(text, SHOWN));
      }
    }

    private static String show(byte[] magic) {
      return magic.length == 0 ? "an empty file" : Arrays.toString(magic);
    }

    private static BadDataException bad(
        ByteSource where, long offset, String expected, String found) {
      return new BadDataException(where.name(), where.where(offset), expected, found);
    }
  }
}
