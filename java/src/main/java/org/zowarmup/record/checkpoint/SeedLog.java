package org.zowarmup.record.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.error.BadDataException;
import org.zowarmup.federated.Books;
import org.zowarmup.federated.SeedUpdate;
import org.zowarmup.record.Checksums;
import org.zowarmup.record.RunIdentity;
import org.zowarmup.record.file.AtomicFile;
import org.zowarmup.record.file.GrowingFile;

/**
 * The content of a seed log up to its first unsound byte: a process that is killed leaves at most
 * one torn record at the end.
 *
 * @param rounds in the order of the file
 * @param ends offset after each of them
 * @param bytes size of the file; more than the last end where something unsound follows
 */
public record SeedLog(
    Header header, List<Round> rounds, List<Long> ends, long headerBytes, long bytes) {
  public SeedLog {
    rounds = List.copyOf(rounds);
    ends = List.copyOf(ends);
  }

  /**
   * One round in a seed log.
   *
   * @param round from 1, counted through all phases
   * @param roundOfPhase from 0
   * @param update what it did to the weights; empty where seeds cannot tell
   * @param ledger what it changed in the ledger's books
   */
  public record Round(
      int round, int roundOfPhase, Optional<SeedUpdate> update, Books.Change ledger) {}

  /**
   * The run that a seed log belongs to.
   *
   * @param runSeed from which the seeds follow
   * @param layoutHash of the weights that it is about, SHA-256 in hexadecimal
   * @param run {@link org.zowarmup.record.RunIdentity#id}; empty in a log of an older version
   */
  public record Header(String method, long runSeed, String layoutHash, String run) {
    /** Whether a log with this header may be that of a run: an older one does not say. */
    public boolean fits(Header other) {
      boolean known = !run.isEmpty() && !other.run.isEmpty();
      return method.equals(other.method)
          && runSeed == other.runSeed
          && layoutHash.equals(other.layoutHash)
          && (!known || run.equals(other.run));
    }
  }

  /**
   * Reads a log.
   *
   * @throws BadDataException where it is missing or its header is unsound
   */
  public static SeedLog read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new BadDataException(file, "", "a seed log", "no such file");
    }
    try (InputStream in = FileBytes.stream(file)) {
      byte[] magic = in.readNBytes(SeedLogCodec.MAGIC.length);
      if (!Arrays.equals(magic, SeedLogCodec.MAGIC)) {
        throw new BadDataException(
            file, "offset 0", "a seed log of version 1", Arrays.toString(magic));
      }
      byte[] payload = payload(in);
      if (payload == null) {
        throw new BadDataException(file, "offset 8", "a sound header", "another checksum");
      }
      Header header = header(file, payload);
      long headerBytes =
          (long) SeedLogCodec.MAGIC.length + SeedLogCodec.FRAME_BYTES + payload.length;
      return rounds(in, header, headerBytes, Files.size(file));
    } catch (IOException e) {
      throw new BadDataException(file, "", "a readable file", String.valueOf(e.getMessage()));
    }
  }

  private static Header header(Path file, byte[] payload) {
    try {
      return SeedLogCodec.header(ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN));
    } catch (IllegalArgumentException e) {
      throw new BadDataException(
          file, "offset 8", "a run's seed, layout and method", String.valueOf(e.getMessage()));
    }
  }

  /**
   * Reads the log of a method under a seed.
   *
   * @throws BadDataException also where it is the log of another method or seed
   */
  public static SeedLog read(Path file, String method, long seed) {
    SeedLog log = read(file);
    Header header = log.header();
    if (!header.method().equals(method) || header.runSeed() != seed) {
      throw new BadDataException(
          file,
          "header",
          "the log of %s seed %d".formatted(method, seed),
          "that of %s seed %d".formatted(header.method(), header.runSeed()));
    }
    return log;
  }

  /** Refuses the log of another run, which may have had other scalars. */
  public void requireRun(Path file, RunIdentity identity) {
    String run = identity.id();
    if (!header.run.isEmpty() && !header.run.equals(run)) {
      throw new BadDataException(
          file, "header", "the log of this run, " + run, "that of another, " + header.run);
    }
  }

  /**
   * Refuses a log that is sound and not what the run wrote. Damage within what was summed is told
   * with its place by others, and the rounds before it are used.
   */
  public void requireSummed(Path file, Checksums checksums) {
    if (checksums.bytes(file) <= end()) {
      checksums.require(file, "");
    }
  }

  private static SeedLog rounds(InputStream in, Header header, long headerBytes, long size)
      throws IOException {
    List<Round> rounds = new ArrayList<>();
    List<Long> ends = new ArrayList<>();
    long end = headerBytes;
    for (byte[] payload = payload(in); payload != null; payload = payload(in)) {
      try {
        rounds.add(SeedLogCodec.round(payload));
      } catch (IllegalArgumentException e) {
        break;
      }
      end += SeedLogCodec.FRAME_BYTES + payload.length;
      ends.add(end);
    }
    return new SeedLog(header, rounds, ends, headerBytes, size);
  }

  /** The next payload, or null where it is torn or damaged, or the file ends. */
  private static byte[] payload(InputStream in) throws IOException {
    byte[] frame = in.readNBytes(SeedLogCodec.FRAME_BYTES);
    if (frame.length < SeedLogCodec.FRAME_BYTES) {
      return null;
    }
    ByteBuffer fields = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
    int length = fields.getInt();
    if (length < 0 || length > SeedLogCodec.MAX_PAYLOAD_BYTES) {
      return null;
    }
    byte[] payload = in.readNBytes(length);
    boolean sound = payload.length == length && SeedLogCodec.checksum(payload) == fields.getInt();
    return sound ? payload : null;
  }

  /** The offset of the first byte that is not sound, or the size of the file. */
  public long end() {
    return ends.isEmpty() ? headerBytes : ends.get(ends.size() - 1);
  }

  /** The last round, 0 for none. */
  public int lastRound() {
    return rounds.isEmpty() ? 0 : rounds.get(rounds.size() - 1).round();
  }

  /** The rounds from {@code first} to {@code last}, as far as they follow on each other. */
  public List<Round> stretch(int first, int last) {
    List<Round> found = new ArrayList<>();
    int next = first;
    for (Round round : rounds) {
      if (round.round() == next && next <= last) {
        found.add(round);
        next++;
      }
    }
    return found;
  }

  /** Cuts a log after a round. */
  public static void cutAfter(Path file, int round) {
    SeedLog log = read(file);
    long end = log.headerBytes();
    for (int i = 0; i < log.rounds().size() && log.rounds().get(i).round() <= round; i++) {
      end = log.ends().get(i);
    }
    AtomicFile.cut(file, end);
  }

  /**
   * Appends rounds to a seed log, each with one write, so that a kill tears at most the last one.
   */
  public static final class Writer implements AutoCloseable {
    private final GrowingFile out;

    private Writer(GrowingFile out) {
      this.out = out;
    }

    /**
     * Opens the log of a run after a round: later rounds are cut off. A log that is missing,
     * unsound at its start or another run's is started anew.
     */
    public static Writer open(Path file, Header header, int afterRound) {
      if (continues(file, header)) {
        cutAfter(file, afterRound);
      } else {
        byte[] start = SeedLogCodec.header(header);
        AtomicFile.write(file, channel -> AtomicFile.writeAll(channel, ByteBuffer.wrap(start)));
      }
      return new Writer(new GrowingFile(file));
    }

    private static boolean continues(Path file, Header header) {
      try {
        return Files.exists(file) && read(file).header().fits(header);
      } catch (BadDataException e) {
        return false;
      }
    }

    public void append(Round round) {
      out.append(ByteBuffer.wrap(SeedLogCodec.frame(SeedLogCodec.payload(round))));
    }

    /** Returns when all rounds so far are on the disk. */
    public void sync() {
      out.sync();
    }

    @Override
    public void close() {
      out.close();
    }
  }
}
