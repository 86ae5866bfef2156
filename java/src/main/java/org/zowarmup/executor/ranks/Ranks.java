package org.zowarmup.executor.ranks;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * The ranks of one run: every one runs the same program on the same weights, takes its share of the
 * jobs and receives the results of all. All calls of a rank come from one thread, and all ranks
 * make the same calls in the same order; a header before every payload says where its sender is, so
 * that ranks which have parted are found out at once.
 */
public abstract class Ranks implements AutoCloseable {
  /** Bytes of the header of every message. */
  public static final int HEADER_BYTES = 32;

  private static final int BLOCK = 128;
  private static final int STOP = 1;
  private static final int HALTED = 2;
  private static final int FAILED = 4;

  private final int rank;
  private final int size;
  private final CRC32C received = new CRC32C();
  private BooleanSupplier stopRequested = () -> false;
  private boolean stopAgreed;
  private int exchanges;
  private long bytesReceived;

  /** What ranks exchange; the order of these is part of the header. */
  public enum Operation {
    PROBE(0),
    TRAIN(1),
    EVALUATE(2),
    PREDICT(3),
    GRADIENT(4),
    AGREE(5);

    /** In the header of a message. */
    final int code;

    Operation(int code) {
      this.code = code;
    }
  }

  /** How a rank's share of the jobs ended. */
  public enum Outcome {
    DONE,
    /** A stop came before its last job. */
    HALTED,
    FAILED
  }

  /**
   * What the ranks were told.
   *
   * @param outcome of the worst of them
   * @param failedRanks those whose share failed, ascending
   */
  public record Exchange(Outcome outcome, List<Integer> failedRanks, byte[][] payloads) {}

  protected Ranks(int rank, int size) {
    this.rank = rank;
    this.size = size;
  }

  /** The only rank of a run. */
  public static Ranks one() {
    return new OneRank();
  }

  /** From 0. */
  public final int rank() {
    return rank;
  }

  public final int size() {
    return size;
  }

  /** True for the rank that writes and speaks. */
  public final boolean isFirst() {
    return rank == 0;
  }

  /** For messages: {@code rank 3 of 4 on node b}. */
  public final String name() {
    return "rank " + rank + " of " + size + " on " + host();
  }

  /** Name of the machine. */
  public static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "this machine";
    }
  }

  /** What carries the messages, for people and the provenance. */
  public abstract String carrier();

  /** True where all ranks are threads of this process. */
  public boolean inOneProcess() {
    return false;
  }

  /**
   * What ranks have once a process: of those that are threads of one, the first makes it, and no
   * one continues before every other one has a share in it. Elsewhere each makes its own.
   *
   * @param share of what the first rank has made, to be closed on its own
   */
  public <T extends AutoCloseable> T once(Supplier<T> make, UnaryOperator<T> share) {
    return make.get();
  }

  /** Rank among those of this machine. */
  public int localRank() {
    return rank;
  }

  /** Ranks of this machine. */
  public int localSize() {
    return size;
  }

  /** First of rank r's share of n jobs; shares follow on each other, the first are the largest. */
  public final int from(int n, int r) {
    return (int) (((long) n * r + size - 1) / size);
  }

  /** First of rank r's coordinates of so many, at a whole block of the parameters' layout. */
  public final int slice(int length, int r) {
    return r == size ? length : (int) ((long) length * r / size / BLOCK * BLOCK);
  }

  /** What tells this rank, and only this one, that it should stop. */
  public final void listenTo(BooleanSupplier stop) {
    this.stopRequested = stop;
  }

  /**
   * True once a rank was asked to stop and the others know: the same answer on all ranks between
   * two exchanges.
   */
  public final boolean stopAgreed() {
    return size == 1 ? stopRequested.getAsBoolean() : stopAgreed;
  }

  /**
   * Sends this rank's payload to all and receives theirs, in one collective.
   *
   * @param jobs of all ranks, for the header
   * @param own where the share did not end well, ignored
   * @param sizes bytes of the payload of each rank
   * @throws IllegalStateException where the ranks have parted, naming both places
   */
  public final Exchange exchange(
      Operation operation, int jobs, Outcome outcome, byte[] own, int[] sizes) {
    ByteBuffer message = ByteBuffer.allocate(HEADER_BYTES + sizes[rank]);
    int flags =
        (stopRequested.getAsBoolean() ? STOP : 0)
            | (outcome == Outcome.HALTED ? HALTED : 0)
            | (outcome == Outcome.FAILED ? FAILED : 0);
    message.putInt(operation.code).putInt(exchanges).putInt(jobs).putInt(flags);
    message.putLong(received.getValue()).putLong(0);
    if (outcome == Outcome.DONE) {
      message.put(own, 0, sizes[rank]);
    }
    int[] lengths = Arrays.stream(sizes).map(bytes -> bytes + HEADER_BYTES).toArray();
    byte[][] all = gather(message.array(), lengths);
    exchanges++;
    return read(message, all, sizes);
  }

  private Exchange read(ByteBuffer own, byte[][] all, int[] sizes) {
    byte[][] payloads = new byte[size][];
    int flags = 0;
    List<Integer> failed = new ArrayList<>();
    for (int r = 0; r < size; r++) {
      ByteBuffer header = ByteBuffer.wrap(all[r]);
      requireSamePlace(own, header, r);
      flags |= header.getInt(12);
      if ((header.getInt(12) & FAILED) != 0) {
        failed.add(r);
      }
      payloads[r] = Arrays.copyOfRange(all[r], HEADER_BYTES, HEADER_BYTES + sizes[r]);
      bytesReceived += all[r].length;
    }
    stopAgreed |= (flags & STOP) != 0;
    if (!failed.isEmpty()) {
      return new Exchange(Outcome.FAILED, failed, payloads);
    }
    if ((flags & HALTED) != 0) {
      return new Exchange(Outcome.HALTED, failed, payloads);
    }
    Stream.of(payloads).forEach(received::update);
    return new Exchange(Outcome.DONE, failed, payloads);
  }

  private void requireSamePlace(ByteBuffer own, ByteBuffer other, int r) {
    boolean place =
        own.getInt(0) == other.getInt(0)
            && own.getInt(4) == other.getInt(4)
            && own.getInt(8) == other.getInt(8);
    if (place && own.getLong(16) == other.getLong(16)) {
      return;
    }
    throw new IllegalStateException(
        "%s is at %s, rank %d at %s%s"
            .formatted(
                name(),
                place(own),
                r,
                place(other),
                place ? ", with other results before it" : ""));
  }

  private static String place(ByteBuffer header) {
    int operation = header.getInt(0);
    Operation[] known = Operation.values();
    String name = operation >= 0 && operation < known.length ? known[operation].name() : "unknown";
    return "exchange %d (%s of %d jobs)".formatted(header.getInt(4), name, header.getInt(8));
  }

  /** Mixes what all ranks should have alike into the next header, which compares it. */
  public final void compare(ByteBuffer replica) {
    if (size > 1) {
      received.update(replica);
    }
  }

  /** Everyone's text, in the order of the ranks. */
  public final List<String> texts(String own) {
    byte[] bytes = own.getBytes(StandardCharsets.UTF_8);
    int[] four = new int[size];
    Arrays.fill(four, Integer.BYTES);
    byte[] length = ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array();
    Exchange lengths = exchange(Operation.AGREE, size, Outcome.DONE, length, four);
    int[] sizes =
        Stream.of(lengths.payloads()).mapToInt(part -> ByteBuffer.wrap(part).getInt()).toArray();
    return Stream.of(exchange(Operation.AGREE, size, Outcome.DONE, bytes, sizes).payloads())
        .map(part -> new String(part, StandardCharsets.UTF_8))
        .toList();
  }

  /** The first rank's bytes. */
  public final byte[] fromFirst(byte[] own) {
    byte[] length = ByteBuffer.allocate(Integer.BYTES).putInt(own.length).array();
    int[] sizes = new int[size];
    sizes[0] = Integer.BYTES;
    Exchange lengths = exchange(Operation.AGREE, size, Outcome.DONE, length, sizes);
    sizes[0] = ByteBuffer.wrap(lengths.payloads()[0]).getInt();
    return exchange(Operation.AGREE, size, Outcome.DONE, own, sizes).payloads()[0];
  }

  /** Collectives so far. */
  public final int exchanges() {
    return exchanges;
  }

  /** Bytes of messages that this rank has received, its own and headers counted. */
  public final long bytesReceived() {
    return bytesReceived;
  }

  /** Counts what a carrier moves outside of {@link #exchange}. */
  protected final void countReceived(long bytes) {
    bytesReceived += bytes;
  }

  /** Everyone's bytes; {@code sizes[r]} of rank r. */
  protected abstract byte[][] gather(byte[] own, int[] sizes);

  /**
   * Gives every rank its coordinates of a root's vector.
   *
   * @param wholeOrNull the root's
   */
  public abstract float[] scatter(float[] wholeOrNull, int length, int root);

  /** Gives all ranks the coordinates of all, put together. */
  public abstract float[] join(float[] own, int length);

  /**
   * Meets all ranks at the end of the process, whatever exchanges some of them may be in.
   *
   * @param own a word about this rank
   * @return the words of all; empty where not all came within the time
   */
  public List<Long> end(long own, double seconds) {
    return List.of(own);
  }

  /** Ends all ranks at once with an exit code; returns at most where there is no other. */
  public abstract void abort(int code);

  @Override
  public abstract void close();

  private static final class OneRank extends Ranks {
    OneRank() {
      super(0, 1);
    }

    @Override
    public String carrier() {
      return "one process";
    }

    @Override
    protected byte[][] gather(byte[] own, int[] sizes) {
      return new byte[][] {own};
    }

    @Override
    public float[] scatter(float[] wholeOrNull, int length, int root) {
      return wholeOrNull;
    }

    @Override
    public float[] join(float[] own, int length) {
      return own;
    }

    @Override
    public void abort(int code) {
      // no other rank
    }

    @Override
    public void close() {
      // nothing is open
    }
  }
}
