package org.zowarmup.device.host;

import java.util.Iterator;
import java.util.List;
import org.zowarmup.device.Augmentation;
import org.zowarmup.device.Evaluation;
import org.zowarmup.device.Executable;
import org.zowarmup.device.Owned;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.StepTimer;
import org.zowarmup.device.Steps;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.device.VectorOps;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.op.Op;
import org.zowarmup.random.Distribution;

/**
 * Probes, training and evaluation made of passes of at most B samples. A device adds how one pass
 * runs.
 */
public abstract class HostExecutable implements Executable {
  /** One compiled step of a plan. */
  @FunctionalInterface
  public interface Step {
    /**
     * @param count samples of this pass that count; the rest of the batch is masked
     */
    void run(int count);
  }

  private final Plan plan;
  private final HostDevice device;
  private final VectorOps ops;
  private final Vector plus;
  private final Vector minus;
  private final Vector gradient;
  private Vector drifted; // only where a client takes several steps of its own
  private Vector anchor; // only where a job has a proximal term
  private Vector velocity; // only where a job trains with momentum
  private final Owned owned = new Owned();

  /**
   * @param ops with the threads of this lane
   */
  protected HostExecutable(HostDevice device, Plan plan, VectorOps ops) {
    this.device = device;
    this.plan = plan;
    this.ops = ops;
    boolean training = plan.kind() == Plan.Kind.FORWARD_BACKWARD;
    try {
      this.gradient = training ? allocate() : null;
      this.plus = training ? null : allocate();
      this.minus = training ? null : allocate();
    } catch (RuntimeException | Error e) {
      owned.closeAfter(e);
      throw e;
    }
    owned.add(device::released);
  }

  private Vector allocate() {
    return owned.add(device.allocate(plan.graph().layout()));
  }

  /** Takes over what a device adds, to be closed with this executable. */
  protected final <R extends AutoCloseable> R own(R resource) {
    return owned.add(resource);
  }

  /**
   * Puts samples[from .. from + count) and their labels in place; the rows after them become zero.
   *
   * @param position of the first of them in its job, for the augmentation
   */
  protected abstract void gather(
      ResidentImages images,
      int[] samples,
      int from,
      int count,
      Augmentation augmentation,
      long position);

  private void gather(ResidentImages images, int[] samples, int from, int count) {
    gather(images, samples, from, count, Augmentation.NONE, 0);
  }

  /** The weights of the passes that follow, until they change or others are bound. */
  protected abstract void bind(Vector weights);

  /** Runs the forward steps over what was gathered; returns the loss sum in sample order. */
  protected abstract double forward(int count);

  /** Hits of the last forward pass. */
  protected abstract int correct(int count);

  /**
   * Runs the backward steps after a forward pass and writes the gradient of the mean loss, not its
   * padding.
   */
  protected abstract void backward(int count, Vector gradient);

  /**
   * Runs the backward steps after a forward pass and takes a step of SGD without momentum. A device
   * may do both at once; the gradient is then its working memory.
   */
  protected void backwardAndStep(int count, Vector weights, Vector gradient, TrainJob.Sgd sgd) {
    backward(count, gradient);
    ops.sgdStep(weights, gradient, null, sgd);
  }

  /** The logits of the last forward pass, [count, classes]. */
  protected abstract float[] readLogits(int count);

  /** The compiled steps of the plan, in its order. */
  protected abstract Steps.Compiled<Step> steps();

  /** Called on entry to every public method; a device sets its thread count here. */
  protected void enter() {}

  @Override
  public Plan plan() {
    return plan;
  }

  @Override
  public ProbeJob.Result[] probe(
      Vector weights, Distribution distribution, ResidentImages images, ProbeJob[] jobs) {
    plan.requireKind(Plan.Kind.FORWARD, "probe");
    enter();
    ProbeJob.Result[] results = new ProbeJob.Result[jobs.length];
    for (int i = 0; i < jobs.length; i++) {
      results[i] = probe(weights, distribution, images, jobs[i]);
    }
    return results;
  }

  private ProbeJob.Result probe(
      Vector weights, Distribution distribution, ResidentImages images, ProbeJob job) {
    Vector base = weights;
    if (job.drift().size() > 0) {
      if (drifted == null) {
        drifted = allocate();
      }
      ops.copy(weights, drifted);
      ops.accumulateSeeds(drifted, 1, job.drift(), distribution);
      base = drifted;
    }
    ops.perturbPair(base, job.seed(), job.epsilon(), distribution, plus, minus);
    boolean both = job.sides() == ProbeJob.Sides.BOTH;
    double sumPlus = 0;
    double sumMinus = 0;
    int[] samples = job.samples();
    int total = samples.length;
    for (int from = 0; from < total; from += plan.batch()) {
      int count = Math.min(plan.batch(), total - from);
      gather(images, samples, from, count, job.augmentation(), from);
      bind(plus);
      sumPlus += forward(count);
      if (both) {
        bind(minus);
        sumMinus += forward(count);
      }
    }
    return both
        ? new ProbeJob.Result(sumPlus, sumMinus, total)
        : ProbeJob.Result.ofPlus(sumPlus, total);
  }

  @Override
  public TrainJob.Result train(Vector start, Vector out, ResidentImages images, TrainJob job) {
    plan.requireKind(Plan.Kind.FORWARD_BACKWARD, "train");
    enter();
    TrainJob.Sgd sgd = job.sgd();
    Vector momentum = sgd.momentum() == 0 ? null : zeroVelocity();
    Vector pulledTo = job.proximal() == 0 ? null : anchorAt(start);
    if (start != out) {
      ops.copy(start, out);
    }
    double lossSum = 0;
    long count = 0;
    for (int[] batch : job.batches()) {
      plan.requireFits(batch);
      gather(images, batch, 0, batch.length, job.augmentation(), count);
      bind(out);
      lossSum += forward(batch.length);
      if (momentum == null && pulledTo == null) {
        backwardAndStep(batch.length, out, gradient, sgd);
      } else {
        backward(batch.length, gradient);
        if (pulledTo != null) {
          double mu = job.proximal();
          ops.weightedSum(gradient, List.of(gradient, out, pulledTo), new double[] {1, mu, -mu});
        }
        ops.sgdStep(out, gradient, momentum, sgd);
      }
      count += batch.length;
    }
    return new TrainJob.Result(lossSum, count);
  }

  /** A copy where {@code start} may be what is trained. */
  private Vector anchorAt(Vector start) {
    if (anchor == null) {
      anchor = allocate();
    }
    ops.copy(start, anchor);
    return anchor;
  }

  private Vector zeroVelocity() {
    if (velocity == null) {
      velocity = allocate();
    }
    ops.clear(velocity);
    return velocity;
  }

  @Override
  public Evaluation evaluate(Vector weights, ResidentImages images, int[] samples) {
    enter();
    bind(weights);
    double lossSum = 0;
    long hits = 0;
    for (int from = 0; from < samples.length; from += plan.batch()) {
      int count = Math.min(plan.batch(), samples.length - from);
      gather(images, samples, from, count);
      lossSum += forward(count);
      hits += correct(count);
    }
    return new Evaluation(lossSum, hits, samples.length);
  }

  @Override
  public double gradient(Vector weights, ResidentImages images, int[] samples, Vector out) {
    plan.requireKind(Plan.Kind.FORWARD_BACKWARD, "gradient");
    plan.requireFits(samples);
    enter();
    ops.clear(out);
    gather(images, samples, 0, samples.length);
    bind(weights);
    double lossSum = forward(samples.length);
    backward(samples.length, out);
    return lossSum / samples.length;
  }

  @Override
  public float[] logits(Vector weights, ResidentImages images, int[] samples) {
    plan.requireFits(samples);
    enter();
    gather(images, samples, 0, samples.length);
    bind(weights);
    forward(samples.length);
    return readLogits(samples.length);
  }

  @Override
  public List<StepTime> profile(Vector weights, ResidentImages images, int[] samples, int repeats) {
    plan.requireFits(samples);
    enter();
    boolean training = plan.kind() == Plan.Kind.FORWARD_BACKWARD;
    int count = samples.length;
    StepTimer timer = new StepTimer(repeats);
    for (int pass = 0; pass <= repeats; pass++) {
      timer.start();
      timer.time("gather", () -> gather(images, samples, 0, count));
      if (!training) {
        timer.time(
            "perturb",
            () -> ops.perturbPair(weights, 1, 1e-3f, Distribution.RADEMACHER, plus, minus));
      }
      timer.time("bind weights", () -> bind(training ? weights : plus));
      Iterator<Op> op = plan.ops().iterator();
      steps().forward().forEach(step -> timer.time(op.next(), () -> step.run(count)));
      if (training) {
        backward(count, gradient); // binds the gradient
        steps().backward().forEach(step -> timer.time(op.next(), () -> step.run(count)));
      }
    }
    return timer.medians();
  }

  @Override
  public final void close() {
    owned.close();
  }
}
