package org.zowarmup.bench.ranks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import org.zowarmup.executor.ranks.Ranks;
import org.zowarmup.executor.ranks.ThreadRanks;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunListener;
import org.zowarmup.run.Experiment;
import org.zowarmup.run.ProcessRanks;

/**
 * One rank of the measurement that {@code bench/ranks} starts: how long the exchange of a round's
 * results takes, then a short run, of which the seconds and received bytes of its zeroth-order
 * rounds are printed by the first rank, then a longer one with {@link FreeProbes}.
 */
public final class RankCosts {
  private static final int WARM_UP = 300;
  private static final int EXCHANGES = 2000;

  /** As a round of 50 clients with 12 seeds each has. */
  private static final int PROBES = 600;

  private static final int BYTES_OF_A_PROBE = 16;
  private static final int FREE_ROUNDS = 800;

  private RankCosts() {}

  /**
   * @param arguments a config and {@code key=value}; or {@code threads N}, which measures the
   *     exchange between threads of this process
   */
  public static void main(String[] arguments) {
    if (arguments[0].equals("threads")) {
      int size = Integer.parseInt(arguments[1]);
      System.out.println(ThreadRanks.run(size, RankCosts::exchanges).get(0));
      return;
    }
    ProcessRanks.open();
    Ranks ranks = ProcessRanks.get();
    String exchanges = exchanges(ranks);
    Seconds seconds = new Seconds(ranks);
    RunConfig config =
        ConfigLoader.load(Path.of(arguments[0]), List.of(arguments).subList(1, arguments.length));
    new Experiment().run(config, null, List.of("bench/ranks"), seconds, () -> false);
    List<String> words = new ArrayList<>(List.of(arguments).subList(1, arguments.length));
    words.add("device=" + FreeProbes.NAME);
    words.add("zo.rounds=" + FREE_ROUNDS);
    words.add("evaluate.everyRounds=" + FREE_ROUNDS);
    words.add("output=" + config.output() + "-free");
    Apart outside = new Apart();
    new Experiment()
        .run(
            ConfigLoader.load(Path.of(arguments[0]), words),
            null,
            List.of("bench/ranks"),
            outside,
            () -> false);
    if (ranks.isFirst()) {
      System.out.println(exchanges + " " + seconds.line() + " " + outside.line());
    }
    System.exit(ProcessRanks.end(0, 0));
  }

  /** Median and 95th percentile of the exchange, and the bytes that a rank receives in one. */
  private static String exchanges(Ranks ranks) {
    int[] sizes = new int[ranks.size()];
    for (int r = 0; r < sizes.length; r++) {
      sizes[r] = BYTES_OF_A_PROBE * (ranks.from(PROBES, r + 1) - ranks.from(PROBES, r));
    }
    byte[] own = new byte[sizes[ranks.rank()]];
    double[] micros = new double[EXCHANGES];
    long before = 0;
    for (int i = -WARM_UP; i < EXCHANGES; i++) {
      if (i == 0) {
        before = ranks.bytesReceived();
      }
      long start = System.nanoTime();
      ranks.exchange(Ranks.Operation.PROBE, PROBES, Ranks.Outcome.DONE, own, sizes);
      if (i >= 0) {
        micros[i] = (System.nanoTime() - start) * 1e-3;
      }
    }
    long bytes = (ranks.bytesReceived() - before) / EXCHANGES;
    Arrays.sort(micros);
    return String.format(
        Locale.ROOT,
        "ranks=%d exchange_us=%.1f p95_us=%.1f bytes=%d",
        ranks.size(),
        micros[EXCHANGES / 2],
        micros[EXCHANGES * 95 / 100],
        bytes);
  }

  /** From the end of one zeroth-order round to that of the next, with all that listeners do. */
  private static final class Apart implements RunListener {
    private final List<Long> nanos = new ArrayList<>();
    private long last;

    @Override
    public void roundFinished(RoundMetrics metrics) {
      long now = System.nanoTime();
      if (metrics.phase().equals("zo")) {
        nanos.add(now - last);
      }
      last = now;
    }

    /** Of the second half, when Java has compiled it. */
    private String line() {
      double[] sorted =
          nanos.subList(nanos.size() / 2, nanos.size()).stream()
              .mapToDouble(n -> n * 1e-6)
              .sorted()
              .toArray();
      return String.format(
          Locale.ROOT,
          "outside_ms=%.3f outside_95_ms=%.3f",
          sorted[sorted.length / 2],
          sorted[sorted.length * 95 / 100]);
    }
  }

  /** Seconds and bytes of zeroth-order rounds without those of the first one. */
  private static final class Seconds implements RunListener {
    private final Ranks ranks;
    private final List<Double> seconds = new ArrayList<>();
    private long received;
    private long first;

    private Seconds(Ranks ranks) {
      this.ranks = ranks;
    }

    @Override
    public void roundFinished(RoundMetrics metrics) {
      if (metrics.phase().equals("zo")) {
        seconds.add(metrics.seconds());
        first = seconds.size() == 1 ? ranks.bytesReceived() : first;
        received = ranks.bytesReceived();
      }
    }

    private String line() {
      double[] sorted =
          seconds.subList(1, seconds.size()).stream().mapToDouble(s -> s).sorted().toArray();
      return String.format(
          Locale.ROOT,
          "round_s=%.4f least_s=%.4f round_bytes=%d",
          sorted[sorted.length / 2],
          sorted[0],
          (received - first) / sorted.length);
    }
  }
}
