package org.zowarmup.device.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.Augmentation;
import org.zowarmup.device.Evaluation;
import org.zowarmup.device.Executable;
import org.zowarmup.device.Owned;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.device.cuda.driver.CudaStream;
import org.zowarmup.device.cuda.driver.DeviceMemory;
import org.zowarmup.device.cuda.driver.DevicePointer;
import org.zowarmup.device.cuda.kernel.Kernel;
import org.zowarmup.device.cuda.program.CudaProgram;
import org.zowarmup.device.cuda.program.PassTable;
import org.zowarmup.nn.Plan;
import org.zowarmup.random.Distribution;

/**
 * A plan compiled for one lane of a GPU. Jobs are written into tables, all their passes are queued
 * as graphs, and the lane waits once for the sums of their losses.
 */
final class CudaExecutable implements Executable {
  private final CudaDevice device;
  private final Plan plan;
  private final CudaProgram program;
  private final PassTable table;
  private final CudaPasses passes;
  private final Owned owned = new Owned();
  private final Kernel segmentLosses;
  private DeviceMemory trained; // weights of the job at hand: graphs are captured once
  private DeviceMemory velocity; // only where a job trains with momentum
  private ProximalTerm proximal; // only where a job has one
  private boolean closed;

  CudaExecutable(CudaDevice device, Plan plan, Precision precision) {
    this.device = device;
    this.plan = plan;
    device.common().gpu().makeCurrent();
    this.segmentLosses = device.common().kernels().get("loss.cu", "segmentLosses");
    this.program = owned.add(new CudaProgram(device.common(), plan, precision));
    this.table = program.table();
    try {
      this.passes = owned.add(new CudaPasses(program, plan));
    } catch (RuntimeException | Error e) {
      owned.closeAfter(e);
      throw e;
    }
    owned.add(device::released);
  }

  private void enter() {
    device.common().gpu().makeCurrent();
  }

  @Override
  public Plan plan() {
    return plan;
  }

  @Override
  public ProbeJob.Result[] probe(
      Vector weights, Distribution distribution, ResidentImages images, ProbeJob[] jobs) {
    plan.requireKind(Plan.Kind.FORWARD, "probe");
    enter();
    ProbeRun run =
        new ProbeRun(jobs, device.own(weights).memory(), distribution, device.own(images));
    ProbeJob.groups(Arrays.asList(jobs)).forEach(run::add);
    run.flush();
    return run.results();
  }

  /** Fills the tables with probes, and runs what they hold whenever they are full. */
  private final class ProbeRun {
    private final ProbeJob[] jobs;
    private final Distribution distribution;
    private final CudaImages images;
    private final double[][] sums;
    private final int[] jobOfSegment;
    private final DevicePointer weights;
    private CudaPasses.Kind kind;

    ProbeRun(ProbeJob[] jobs, DevicePointer weights, Distribution distribution, CudaImages images) {
      this.jobs = jobs;
      this.weights = weights;
      this.distribution = distribution;
      this.images = images;
      this.sums = new double[2][jobs.length];
      int rows = Arrays.stream(jobs).mapToInt(ProbeJob::count).sum();
      this.jobOfSegment = new int[rows + jobs.length];
      table.start();
    }

    void add(List<Integer> group) {
      ProbeJob first = jobs[group.get(0)];
      CudaPasses.Kind next = CudaPasses.Kind.of(first);
      if (!next.equals(kind) || !table.hasRoomFor(first.drift())) {
        flush();
        kind = next;
        table.reserve(first.drift());
      }
      boolean made = false; // w + eps z and w - eps z
      for (int index : group) {
        ProbeJob job = jobs[index];
        int[] samples = job.samples();
        requireIndices(images, samples);
        startSegment(index);
        for (int p = 0; p < samples.length; p++) {
          if (table.isBetweenPasses()) {
            if (table.isFull()) {
              flush();
              startSegment(index);
              made = false;
            }
            if (made) {
              table.startLaterPass();
            } else {
              table.startPass(job);
              made = true;
            }
          }
          table.row(samples[p], p, job.augmentation().key());
        }
      }
      table.endPass();
    }

    private void startSegment(int job) {
      jobOfSegment[table.segments()] = job;
      table.startSegment();
    }

    void flush() {
      if (table.passes() > 0) {
        table.upload(program.stream());
        passes.probe(weights, images, distribution, kind);
        int sides = kind.sides() == ProbeJob.Sides.BOTH ? 2 : 1;
        for (int side = 0; side < sides; side++) {
          table.sum(program.stream(), segmentLosses, side, false);
        }
        program.stream().synchronize();
        for (int segment = 0; segment < table.segments(); segment++) {
          for (int side = 0; side < sides; side++) {
            sums[side][jobOfSegment[segment]] += table.lossSum(side, segment);
          }
        }
      }
      table.start();
    }

    ProbeJob.Result[] results() {
      ProbeJob.Result[] results = new ProbeJob.Result[jobs.length];
      for (int i = 0; i < jobs.length; i++) {
        int count = jobs[i].count();
        results[i] =
            jobs[i].sides() == ProbeJob.Sides.BOTH
                ? new ProbeJob.Result(sums[0][i], sums[1][i], count)
                : ProbeJob.Result.ofPlus(sums[0][i], count);
      }
      return results;
    }
  }

  @Override
  public TrainJob.Result train(Vector start, Vector out, ResidentImages images, TrainJob job) {
    plan.requireKind(Plan.Kind.FORWARD_BACKWARD, "train");
    enter();
    CudaImages source = device.own(images);
    CudaVector from = device.own(start);
    CudaVector to = device.own(out);
    CudaStream stream = program.stream();
    long bytes = Float.BYTES * start.length();
    if (trained == null) {
      trained = program.memory("weights in training", bytes);
    }
    DeviceMemory momentum = job.sgd().momentum() == 0 ? null : zeroVelocity(bytes);
    stream.onDevice(trained.address(), from.memory().address(), bytes);
    TrainRun run = new TrainRun(source, job, momentum, proximal(from, job.proximal()));
    job.batches().forEach(run::add);
    run.flush();
    stream.onDevice(to.memory().address(), trained.address(), bytes);
    stream.synchronize();
    return new TrainJob.Result(run.lossSum, run.count);
  }

  private ProximalTerm proximal(CudaVector start, float mu) {
    if (mu == 0) {
      return null;
    }
    if (proximal == null) {
      proximal = new ProximalTerm(program, trained, passes.flatGradient(), start.length());
    }
    proximal.start(start.memory().address(), mu);
    return proximal;
  }

  private DeviceMemory zeroVelocity(long bytes) {
    if (velocity == null) {
      velocity = program.memory("momentum", bytes);
    }
    program.stream().clear(velocity.address(), bytes);
    return velocity;
  }

  /** Fills the tables with training steps, and runs what they hold whenever they are full. */
  private final class TrainRun {
    private final CudaImages images;
    private final Augmentation augmentation;
    private final TrainJob.Sgd sgd;
    private final DeviceMemory momentum; // or null
    private final ProximalTerm pull;
    private double lossSum;
    private long count;

    TrainRun(CudaImages images, TrainJob job, DeviceMemory momentum, ProximalTerm pull) {
      this.images = images;
      this.augmentation = job.augmentation();
      this.sgd = job.sgd();
      this.momentum = momentum;
      this.pull = pull;
      table.start();
    }

    void add(int[] batch) {
      plan.requireFits(batch);
      requireIndices(images, batch);
      if (table.isFull()) {
        flush();
      }
      table.startSegment();
      table.startPass(sgd);
      for (int image : batch) {
        table.row(image, (int) count, augmentation.key());
        count++;
      }
      table.endPass();
    }

    void flush() {
      if (table.passes() > 0) {
        table.upload(program.stream());
        passes.train(trained, momentum, pull, images, augmentation.on());
        table.sum(program.stream(), segmentLosses, 0, false);
        program.stream().synchronize();
        for (int segment = 0; segment < table.segments(); segment++) {
          lossSum += table.lossSum(0, segment);
        }
      }
      table.start();
    }
  }

  @Override
  public Evaluation evaluate(Vector weights, ResidentImages images, int[] samples) {
    return evaluate(weights, images, List.of(samples)).get(0);
  }

  /** A segment of the table for each chunk, as many as it has room for before one wait. */
  @Override
  public List<Evaluation> evaluate(Vector weights, ResidentImages images, List<int[]> chunks) {
    enter();
    CudaImages source = device.own(images);
    DeviceMemory at = device.own(weights).memory();
    List<Evaluation> found = new ArrayList<>();
    table.start();
    int first = 0; // chunk of the table's first segment
    for (int c = 0; c < chunks.size(); c++) {
      int[] samples = chunks.get(c);
      requireIndices(source, samples);
      found.add(Evaluation.EMPTY);
      table.startSegment();
      for (int i = 0; i < samples.length; i++) {
        if (table.isBetweenPasses()) {
          if (table.isFull()) {
            evaluated(at, source, found, first);
            first = c;
            table.startSegment();
          }
          table.startPass();
        }
        table.row(samples[i], 0, 0);
      }
      found.set(c, found.get(c).plus(new Evaluation(0, 0, samples.length)));
      table.endPass();
      if (c == chunks.size() - 1 || table.isFull()) {
        evaluated(at, source, found, first);
        first = c + 1;
      }
    }
    return found;
  }

  /** Runs what the table holds, whose first segment is of the chunk {@code first}. */
  private void evaluated(DeviceMemory at, CudaImages source, List<Evaluation> found, int first) {
    if (table.passes() > 0) {
      table.upload(program.stream());
      passes.evaluate(at, source);
      table.sum(program.stream(), segmentLosses, 0, true);
      program.stream().synchronize();
      for (int s = 0; s < table.segments(); s++) {
        Evaluation part = new Evaluation(table.lossSum(0, s), table.hits(s), 0);
        found.set(first + s, found.get(first + s).plus(part));
      }
    }
    table.start();
  }

  /** Puts the samples of one pass into the table. */
  private CudaImages onlyPass(ResidentImages images, int[] samples) {
    plan.requireFits(samples);
    enter();
    CudaImages source = device.own(images);
    requireIndices(source, samples);
    table.start();
    table.startSegment();
    table.startPass();
    for (int sample : samples) {
      table.row(sample, 0, 0);
    }
    table.endPass();
    table.upload(program.stream());
    return source;
  }

  @Override
  public List<StepTime> profile(Vector weights, ResidentImages images, int[] samples, int repeats) {
    CudaImages source = onlyPass(images, samples);
    return passes.profile(device.own(weights).memory(), source, repeats);
  }

  /** One pass, not as a graph: for tests and for tools that look at a network once. */
  private double once(Vector weights, ResidentImages images, int[] samples, boolean withBackward) {
    CudaImages source = onlyPass(images, samples);
    DeviceMemory at = device.own(weights).memory();
    passes.once(at, source, withBackward);
    table.sum(program.stream(), segmentLosses, 0, false);
    program.stream().synchronize();
    return table.lossSum(0, 0);
  }

  @Override
  public double gradient(Vector weights, ResidentImages images, int[] samples, Vector out) {
    plan.requireKind(Plan.Kind.FORWARD_BACKWARD, "gradient");
    CudaVector to = device.own(out);
    double lossSum = once(weights, images, samples, true);
    program.stream()
        .onDevice(
            to.memory().address(), passes.flatGradient().address(), Float.BYTES * out.length());
    program.stream().synchronize();
    return lossSum / samples.length;
  }

  @Override
  public float[] logits(Vector weights, ResidentImages images, int[] samples) {
    once(weights, images, samples, false);
    float[] values = new float[samples.length * plan.graph().classes()];
    try (FloatPointer host = new FloatPointer(values.length)) {
      program.stream()
          .toHost(host.address(), program.logits().address(), (long) Float.BYTES * values.length);
      program.stream().synchronize();
      host.get(values);
    }
    return values;
  }

  private static void requireIndices(CudaImages images, int[] samples) {
    images.requireIndices(samples, 0, samples.length);
  }

  /** Nodes of each graph that is captured, by its name. */
  Map<String, Integer> graphNodes() {
    return passes.nodes();
  }

  @Override
  public void verifyGuards() {
    enter();
    passes.verifyGuards();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    enter();
    owned.close();
  }
}
