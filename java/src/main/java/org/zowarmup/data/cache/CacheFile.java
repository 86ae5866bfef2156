package org.zowarmup.data.cache;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.data.format.bytes.Planes;
import org.zowarmup.data.format.bytes.ResidentBytes;
import org.zowarmup.error.BadDataException;

/**
 * The file: magic, version, length of the header, its CRC-32C, the header; then, each from a
 * multiple of 4096 on, the training and the test pixels [N,H,W,C].
 */
public final class CacheFile {
  /** Usual ending of the name. */
  public static final String ENDING = ".zowdata";

  private static final int[] MAGIC = {'Z', 'O', 'W', 'D', 'A', 'T', 'A', 1};
  private static final int PREFIX_BYTES = 16;
  private static final int MAX_HEADER = 1 << 29;
  private static final int PAGE = 4096;
  private static final long WRITE_BYTES = 1 << 26;
  private static final String EXPECTED = "a converted data set";

  private CacheFile() {}

  /** Says whether a file starts as a converted data set does. */
  public static boolean isCache(Path file) {
    return FileBytes.startsWith(file, MAGIC);
  }

  /**
   * Computes what the file says beside the pixels: statistics and checksums.
   *
   * @param fingerprint what distinguishes the original from another
   */
  public static Prepared prepare(DataSet data, String fingerprint) {
    return new Prepared(data, Header.of(data, fingerprint).toBytes());
  }

  /** A data set ready to be written. */
  public record Prepared(DataSet data, byte[] header) {
    public long bytes() {
      return testStart() + data.test().pixels().capacity();
    }

    private long trainStart() {
      return page(PREFIX_BYTES + (long) header.length);
    }

    private long testStart() {
      return page(trainStart() + data.train().pixels().capacity());
    }

    /** Writes the whole file, one byte after the other, as a pipe takes it. */
    public void write(FileChannel channel) throws IOException {
      ByteBuffer head = ByteBuffer.allocate(PREFIX_BYTES + header.length);
      for (int value : MAGIC) {
        head.put((byte) value);
      }
      head.putInt(header.length).putInt(crc(header)).put(header).flip();
      long headBytes = head.remaining();
      writeAll(channel, head);
      long trainEnd = trainStart() + data.train().pixels().capacity();
      write(channel, data.train().pixels(), trainStart() - headBytes);
      write(channel, data.test().pixels(), testStart() - trainEnd);
    }

    private static void write(FileChannel channel, BytePointer pixels, long gap)
        throws IOException {
      writeAll(channel, ByteBuffer.allocate((int) gap)); // less than a page
      for (long from = 0; from < pixels.capacity(); from += WRITE_BYTES) {
        long bytes = Math.min(WRITE_BYTES, pixels.capacity() - from);
        writeAll(channel, ResidentBytes.slice(pixels, from, bytes).asByteBuffer());
      }
    }

    private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
  }

  private static long page(long offset) {
    return (offset + PAGE - 1) / PAGE * PAGE;
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /**
   * The fingerprint that a converted data set was written with.
   *
   * @return null where the file is none or its header is damaged
   */
  public static String fingerprintOrNull(Path file) {
    if (!isCache(file)) {
      return null;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return header(file, channel).header.fingerprint();
    } catch (IOException | BadDataException e) {
      return null;
    }
  }

  private record Head(Header header, int bytes) {}

  private static Head header(Path file, FileChannel channel) throws IOException {
    ByteBuffer prefix = ByteBuffer.allocate(PREFIX_BYTES);
    if (channel.read(prefix, 0) < PREFIX_BYTES) {
      throw new BadDataException(file, "", EXPECTED, "a file of " + channel.size() + " bytes");
    }
    if (!FileBytes.startsWith(prefix.array(), MAGIC)) {
      throw new BadDataException(
          file, "offset 0", EXPECTED + " (ZOWDATA, version 1)", "another start");
    }
    int length = prefix.getInt(8);
    if (length < 1 || length > MAX_HEADER || length > channel.size() - PREFIX_BYTES) {
      throw new BadDataException(
          file, "offset 8", "the length of a header that fits the file", String.valueOf(length));
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && channel.read(bytes, PREFIX_BYTES + bytes.position()) >= 0) {}
    int found = crc(bytes.array());
    if (found != prefix.getInt(12)) {
      throw new BadDataException(
          file,
          "header",
          "checksum %08x".formatted(prefix.getInt(12)),
          "%08x: it is damaged, delete it".formatted(found));
    }
    return new Head(Header.of(bytes.array()), length);
  }

  /**
   * Maps the file. Header, labels and length are checked here; the pixels, which the system loads
   * as they are touched, by {@link CachedData#check}.
   *
   * @throws BadDataException if it is not a converted data set, damaged or cut off
   */
  public static CachedData open(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new BadDataException(
          file, "", EXPECTED, Files.exists(file) ? "a folder" : "no such file");
    }
    ImageSet train = null;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      Head head = header(file, channel);
      Header header = head.header;
      long trainStart = page(PREFIX_BYTES + (long) head.bytes);
      long testStart = page(trainStart + header.train().pixelBytes(header));
      long end = testStart + header.test().pixelBytes(header);
      if (channel.size() != end) {
        throw new BadDataException(
            file, "", "%d bytes".formatted(end), "%d: delete it".formatted(channel.size()));
      }
      checkBlocks(file, header);
      train = set(file, header, header.train(), trainStart);
      ImageSet test = set(file, header, header.test(), testStart);
      DataSet data = new DataSet(header.original(), train, test);
      train = null;
      return new CachedData(
          data,
          List.of(
              new CachedData.Part(file, data.train(), trainStart, header.train().checksums()),
              new CachedData.Part(file, data.test(), testStart, header.test().checksums())));
    } catch (IOException e) {
      throw new BadDataException(file, "", EXPECTED, ByteSource.reason(e));
    } finally {
      if (train != null) {
        train.close();
      }
    }
  }

  private static void checkBlocks(Path file, Header header) {
    for (Header.Part part : List.of(header.train(), header.test())) {
      int expected = CachedData.PixelBlocks.count(part.pixelBytes(header));
      if (part.checksums().length != expected) {
        throw new BadDataException(
            file,
            "header",
            expected + " checksums",
            "%d: delete it".formatted(part.checksums().length));
      }
    }
  }

  private static ImageSet set(Path file, Header header, Header.Part part, long start) {
    BytePointer pixels = ResidentBytes.map(file, start, part.pixelBytes(header));
    return new ImageSet(
        pixels,
        header.height(),
        header.width(),
        header.channels(),
        part.labels(),
        header.classNames(),
        part.levels(),
        part.usersOrNull());
  }

  /**
   * The header, which comes before the pixels.
   *
   * @param original where the images came from
   * @param fingerprint what the original was when it was converted
   */
  record Header(
      String original,
      String fingerprint,
      int height,
      int width,
      int channels,
      List<String> classNames,
      Part train,
      Part test) {
    private static final int MAX_SIDE = 1 << 14;
    private static final int MAX_NAMES = 1 << 20;

    /**
     * One of the two sets.
     *
     * @param levels as {@link ImageSet#levels()}
     * @param checksums CRC-32C of each block of pixels
     * @param usersOrNull as {@link ImageSet#usersOrNull()}
     */
    record Part(int[] labels, ImageSet.Levels levels, int[] checksums, ImageSet.Users usersOrNull) {
      private Part withUsers(ImageSet.Users users) {
        return new Part(labels, levels, checksums, users);
      }

      long pixelBytes(Header header) {
        return (long) labels.length * header.height * header.width * header.channels;
      }
    }

    static Header of(DataSet data, String fingerprint) {
      return new Header(
          data.source(),
          fingerprint,
          data.height(),
          data.width(),
          data.channels(),
          data.train().classNames(),
          part(data.train()),
          part(data.test()));
    }

    private static Part part(ImageSet set) {
      return new Part(
          set.labels(),
          set.levels(),
          CachedData.PixelBlocks.checksums(set.pixels()),
          set.usersOrNull());
    }

    byte[] toBytes() {
      try {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeUTF(original);
        out.writeUTF(fingerprint);
        out.writeInt(height);
        out.writeInt(width);
        out.writeInt(channels);
        out.writeInt(classNames.size());
        for (String name : classNames) {
          out.writeUTF(name);
        }
        write(train, out);
        write(test, out);
        if (train.usersOrNull != null && test.usersOrNull != null) {
          writeUsers(train.usersOrNull, out);
          writeUsers(test.usersOrNull, out);
        }
        out.flush();
        return bytes.toByteArray();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e); // memory does not fail
      }
    }

    private static void writeUsers(ImageSet.Users users, DataOutputStream out) throws IOException {
      out.writeInt(users.names().size());
      for (String name : users.names()) {
        out.writeUTF(name);
      }
      for (int user : users.of()) {
        out.writeInt(user);
      }
    }

    private static ImageSet.Users readUsers(DataInputStream in, int images) throws IOException {
      List<String> names = new ArrayList<>();
      int count = within(in.readInt(), MAX_NAMES);
      for (int user = 0; user < count; user++) {
        names.add(in.readUTF());
      }
      int[] of = new int[images];
      for (int i = 0; i < images; i++) {
        of[i] = in.readInt();
        if (of[i] < 0 || of[i] >= count) {
          throw new IOException("user %d of %d".formatted(of[i], count));
        }
      }
      return new ImageSet.Users(names, of);
    }

    private static void write(Part part, DataOutputStream out) throws IOException {
      out.writeInt(part.labels.length);
      for (int label : part.labels) {
        out.writeShort(label);
      }
      for (long[] channel : part.levels.counts()) {
        for (long count : channel) {
          out.writeLong(count);
        }
      }
      out.writeInt(part.checksums.length);
      for (int checksum : part.checksums) {
        out.writeInt(checksum);
      }
    }

    /**
     * @param bytes already checked by their own checksum
     * @throws IOException if they make no sense all the same
     */
    static Header of(byte[] bytes) throws IOException {
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
      String original = in.readUTF();
      String fingerprint = in.readUTF();
      int height = within(in.readInt(), MAX_SIDE);
      int width = within(in.readInt(), MAX_SIDE);
      int channels = within(in.readInt(), 4);
      int classes = within(in.readInt(), MAX_NAMES);
      List<String> names = new ArrayList<>();
      for (int c = 0; c < classes; c++) {
        names.add(in.readUTF());
      }
      Part train = read(in, channels, classes);
      Part test = read(in, channels, classes);
      if (in.available() > 0) {
        train = train.withUsers(readUsers(in, train.labels.length));
        test = test.withUsers(readUsers(in, test.labels.length));
      }
      return new Header(original, fingerprint, height, width, channels, names, train, test);
    }

    private static Part read(DataInputStream in, int channels, int classes) throws IOException {
      int[] labels = new int[within(in.readInt(), in.available() / Short.BYTES)];
      for (int i = 0; i < labels.length; i++) {
        labels[i] = in.readUnsignedShort();
        if (labels[i] >= classes) {
          throw new IOException("label %d of %d classes".formatted(labels[i], classes));
        }
      }
      long[][] levels = new long[channels][Planes.LEVELS];
      for (long[] channel : levels) {
        for (int v = 0; v < channel.length; v++) {
          channel[v] = in.readLong();
        }
      }
      int[] checksums = new int[within(in.readInt(), in.available() / Integer.BYTES)];
      for (int b = 0; b < checksums.length; b++) {
        checksums[b] = in.readInt();
      }
      return new Part(labels, new ImageSet.Levels(levels), checksums, null);
    }

    private static int within(int value, int most) throws IOException {
      if (value < 1 || value > most) {
        throw new IOException("a number from 1 to %d, found %d".formatted(most, value));
      }
      return value;
    }
  }
}
