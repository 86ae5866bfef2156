package org.zowarmup.executor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.device.Batch;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.executor.ranks.Ranks;
import org.zowarmup.executor.ranks.ThreadRanks;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.PhiloxRandom;

/** Any number of ranks gives the results of one, and ends together. */
@Timeout(60)
final class RankExecutorTest {
  private static final int IMAGES = 23;

  /** A device, images and lanes of one rank. */
  private static final class Rig implements AutoCloseable {
    final Ranks ranks;
    final Device device;
    final BytePointer pixels;
    final ResidentImages images;
    final Executor executor;
    final Vector weights;
    final List<Integer> observed = new ArrayList<>();

    Rig(Ranks ranks, BooleanSupplier stop) {
      this.ranks = ranks;
      ranks.listenTo(stop);
      Graph.Builder builder = Graph.builder("linear", Shape.flat(6));
      builder.add("fc", new Linear(3), Graph.INPUT);
      Graph graph = builder.build(new Loss(3));
      device = Devices.open("cpu", 1 + ranks.rank() % 2).device();
      byte[] bytes = new byte[IMAGES * 6];
      new PhiloxRandom(1).nextBytes(bytes);
      pixels = new BytePointer(bytes);
      float[] table = new float[6 * 256];
      IntStream.range(0, table.length).forEach(i -> table[i] = (i % 256 - 127) / 64f);
      int[] labels = IntStream.range(0, IMAGES).map(i -> i % 3).toArray();
      images = device.upload(new ImagePixels(pixels, graph.input(), labels, table));
      Plan forward = Plan.forward(graph, 4);
      Plan backward = Plan.forwardBackward(graph, 4);
      Workload workload =
          new Workload(
              forward,
              Precision.FP32,
              100,
              0,
              backward,
              Precision.FP32,
              100,
              Plan.forward(graph, 5),
              Precision.FP32,
              backward);
      executor =
          new RankExecutor(
              new LaneExecutor(device, workload, stop),
              ranks,
              (jobs, results) -> observed.add(results.size()));
      weights = executor.allocate();
      weights.write(InitialWeights.draw(graph.layout(), 1));
    }

    List<ProbeJob.Result> probe(List<ProbeJob> jobs) {
      return executor.probe(weights, Distribution.RADEMACHER, images, jobs);
    }

    /** Everything that an executor computes, as text. */
    String everything() {
      StringBuilder all = new StringBuilder();
      for (int jobs : new int[] {0, 1, 2, 7, 100}) {
        all.append(probe(probes(jobs))).append('\n');
        all.append(
                executor.probe(
                    Precision.FP32, weights, Distribution.GAUSSIAN, images, probes(jobs)))
            .append('\n');
        all.append(train(jobs)).append('\n');
      }
      for (int samples : new int[] {0, 1, 5, 6, IMAGES}) {
        int[] some = IntStream.range(0, samples).map(i -> IMAGES - 1 - i).toArray();
        all.append(executor.evaluate(weights, images, some)).append('\n');
        all.append(Arrays.toString(executor.predict(weights, images, some))).append('\n');
        if (samples > 0) {
          try (Vector out = executor.allocate()) {
            executor.gradient(weights, images, some, out);
            all.append(Arrays.toString(out.read())).append('\n');
          }
        }
      }
      return all.append(observed).toString();
    }

    /** Of both networks by turns, which are the same here. */
    private String train(int jobs) {
      List<Training> trainings = trainings(jobs);
      Collected outs = new Collected(jobs);
      float[] start = weights.read();
      String results = executor.train(weights, start, images, trainings, outs).toString();
      StringBuilder all = new StringBuilder(results);
      Arrays.stream(outs.values)
          .forEach(own -> all.append(Arrays.hashCode(executor.join(own))).append(' '));
      return all.toString();
    }

    @Override
    public void close() {
      executor.close();
      weights.close();
      images.close();
      device.close();
      pixels.close();
    }
  }

  /** What the executor of these ranks computes, as text. */
  static String everything(Ranks ranks) {
    try (Rig rig = new Rig(ranks, () -> false)) {
      return rig.everything();
    }
  }

  /** Jobs of unequal length. */
  private static List<Training> trainings(int jobs) {
    TrainJob.Sgd sgd = new TrainJob.Sgd(0.1f, 0.9f, 0);
    List<Training> trainings = new ArrayList<>();
    for (int k = 0; k < jobs; k++) {
      List<int[]> batches = new ArrayList<>(List.of(new int[] {k % IMAGES}));
      for (int more = 0; more < k % 4; more++) {
        batches.add(new int[] {more, k % 5});
      }
      trainings.add(new Training(new TrainJob(batches, sgd), k % 3 == 1));
    }
    return trainings;
  }

  private static List<ProbeJob> probes(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            k ->
                new ProbeJob(
                    SeedTerms.NONE,
                    k,
                    1e-2f,
                    IntStream.range(0, 1 + k % 11).map(i -> (i * 7) % IMAGES).toArray()))
        .toList();
  }

  /** Runs on every rank, and closes what each has opened whatever happens. */
  private static <T> List<T> onRanks(int size, BooleanSupplier stop, Function<Rig, T> task) {
    return ThreadRanks.run(
        size,
        ranks -> {
          try (Rig rig = new Rig(ranks, stop)) {
            return task.apply(rig);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5})
  void anyNumberOfRanksHasTheResultsOfOne(int size) {
    String alone;
    try (Rig rig = new Rig(Ranks.one(), () -> false)) {
      alone = rig.everything();
    }
    List<String> all = onRanks(size, () -> false, Rig::everything);
    for (int r = 0; r < size; r++) {
      assertEquals(alone, all.get(r), "rank " + r + " of " + size);
    }
  }

  @Test
  void aRoundOfProbesIsOneCollectiveOfSixteenBytesAProbe() {
    List<Long> bytes =
        onRanks(
            4,
            () -> false,
            rig -> {
              rig.probe(probes(600));
              assertEquals(1, rig.ranks.exchanges());
              return rig.ranks.bytesReceived();
            });
    assertEquals(List.of(9728L, 9728L, 9728L, 9728L), bytes); // 600 * 16 + 4 * 32
  }

  @ParameterizedTest
  @CsvSource({"2,50", "3,34", "5,20"})
  void aRankDrawsTheImagesOfItsOwnProbesAlone(int size, int most) {
    List<Integer> drawn =
        onRanks(
            size,
            () -> false,
            rig -> {
              AtomicInteger draws = new AtomicInteger();
              List<ProbeJob> known = probes(100);
              List<ProbeJob> jobs = known.stream().map(job -> drawn(job, draws)).toList();
              assertEquals(rig.probe(known), rig.probe(jobs));
              return draws.get();
            });
    assertEquals(100, drawn.stream().mapToInt(draws -> draws).sum(), drawn.toString());
    assertEquals(most, Collections.max(drawn), drawn.toString());
  }

  private static ProbeJob drawn(ProbeJob known, AtomicInteger draws) {
    Batch batch =
        Batch.drawn(
            known.count(),
            () -> {
              draws.incrementAndGet();
              return known.samples();
            });
    return new ProbeJob(
        known.drift(), known.seed(), known.epsilon(), batch, known.augmentation(), known.sides());
  }

  /** The stop of one rank, at each of its jobs and between its rounds. */
  @ParameterizedTest
  @CsvSource({"2,0,0", "2,1,0", "3,2,5", "4,1,9", "5,4,3", "3,0,100"})
  void aStopOfOneIsAStopOfAllInTheSameRound(int size, int stopped, int job) {
    List<Integer> rounds =
        ThreadRanks.run(
            size,
            ranks -> {
              AtomicInteger asked = new AtomicInteger();
              BooleanSupplier stop =
                  () -> ranks.rank() == stopped && asked.getAndIncrement() >= job;
              try (Rig rig = new Rig(ranks, stop)) {
                int round = 0;
                try {
                  while (!ranks.stopAgreed()) {
                    rig.probe(probes(20));
                    round++;
                  }
                } catch (Executor.StoppedException e) {
                  round += 1000; // in the middle of a round, which is void on all
                }
                return round;
              }
            });
    for (int round : rounds) {
      assertEquals(rounds.get(0), round);
    }
  }

  @ParameterizedTest
  @CsvSource({"2,1", "3,0", "5,3"})
  void aFailureOfOneIsToldToAllByName(int size, int failing) {
    List<String> found =
        onRanks(
            size,
            () -> false,
            rig -> {
              List<ProbeJob> jobs = new ArrayList<>(probes(20));
              int job = 20 * failing / size + 1;
              jobs.set(job, new ProbeJob(SeedTerms.NONE, 1000, 1e-2f, new int[] {IMAGES}));
              Class<? extends RuntimeException> expected =
                  rig.ranks.rank() == failing
                      ? IndexOutOfBoundsException.class
                      : IllegalStateException.class;
              String message = assertThrows(expected, () -> rig.probe(jobs)).getMessage();
              assertEquals(20, rig.probe(probes(20)).size(), "the ranks are together again");
              return message;
            });
    for (int r = 0; r < size; r++) {
      assertTrue(found.get(r).contains("sample 23 of 23 images"), found.get(r));
      if (r != failing) {
        assertTrue(found.get(r).startsWith("rank " + failing + " of " + size), found.get(r));
      }
    }
  }

  @Test
  void whatAUserCanFixStaysAUsersErrorOnOtherRanks() {
    RuntimeException failure =
        assertThrows(
            UserErrorException.class,
            () ->
                ThreadRanks.run(
                    2,
                    ranks -> {
                      BooleanSupplier failing =
                          () -> {
                            if (ranks.rank() == 1
                                && Thread.currentThread().getName().startsWith("lane-")) {
                              throw new UserErrorException("the disk is full");
                            }
                            return false;
                          };
                      try (Rig rig = new Rig(ranks, failing)) {
                        UserErrorException own =
                            assertThrows(UserErrorException.class, () -> rig.probe(probes(20)));
                        if (ranks.isFirst()) {
                          throw own;
                        }
                        return null;
                      }
                    }));
    assertTrue(
        failure.getMessage().startsWith("rank 1 of 2")
            && failure.getMessage().contains("disk is full"),
        failure.getMessage());
  }

  @Test
  void ranksThatHavePartedAreFoundOutWithBothPlaces() {
    IllegalStateException parted =
        assertThrows(
            IllegalStateException.class,
            () ->
                onRanks(
                    3,
                    () -> false,
                    rig ->
                        rig.ranks.rank() == 2
                            ? rig.executor.evaluate(rig.weights, rig.images, new int[] {1})
                            : rig.probe(probes(9))));
    assertTrue(parted.getMessage().contains("PROBE of 9 jobs"), parted.getMessage());
    assertTrue(parted.getMessage().contains("EVALUATE of 1 jobs"), parted.getMessage());
  }

  @Test
  void otherWeightsOnOneRankAreFoundOutAtTheNextEvaluation() {
    IllegalStateException parted =
        assertThrows(
            IllegalStateException.class,
            () ->
                onRanks(
                    3,
                    () -> false,
                    rig -> {
                      float[] values = rig.weights.read();
                      values[1] += rig.ranks.rank() == 1 ? 1e-6f : 0;
                      rig.weights.write(values);
                      return rig.executor.evaluate(rig.weights, rig.images, new int[] {1, 2});
                    }));
    assertTrue(parted.getMessage().contains("other results before it"), parted.getMessage());
  }

  @Test
  void aRankThatEndsEndsTheOthers() {
    IllegalArgumentException failure =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                onRanks(
                    4,
                    () -> false,
                    rig -> {
                      if (rig.ranks.rank() == 3) {
                        throw new IllegalArgumentException("lost");
                      }
                      return rig.probe(probes(9));
                    }));
    assertEquals("lost", failure.getMessage());
  }

  /** A power law, as of many real federations: client i has 1 / i of the images of the first. */
  @ParameterizedTest
  @CsvSource({"50,2", "50,4", "50,8", "16,5"})
  void unevenClientsAreDealtOutEvenly(int clients, int size) {
    List<Training> jobs =
        IntStream.rangeClosed(1, clients)
            .mapToObj(i -> new int[4000 / (1 + i * 7 % clients)])
            .map(batch -> new TrainJob(List.of(batch), new TrainJob.Sgd(1, 0, 0)))
            .map(job -> new Training(job, false))
            .toList();
    int[] owner = Trainings.deal(jobs, size);
    long[] load = new long[size];
    IntStream.range(0, clients).forEach(i -> load[owner[i]] += jobs.get(i).cost());
    long total = Arrays.stream(load).sum();
    long longest = jobs.stream().mapToLong(Training::cost).max().orElseThrow();
    long most = Arrays.stream(load).max().orElseThrow();
    // no deal can beat the longest client alone, or equal shares
    double best = Math.max((double) longest, (double) total / size);
    assertTrue(most <= 1.03 * best, most + " images on one rank, at best " + best);
  }

  /** The first client is the longest and holds all others up, which may not fill the memory. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void atMostTwoTrainedVectorsALaneWait(int lanes) {
    List<Training> jobs = trainings(40);
    Trainings trainings = new Trainings(jobs, lanes);
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 2 * lanes; i++) {
      order.add(trainings.next());
    }
    assertTrue(order.contains(0), order + ": no place was left for the one that is waited for");
    assertEquals(2L * lanes, order.stream().distinct().count());
  }

  @Test
  void sharesAreWholeAndTheFirstAreTheLargest() {
    int[] sizes = new int[5];
    ThreadRanks.run(
        5,
        ranks -> {
          sizes[ranks.rank()] = ranks.from(7, ranks.rank() + 1) - ranks.from(7, ranks.rank());
          return assertTwelve(ranks);
        });
    assertArrayEquals(new int[] {2, 1, 2, 1, 1}, sizes);
  }

  private static boolean assertTwelve(Ranks ranks) {
    for (int n = 0; n < 12; n++) {
      assertEquals(0, ranks.from(n, 0));
      assertEquals(n, ranks.from(n, 5));
      assertEquals(n == 0 ? 0 : 1, Math.min(1, ranks.from(n, 1)), "rank 0 has work where any is");
    }
    return true;
  }
}
