package org.zowarmup.executor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.device.Device;
import org.zowarmup.device.Evaluation;
import org.zowarmup.device.Executable;
import org.zowarmup.device.Owned;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.device.VectorOps;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.random.Distribution;

/**
 * One device, several lanes side by side. A lane is a thread with executables of its own, compiled
 * when it first needs them; it takes the next job that no lane has, so unequal clients keep all
 * lanes busy, and since a job's result depends on the job alone, neither the number of lanes nor
 * their luck changes a bit.
 */
public final class LaneExecutor implements Executor {
  private static final Logger LOG = LoggerFactory.getLogger(LaneExecutor.class);

  private final Device device;
  private final Workload workload;
  private final BooleanSupplier stopRequested;
  private final BiConsumer<List<ProbeJob>, List<ProbeJob.Result>> observer;
  private final Plan wideProbe; // of probes that share a seed; null where they run as others do
  private final List<Lane> lanes = new ArrayList<>();

  public LaneExecutor(Device device, Workload workload, BooleanSupplier stopRequested) {
    this(device, workload, stopRequested, (jobs, results) -> {});
  }

  /**
   * @param observer receives all probes, on the thread that asked for them
   */
  public LaneExecutor(
      Device device,
      Workload workload,
      BooleanSupplier stopRequested,
      BiConsumer<List<ProbeJob>, List<ProbeJob.Result>> observer) {
    this.observer = observer;
    this.device = device;
    this.workload = workload;
    this.stopRequested = stopRequested;
    this.wideProbe = workload.wideProbe(device.wideBatch());
    List<Plan> plans = new ArrayList<>(workload.rounds());
    plans.add(workload.evaluate());
    if (wideProbe != null) {
      plans.add(wideProbe);
    }
    int count = device.maxLanes(plans);
    for (int i = 0; i < count; i++) {
      lanes.add(new Lane(i));
    }
  }

  /** Executables and vectors of one thread; only that thread touches them. */
  private final class Lane {
    private final ExecutorService thread;
    private final Owned executables = new Owned();
    private Executable probe;
    private Executable wide;
    private Executable train;
    private Executable subTrain;
    private Vector trained;
    private Vector subTrained;
    private Executable evaluate;

    Lane(int index) {
      this.thread =
          Executors.newSingleThreadExecutor(
              task -> {
                Thread thread = new Thread(task, "lane-" + index);
                thread.setDaemon(true);
                return thread;
              });
    }

    Executable probe(boolean shared) {
      if (shared && wide == null) {
        wide = compileProbe(wideProbe);
      } else if (!shared && probe == null) {
        probe = compileProbe(workload.probe());
      }
      return shared ? wide : probe;
    }

    private Executable compileProbe(Plan plan) {
      return compile(plan, lanesFor(workload.probesPerRound()), workload.probePrecision());
    }

    Executable train() {
      if (train == null) {
        train = compileTraining(workload.train());
      }
      return train;
    }

    Executable subTrain() {
      if (subTrain == null) {
        subTrain = compileTraining(workload.subTrain());
      }
      return subTrain;
    }

    /** Receives what this lane trains, until it trains again. */
    Vector trained(boolean sub) {
      if (sub) {
        subTrained = subTrained == null ? allocate(workload.subTrain()) : subTrained;
        return subTrained;
      }
      trained = trained == null ? allocate(workload.train()) : trained;
      return trained;
    }

    private Vector allocate(Plan plan) {
      return executables.add(device.allocate(plan.graph().layout()));
    }

    TrainJob.Result train(boolean sub, Vector start, ResidentImages images, TrainJob job) {
      return (sub ? subTrain() : train()).train(start, trained(sub), images, job);
    }

    private Executable compileTraining(Plan plan) {
      return compile(plan, lanesFor(workload.trainingsPerRound()), workload.trainPrecision());
    }

    private Executable compile(Plan plan, int lanes, Precision precision) {
      return executables.add(device.compile(plan, lanes, precision));
    }

    Executable evaluate() {
      if (evaluate == null) {
        evaluate = compile(workload.evaluate(), lanes.size(), workload.evaluatePrecision());
      }
      return evaluate;
    }

    void close() {
      executables.close();
    }
  }

  /** One job of a batch of jobs on the lane that took it. */
  private interface LaneJob<R> {
    R run(Lane lane, int index);
  }

  private int lanesFor(int jobs) {
    return Math.max(1, Math.min(lanes.size(), jobs));
  }

  private <R> List<R> run(int jobs, int maxLanes, LaneJob<R> job) {
    return run(jobs, maxLanes, stopRequested, job);
  }

  private <R> List<R> run(int jobs, int maxLanes, BooleanSupplier stop, LaneJob<R> job) {
    Object[] results = new Object[jobs];
    AtomicInteger next = new AtomicInteger();
    List<Future<?>> running = new ArrayList<>();
    for (Lane lane : lanes.subList(0, Math.min(maxLanes, lanesFor(jobs)))) {
      running.add(
          lane.thread.submit(
              () -> {
                try {
                  for (int i = next.getAndIncrement(); i < jobs; i = next.getAndIncrement()) {
                    if (stop.getAsBoolean()) {
                      throw new Executor.StoppedException();
                    }
                    results[i] = job.run(lane, i);
                  }
                } catch (RuntimeException | Error e) {
                  next.set(jobs); // the round is lost: the other lanes take no more
                  throw e;
                }
              }));
    }
    if (await(running, () -> next.set(jobs))) {
      throw new IllegalStateException("interrupted while lanes were running");
    }
    @SuppressWarnings("unchecked") // every slot was filled by job.run, which returns R
    List<R> typed = (List<R>) Arrays.asList(results);
    return typed;
  }

  /**
   * Waits for all lanes, also when one failed or the caller is interrupted: the caller may then
   * free what the lanes compute with. Returns whether the caller is interrupted, which it stays.
   */
  private static boolean await(List<Future<?>> running, Runnable takeNoMore) {
    Throwable failure = null;
    boolean interrupted = false;
    for (Future<?> lane : running) {
      boolean ended = false;
      while (!ended) {
        try {
          lane.get();
          ended = true;
        } catch (ExecutionException e) {
          ended = true;
          Throwable cause = e.getCause();
          if (failure == null) {
            failure = cause;
          } else if (failure != cause) {
            failure.addSuppressed(cause);
          }
        } catch (InterruptedException e) {
          interrupted = true;
          takeNoMore.run();
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure != null) {
      throw (RuntimeException) failure; // jobs throw nothing else
    }
    return interrupted;
  }

  @Override
  public Graph graph() {
    return workload.probe().graph();
  }

  @Override
  public Graph subGraph() {
    if (workload.subTrain() == null) {
      throw new IllegalStateException("the workload has no sub-network");
    }
    return workload.subTrain().graph();
  }

  @Override
  public void prepare() {
    if (!device.choosesAlgorithms()) {
      return;
    }
    run(
        1,
        1,
        () -> false,
        (lane, i) -> {
          lane.probe(false);
          if (wideProbe != null) {
            lane.probe(true);
          }
          lane.train();
          if (workload.subTrain() != null) {
            lane.subTrain();
          }
          lane.evaluate();
          return null;
        });
  }

  @Override
  public Vector allocate() {
    return device.allocate(graph().layout());
  }

  @Override
  public VectorOps vectors() {
    return device.vectors();
  }

  @Override
  public List<ProbeJob.Result> probe(
      Vector weights, Distribution distribution, ResidentImages images, List<ProbeJob> jobs) {
    List<ProbeChunks.Chunk> chunks = probeChunks(jobs);
    List<ProbeJob.Result[]> parts = probe(weights, distribution, images, jobs, chunks);
    List<ProbeJob.Result> results = ProbeChunks.inJobOrder(chunks, parts, jobs.size());
    observer.accept(jobs, results);
    return results;
  }

  /** The calls that a round's probes are cut into; these follow from the probes alone. */
  List<ProbeChunks.Chunk> probeChunks(List<ProbeJob> jobs) {
    return ProbeChunks.of(jobs, device.probesPerCall(), wideProbe == null ? 0 : wideProbe.batch());
  }

  /** Runs some of the calls of a round. */
  List<ProbeJob.Result[]> probe(
      Vector weights,
      Distribution distribution,
      ResidentImages images,
      List<ProbeJob> jobs,
      List<ProbeChunks.Chunk> chunks) {
    return run(
        chunks.size(),
        lanesFor(workload.probesPerRound()),
        (lane, i) ->
            lane.probe(chunks.get(i).wide())
                .probe(weights, distribution, images, chunks.get(i).of(jobs)));
  }

  @Override
  public List<ProbeJob.Result> probe(
      Precision precision,
      Vector weights,
      Distribution distribution,
      ResidentImages images,
      List<ProbeJob> jobs) {
    return run(
            1,
            1,
            (lane, i) -> {
              try (Executable once = device.compile(workload.probe(), 1, precision)) {
                ProbeJob[] all = jobs.toArray(ProbeJob[]::new);
                return List.of(once.probe(weights, distribution, images, all));
              }
            })
        .get(0);
  }

  @Override
  public List<TrainJob.Result> train(
      Vector start,
      float[] subStartOrNull,
      ResidentImages images,
      List<Training> jobs,
      Answers answers) {
    List<TrainJob.Result> results = new ArrayList<>();
    try (Running running = startTraining(start, subStartOrNull, images, jobs, answers::answer)) {
      for (int i = 0; i < jobs.size(); i++) {
        Trainings.Done done = running.take(i);
        results.add(done.result());
        float[] values = done.answer().values();
        if (!answers.receive(i, done.answer().note(), 0, values)) {
          running.giveBack(values);
        }
      }
    }
    return results;
  }

  @Override
  public float[] join(float[] own) {
    return own;
  }

  /** Makes the answer of a job of this rank. */
  interface AnswerOf {
    Answers.Answer answer(int job, float[] trained);
  }

  /** Trains on all lanes until it is closed; the results are to be taken in order. */
  Running startTraining(
      Vector start,
      float[] subStartOrNull,
      ResidentImages images,
      List<Training> jobs,
      AnswerOf answers) {
    return new Running(start, subStartOrNull, images, jobs, answers);
  }

  /** Trainings that are under way; closing waits for the lanes. */
  final class Running implements AutoCloseable {
    private final Trainings trainings;
    private final Vector subStartOrNull;
    private final List<Future<?>> running = new ArrayList<>();
    private final ConcurrentLinkedQueue<float[]> buffers = new ConcurrentLinkedQueue<>();

    private Running(
        Vector start,
        float[] subStart,
        ResidentImages images,
        List<Training> jobs,
        AnswerOf answers) {
      int most = Math.min(lanesFor(workload.trainingsPerRound()), lanesFor(jobs.size()));
      trainings = new Trainings(jobs, most);
      boolean sub = jobs.stream().anyMatch(Training::sub);
      subStartOrNull = sub ? device.allocate(subGraph().layout()) : null;
      if (sub) {
        subStartOrNull.write(subStart);
      }
      for (Lane lane : lanes.subList(0, most)) {
        running.add(
            lane.thread.submit(
                () -> {
                  try {
                    for (int i = trainings.next(); i >= 0; i = trainings.next()) {
                      if (stopRequested.getAsBoolean()) {
                        throw new Executor.StoppedException();
                      }
                      Training job = jobs.get(i);
                      Vector from = job.sub() ? subStartOrNull : start;
                      TrainJob.Result result = lane.train(job.sub(), from, images, job.job());
                      float[] trained = read(lane.trained(job.sub()));
                      trainings.finished(i, new Trainings.Done(result, answers.answer(i, trained)));
                    }
                  } catch (RuntimeException | Error e) {
                    trainings.end(); // the round is lost: the other lanes take no more
                    throw e;
                  }
                }));
      }
    }

    /** New memory for every client would cost more than the copy. */
    private float[] read(Vector trained) {
      float[] buffer = buffers.poll();
      if (buffer == null || buffer.length != trained.length()) {
        return trained.read();
      }
      trained.read(buffer);
      return buffer;
    }

    /** Takes values that no one reads any more. */
    void giveBack(float[] values) {
      buffers.add(values);
    }

    /** Waits for a job's result; those before it have been taken. */
    Trainings.Done take(int job) {
      Trainings.Done done = null;
      boolean interrupted = false;
      try {
        done = trainings.take(job);
      } catch (InterruptedException e) {
        interrupted = true;
        trainings.end();
      }
      if (done == null) {
        interrupted |= await(running, trainings::end); // throws what a lane has failed with
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
        throw new IllegalStateException("interrupted while lanes were running");
      }
      return done;
    }

    /** What a lane has failed with was thrown by {@link #take}, or no one asks for its job. */
    @Override
    public void close() {
      trainings.end();
      try {
        await(running, trainings::end);
      } catch (RuntimeException | Error e) {
        LOG.debug("a lane failed in a round that is given up", e);
      } finally {
        if (subStartOrNull != null) {
          subStartOrNull.close();
        }
      }
    }
  }

  @Override
  public Evaluation evaluate(Vector weights, ResidentImages images, int[] samples) {
    return evaluate(weights, images, samples, 0, evaluationChunks(samples)).stream()
        .reduce(Evaluation.EMPTY, Evaluation::plus);
  }

  /** Parts that an evaluation of these samples is the sum of. */
  int evaluationChunks(int[] samples) {
    int batch = workload.evaluate().batch();
    return (samples.length + batch - 1) / batch;
  }

  /** The parts [from, to) of an evaluation. */
  List<Evaluation> evaluate(
      Vector weights, ResidentImages images, int[] samples, int from, int to) {
    int batch = workload.evaluate().batch();
    // as many parts a call as a device wants probes, but work for every lane
    int perCall = Math.max(1, Math.min(device.probesPerCall(), (to - from) / lanes.size()));
    List<List<Evaluation>> calls =
        run(
            (to - from + perCall - 1) / perCall,
            lanes.size(),
            (lane, i) ->
                lane.evaluate()
                    .evaluate(
                        weights,
                        images,
                        IntStream.range(from + i * perCall, Math.min(to, from + (i + 1) * perCall))
                            .mapToObj(part -> chunk(samples, part, batch))
                            .toList()));
    return calls.stream().flatMap(List::stream).toList();
  }

  @Override
  public int[] predict(Vector weights, ResidentImages images, int[] samples) {
    int[] predicted = new int[samples.length];
    logits(
        weights,
        images,
        samples,
        (first, logits, classes) -> {
          for (int n = 0; n < logits.length / classes; n++) {
            predicted[first + n] = largest(logits, n * classes, classes);
          }
        });
    return predicted;
  }

  @Override
  public float[] logits(Vector weights, ResidentImages images, int[] samples) {
    float[] all = new float[Math.multiplyExact(samples.length, graph().classes())];
    logits(
        weights,
        images,
        samples,
        (first, logits, classes) ->
            System.arraycopy(logits, 0, all, first * classes, logits.length));
    return all;
  }

  /** Takes the logits of a chunk of samples that starts at {@code first}. */
  private interface LogitsTaker {
    void take(int first, float[] logits, int classes);
  }

  private void logits(Vector weights, ResidentImages images, int[] samples, LogitsTaker to) {
    int batch = workload.evaluate().batch();
    run(
        (samples.length + batch - 1) / batch,
        lanes.size(),
        () -> false,
        (lane, i) -> {
          int[] chunk = chunk(samples, i, batch);
          float[] logits = lane.evaluate().logits(weights, images, chunk);
          to.take(i * batch, logits, logits.length / chunk.length);
          return null;
        });
  }

  private static int[] chunk(int[] samples, int index, int batch) {
    int from = index * batch;
    return Arrays.copyOfRange(samples, from, Math.min(samples.length, from + batch));
  }

  private static int largest(float[] values, int from, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      if (values[from + i] > values[from + best]) {
        best = i;
      }
    }
    return best;
  }

  @Override
  public void gradient(Vector weights, ResidentImages images, int[] samples, Vector out) {
    vectors().clear(out);
    try (Vector part = allocate()) {
      for (int i = 0; i < gradientChunks(samples); i++) {
        gradient(weights, images, samples, i, part);
        double[] shares = {1, shareOfChunk(samples, i)};
        vectors().weightedSum(out, List.of(out, part), shares);
      }
    }
  }

  private void gradient(
      Vector weights, ResidentImages images, int[] samples, int index, Vector part) {
    int[] chunk = chunk(samples, index, workload.train().batch());
    run(1, 1, (lane, job) -> lane.train().gradient(weights, images, chunk, part));
  }

  /** Parts that a gradient over these samples is the sum of. */
  int gradientChunks(int[] samples) {
    int batch = workload.train().batch();
    return (samples.length + batch - 1) / batch;
  }

  /** The part of the samples that a chunk has. */
  double shareOfChunk(int[] samples, int index) {
    return (double) chunk(samples, index, workload.train().batch()).length / samples.length;
  }

  /** The gradient of the mean loss of one chunk. */
  float[] gradientChunk(Vector weights, ResidentImages images, int[] samples, int index) {
    try (Vector part = allocate()) {
      gradient(weights, images, samples, index, part);
      return part.read();
    }
  }

  @Override
  public void close() {
    List<Future<?>> closing = new ArrayList<>();
    for (Lane lane : lanes) {
      // on its own thread: executables belong to the thread that compiled them
      closing.add(lane.thread.submit(lane::close));
    }
    try {
      await(closing, () -> {});
    } finally {
      lanes.forEach(lane -> lane.thread.shutdown());
    }
  }
}
