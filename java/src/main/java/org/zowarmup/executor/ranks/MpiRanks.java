package org.zowarmup.executor.ranks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.error.RankGoneException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.nativempi.NativeMpi;

/** Ranks that a launcher has started, over MPI. */
public final class MpiRanks extends Ranks {
  private static final Logger LOG = LoggerFactory.getLogger(MpiRanks.class);
  private static final String PATIENCE = "ZOWARMUP_RANKS_PATIENCE";
  private static final double PATIENCE_SECONDS = 1800;
  private static final double WARN_SECONDS = 60;

  private final Launch launch;
  private final String version;
  private final int localRank;
  private final int localSize;
  private boolean closed;

  private MpiRanks(int rank, int size, Launch launch, int localRank, int localSize) {
    super(rank, size);
    this.launch = launch;
    this.localRank = localRank;
    this.localSize = localSize;
    this.version = MpiLibrary.version();
    Thread watch = new Thread(this::watch, "waiting-ranks");
    watch.setDaemon(true);
    watch.start();
  }

  /**
   * Opens MPI as the launcher has prepared it.
   *
   * @throws UserErrorException with the cure where launcher and library do not fit
   */
  public static MpiRanks open(Launch launch) {
    MpiLibrary.open(launch);
    try (IntPointer threads = new IntPointer(1);
        IntPointer localRank = new IntPointer(1);
        IntPointer localSize = new IntPointer(1)) {
      check(NativeMpi.init(patience(), threads), "MPI_Init_thread");
      if (NativeMpi.size() != launch.size()) {
        throw new UserErrorException(
            "started as one of %d ranks by %s, but MPI (%s) knows %d rank: expected the launcher of the same MPI; with srun take --mpi=pmix for Open MPI, --mpi=pmi2 for MPICH (srun --mpi=list), else its own mpirun"
                .formatted(launch.size(), launch.by(), MpiLibrary.version(), NativeMpi.size()));
      }
      if (threads.get() == 0) {
        throw new UserErrorException(
            "MPI (%s) gives MPI_THREAD_SINGLE: expected MPI_THREAD_FUNNELED or more; load a build of it with threads"
                .formatted(MpiLibrary.version()));
      }
      check(NativeMpi.node(localRank, localSize), "MPI_Comm_split_type");
      return new MpiRanks(
          NativeMpi.rank(), NativeMpi.size(), launch, localRank.get(), localSize.get());
    }
  }

  /** Seconds after which a rank that has not come to an exchange is given up, with all others. */
  private static double patience() {
    String text = System.getenv().getOrDefault(PATIENCE, "");
    if (text.isBlank()) {
      return PATIENCE_SECONDS;
    }
    try {
      double seconds = Double.parseDouble(text.strip());
      if (seconds > 0) {
        return seconds;
      }
    } catch (NumberFormatException e) {
      // reported below, with the value
    }
    throw new UserErrorException(
        "environment variable %s: expected seconds above 0, found %s".formatted(PATIENCE, text));
  }

  private void watch() {
    double warned = 0;
    try {
      while (true) {
        Thread.sleep(5_000);
        double waited = NativeMpi.waiting();
        if (waited < warned) {
          warned = 0;
        }
        if (isFirst() && waited >= Math.max(WARN_SECONDS, 2 * warned)) {
          LOG.warn("waiting for other ranks for {} s", Math.round(waited));
          warned = waited;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void check(int code, String call) {
    if (code == 0) {
      return;
    }
    try (BytePointer text = new BytePointer(8192)) {
      NativeMpi.error(code, text, 8192);
      throw new IllegalStateException(call + ": " + MpiLibrary.string(text));
    }
  }

  private void checkAll(int code, String call) {
    if (code == NativeMpi.MISSING) {
      String missing =
          IntStream.range(0, size())
              .filter(r -> NativeMpi.isMissing(r) != 0)
              .mapToObj(String::valueOf)
              .collect(Collectors.joining(", "));
      throw new RankGoneException(
          "%s: rank %s of %d did not come to exchange %d within %.0f s, all ranks end; see whether its process or node hangs, then resume the run (%s sets the seconds)"
              .formatted(name(), missing, size(), exchanges(), patience(), PATIENCE));
    }
    check(code, call);
  }

  @Override
  public String carrier() {
    return version + ", started by " + launch.by();
  }

  @Override
  public int localRank() {
    return localRank;
  }

  @Override
  public int localSize() {
    return localSize;
  }

  @Override
  protected byte[][] gather(byte[] own, int[] sizes) {
    int[] places = places(sizes);
    int total = places[size() - 1] + sizes[size() - 1];
    try (BytePointer in = new BytePointer(own);
        BytePointer out = new BytePointer(Math.max(1, total));
        IntPointer counts = new IntPointer(sizes);
        IntPointer at = new IntPointer(places)) {
      checkAll(NativeMpi.gather(in, own.length, out, counts, at), "MPI_Iallgatherv");
      byte[][] all = new byte[size()][];
      for (int r = 0; r < size(); r++) {
        all[r] = new byte[sizes[r]];
        out.position(places[r]).get(all[r]);
      }
      out.position(0);
      return all;
    }
  }

  private static int[] places(int[] counts) {
    int[] places = new int[counts.length];
    for (int r = 1; r < counts.length; r++) {
      places[r] = Math.addExact(places[r - 1], counts[r - 1]);
    }
    return places;
  }

  private int[] counts(int length) {
    return IntStream.range(0, size()).map(r -> slice(length, r + 1) - slice(length, r)).toArray();
  }

  @Override
  public float[] scatter(float[] wholeOrNull, int length, int root) {
    int[] sizes = counts(length);
    float[] own = new float[sizes[rank()]];
    try (FloatPointer in = rank() == root ? new FloatPointer(wholeOrNull) : new FloatPointer(1L);
        FloatPointer out = new FloatPointer(Math.max(1L, own.length));
        IntPointer counts = new IntPointer(sizes);
        IntPointer at = new IntPointer(places(sizes))) {
      checkAll(NativeMpi.scatter(in, counts, at, out, own.length, root), "MPI_Iscatterv");
      out.get(own);
    }
    countReceived((long) Float.BYTES * own.length);
    return own;
  }

  @Override
  public float[] join(float[] own, int length) {
    int[] sizes = counts(length);
    float[] all = new float[length];
    try (FloatPointer in = new FloatPointer(Math.max(1L, own.length));
        FloatPointer out = new FloatPointer(Math.max(1L, length));
        IntPointer counts = new IntPointer(sizes);
        IntPointer at = new IntPointer(places(sizes))) {
      in.put(own);
      checkAll(NativeMpi.join(in, own.length, out, counts, at), "MPI_Iallgatherv");
      out.get(all);
    }
    countReceived((long) Float.BYTES * length);
    return all;
  }

  @Override
  public List<Long> end(long own, double seconds) {
    try (LongPointer all = new LongPointer(size())) {
      int code = NativeMpi.end(own, all, seconds);
      if (code == NativeMpi.MISSING) {
        return List.of();
      }
      check(code, "MPI_Iallgather");
      long[] words = new long[size()];
      all.get(words);
      return new ArrayList<>(Arrays.stream(words).boxed().toList());
    }
  }

  @Override
  public void abort(int code) {
    NativeMpi.abort(code);
  }

  /**
   * Only after {@link #end} has met all: MPI_Finalize waits for every rank, and sometimes for ever.
   */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      check(NativeMpi.finish(), "MPI_Finalize");
    }
  }
}
