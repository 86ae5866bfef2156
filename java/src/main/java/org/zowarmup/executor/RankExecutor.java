package org.zowarmup.executor;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.device.Evaluation;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.device.VectorOps;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.executor.ranks.Ranks;
import org.zowarmup.executor.ranks.Ranks.Exchange;
import org.zowarmup.executor.ranks.Ranks.Operation;
import org.zowarmup.executor.ranks.Ranks.Outcome;
import org.zowarmup.nn.Graph;
import org.zowarmup.random.Distribution;

/**
 * Several ranks as one executor: each knows all jobs, runs its share of them on its own lanes and
 * receives the results of all in the order of the jobs, in one collective a call. A share is of
 * whole jobs, so the number of ranks changes no bit. A stop of one rank is a stop of all, and so is
 * a failure.
 */
public final class RankExecutor implements Executor {
  private static final Logger LOG = LoggerFactory.getLogger(RankExecutor.class);

  /** Loss sum, samples and the note of an answer. */
  private static final int TRAINED_BYTES = 2 * Double.BYTES + Long.BYTES;

  private final LaneExecutor lanes;
  private final Ranks ranks;
  private final BiConsumer<List<ProbeJob>, List<ProbeJob.Result>> observer;
  private boolean idleRanksSaid;

  /**
   * @param lanes of this rank, which this closes
   * @param observer receives all probes, those of other ranks too
   */
  public RankExecutor(
      LaneExecutor lanes, Ranks ranks, BiConsumer<List<ProbeJob>, List<ProbeJob.Result>> observer) {
    this.lanes = lanes;
    this.ranks = ranks;
    this.observer = observer;
  }

  @Override
  public void prepare() {
    lanes.prepare();
  }

  /** Runs jobs [from, to) on this rank's lanes, and writes a fixed number of bytes for each. */
  private interface Share {
    void run(int from, int to, ByteBuffer results);
  }

  /**
   * Runs this rank's share of the jobs and exchanges the results.
   *
   * @param bytes of each job's result
   * @return the results of all jobs, in their order
   */
  private ByteBuffer share(Operation operation, int[] bytes, Share share) {
    int jobs = bytes.length;
    if (operation == Operation.PROBE) {
      sayIdleRanks(jobs);
    }
    int[] sizes = new int[ranks.size()];
    for (int r = 0; r < sizes.length; r++) {
      sizes[r] = Arrays.stream(bytes, ranks.from(jobs, r), ranks.from(jobs, r + 1)).sum();
    }
    ByteBuffer own = ByteBuffer.allocate(sizes[ranks.rank()]);
    int from = ranks.from(jobs, ranks.rank());
    int to = ranks.from(jobs, ranks.rank() + 1);
    Exchange all =
        exchange(
            operation,
            jobs,
            () -> {
              if (from < to) {
                share.run(from, to, own);
              }
              return own.array();
            },
            sizes);
    ByteBuffer results = ByteBuffer.allocate(Arrays.stream(sizes).sum());
    for (byte[] part : all.payloads()) {
      results.put(part);
    }
    return results.flip();
  }

  private void sayIdleRanks(int jobs) {
    if (jobs > 1 && jobs < ranks.size() && !idleRanksSaid && ranks.isFirst()) {
      idleRanksSaid = true;
      LOG.info("{} jobs on {} ranks: some ranks wait while others work", jobs, ranks.size());
    }
  }

  /** This rank's work before an exchange; returns its payload. */
  private interface Work {
    byte[] run();
  }

  private Exchange exchange(Operation operation, int jobs, Work work, int[] sizes) {
    byte[] own = new byte[0];
    Outcome outcome = Outcome.DONE;
    Throwable failure = null;
    try {
      own = work.run();
    } catch (StoppedException e) {
      outcome = Outcome.HALTED;
    } catch (RuntimeException | Error e) {
      outcome = Outcome.FAILED;
      failure = e;
    }
    Exchange all = ranks.exchange(operation, jobs, outcome, own, sizes);
    if (all.outcome() == Outcome.FAILED) {
      fail(failure, all.failedRanks());
    }
    if (all.outcome() == Outcome.HALTED) {
      throw new StoppedException();
    }
    return all;
  }

  /** A failure of this rank stays what it is; other ranks receive its message. */
  private void fail(Throwable ownOrNull, List<Integer> failed) {
    boolean user = ownOrNull instanceof UserErrorException || ownOrNull instanceof OutOfMemoryError;
    String own =
        ownOrNull == null ? "" : (user ? "u" : "b") + ranks.name() + ": " + ownOrNull.getMessage();
    String first = ranks.texts(own).get(failed.get(0));
    if (ownOrNull instanceof Error error) {
      throw error;
    }
    if (ownOrNull instanceof RuntimeException exception) {
      throw exception;
    }
    String message = first.substring(1);
    throw first.startsWith("u")
        ? new UserErrorException(message)
        : new IllegalStateException(message);
  }

  @Override
  public List<ProbeJob.Result> probe(
      Vector weights, Distribution distribution, ResidentImages images, List<ProbeJob> jobs) {
    List<ProbeChunks.Chunk> chunks = lanes.probeChunks(jobs);
    int[] bytes =
        chunks.stream().mapToInt(chunk -> 2 * Double.BYTES * chunk.jobs().size()).toArray();
    ByteBuffer results =
        share(
            Operation.PROBE,
            bytes,
            (from, to, own) ->
                lanes
                    .probe(weights, distribution, images, jobs, chunks.subList(from, to))
                    .forEach(
                        part -> {
                          for (ProbeJob.Result result : part) {
                            own.putDouble(result.lossSumPlus()).putDouble(result.lossSumMinus());
                          }
                        }));
    List<ProbeJob.Result[]> parts = new ArrayList<>();
    for (ProbeChunks.Chunk chunk : chunks) {
      List<Integer> of = chunk.jobs();
      ProbeJob.Result[] part = new ProbeJob.Result[of.size()];
      for (int i = 0; i < part.length; i++) {
        int count = jobs.get(of.get(i)).count();
        part[i] = new ProbeJob.Result(results.getDouble(), results.getDouble(), count);
      }
      parts.add(part);
    }
    List<ProbeJob.Result> inOrder = ProbeChunks.inJobOrder(chunks, parts, jobs.size());
    observer.accept(jobs, inOrder);
    return inOrder;
  }

  /** On the first rank alone, which is to say on one lane. */
  @Override
  public List<ProbeJob.Result> probe(
      Precision precision,
      Vector weights,
      Distribution distribution,
      ResidentImages images,
      List<ProbeJob> jobs) {
    ByteBuffer results =
        share(
            Operation.PROBE,
            new int[] {2 * Double.BYTES * jobs.size()},
            (from, to, own) ->
                lanes
                    .probe(precision, weights, distribution, images, jobs)
                    .forEach(r -> own.putDouble(r.lossSumPlus()).putDouble(r.lossSumMinus())));
    return jobs.stream()
        .map(job -> new ProbeJob.Result(results.getDouble(), results.getDouble(), job.count()))
        .toList();
  }

  /**
   * Each client's weights leave the rank that trained them in slices, one a rank, in the order of
   * the jobs: a rank holds what its lanes train and a slice, and sums have the order of one rank.
   */
  @Override
  public List<TrainJob.Result> train(
      Vector start,
      float[] subStartOrNull,
      ResidentImages images,
      List<Training> jobs,
      Answers answers) {
    int[] owner = Trainings.deal(jobs, ranks.size());
    int[] mine = IntStream.range(0, owner.length).filter(i -> owner[i] == ranks.rank()).toArray();
    List<Training> own = IntStream.of(mine).mapToObj(jobs::get).toList();
    int length = Math.toIntExact(start.length());
    List<TrainJob.Result> results = new ArrayList<>();
    sayIdleRanks(jobs.size());
    try (LaneExecutor.Running running =
        lanes.startTraining(
            start,
            subStartOrNull,
            images,
            own,
            (job, trained) -> answers.answer(mine[job], trained))) {
      int next = 0;
      for (int i = 0; i < owner.length; i++) {
        boolean here = owner[i] == ranks.rank();
        int place = here ? next++ : -1;
        Trainings.Done[] done = new Trainings.Done[1];
        int[] sizes = new int[ranks.size()];
        sizes[owner[i]] = TRAINED_BYTES;
        Exchange all =
            exchange(
                Operation.TRAIN,
                jobs.size(),
                () -> {
                  if (!here) {
                    return new byte[0];
                  }
                  done[0] = running.take(place);
                  return trained(done[0]);
                },
                sizes);
        ByteBuffer told = ByteBuffer.wrap(all.payloads()[owner[i]]);
        results.add(new TrainJob.Result(told.getDouble(), told.getLong()));
        float[] slice = ranks.scatter(here ? done[0].answer().values() : null, length, owner[i]);
        answers.receive(i, told.getDouble(), ranks.slice(length, ranks.rank()), slice);
      }
    }
    return results;
  }

  private static byte[] trained(Trainings.Done done) {
    return ByteBuffer.allocate(TRAINED_BYTES)
        .putDouble(done.result().lossSum())
        .putLong(done.result().count())
        .putDouble(done.answer().note())
        .array();
  }

  @Override
  public float[] join(float[] own) {
    return ranks.join(own, Math.toIntExact(graph().layout().length()));
  }

  /** Where the ranks compare their weights, too: every one has the same. */
  @Override
  public Evaluation evaluate(Vector weights, ResidentImages images, int[] samples) {
    ByteBuffer copy = ByteBuffer.allocate(Math.toIntExact(Float.BYTES * weights.length()));
    copy.asFloatBuffer().put(weights.read());
    ranks.compare(copy);
    int[] bytes = new int[lanes.evaluationChunks(samples)];
    Arrays.fill(bytes, Double.BYTES + 2 * Long.BYTES);
    ByteBuffer results =
        share(
            Operation.EVALUATE,
            bytes,
            (from, to, own) ->
                lanes
                    .evaluate(weights, images, samples, from, to)
                    .forEach(
                        part ->
                            own.putDouble(part.lossSum())
                                .putLong(part.correct())
                                .putLong(part.count())));
    Evaluation sum = Evaluation.EMPTY;
    for (int i = 0; i < bytes.length; i++) {
      sum = sum.plus(new Evaluation(results.getDouble(), results.getLong(), results.getLong()));
    }
    return sum;
  }

  @Override
  public int[] predict(Vector weights, ResidentImages images, int[] samples) {
    int[] bytes = new int[samples.length];
    Arrays.fill(bytes, Integer.BYTES);
    ByteBuffer results =
        share(
            Operation.PREDICT,
            bytes,
            (from, to, own) -> {
              int[] part = lanes.predict(weights, images, Arrays.copyOfRange(samples, from, to));
              own.asIntBuffer().put(part);
            });
    int[] predicted = new int[samples.length];
    results.asIntBuffer().get(predicted);
    return predicted;
  }

  /** Not shared out: only listeners ask for it, and those are not the same on every rank. */
  @Override
  public float[] logits(Vector weights, ResidentImages images, int[] samples) {
    return lanes.logits(weights, images, samples);
  }

  /** Parts of the sum go to the ranks in turn, and leave them in slices as trained weights do. */
  @Override
  public void gradient(Vector weights, ResidentImages images, int[] samples, Vector out) {
    int parts = lanes.gradientChunks(samples);
    List<float[]> own = new ArrayList<>();
    int first = ranks.from(parts, ranks.rank());
    share(
        Operation.GRADIENT,
        new int[parts],
        (from, to, none) -> {
          for (int i = from; i < to; i++) {
            own.add(lanes.gradientChunk(weights, images, samples, i));
          }
        });
    int length = Math.toIntExact(out.length());
    int rank = ranks.rank();
    float[] sum = new float[ranks.slice(length, rank + 1) - ranks.slice(length, rank)];
    for (int r = 0; r < ranks.size(); r++) {
      for (int i = ranks.from(parts, r); i < ranks.from(parts, r + 1); i++) {
        float[] slice = ranks.scatter(r == rank ? own.get(i - first) : null, length, r);
        double share = lanes.shareOfChunk(samples, i);
        for (int k = 0; k < slice.length; k++) {
          sum[k] = (float) ((double) sum[k] + share * slice[k]);
        }
      }
    }
    out.write(ranks.join(sum, length));
  }

  @Override
  public Graph graph() {
    return lanes.graph();
  }

  @Override
  public Graph subGraph() {
    return lanes.subGraph();
  }

  @Override
  public Vector allocate() {
    return lanes.allocate();
  }

  @Override
  public VectorOps vectors() {
    return lanes.vectors();
  }

  @Override
  public void close() {
    lanes.close();
  }
}
