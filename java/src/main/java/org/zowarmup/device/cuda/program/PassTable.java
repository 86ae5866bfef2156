package org.zowarmup.device.cuda.program;

import java.nio.ByteBuffer;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.cuda.driver.CudaStream;
import org.zowarmup.device.cuda.driver.DeviceMemory;
import org.zowarmup.device.cuda.driver.DevicePointer;
import org.zowarmup.device.cuda.kernel.Kernel;
import org.zowarmup.device.cuda.kernel.KernelSource;

/**
 * The tables from which captured graphs read what changes between replays: for each pass of at most
 * B samples a job and B sample rows, and a cursor that the last node of a graph moves on; and the
 * losses and hits that the passes leave, one a row. Where a field lies is read from job.h. All
 * memory belongs to the program.
 */
public final class PassTable {
  private static final TrainJob.Sgd NO_STEP = new TrainJob.Sgd(0, 0, 0);
  private static final int ROWS = 1 << 16; // about; they cost 80 bytes of device memory each
  private static final KernelSource.Struct JOB = KernelSource.Struct.of("job.h", "Job");
  private static final int JOB_BYTES = JOB.bytes();
  private static final int SEED = JOB.at("seed", Long.BYTES);
  private static final int COUNT = JOB.at("count", Integer.BYTES);
  private static final int FLAGS = JOB.at("flags", Integer.BYTES);
  private static final int EPSILON = JOB.at("epsilon", Float.BYTES);
  private static final int LR = JOB.at("lr", Float.BYTES);
  private static final int MOMENTUM = JOB.at("momentum", Float.BYTES);
  private static final int WEIGHT_DECAY = JOB.at("weightDecay", Float.BYTES);
  private static final int FIRST_TERM = JOB.at("firstTerm", Integer.BYTES);
  private static final int TERMS = JOB.at("terms", Integer.BYTES);
  private static final KernelSource.Struct ROW = KernelSource.Struct.of("job.h", "SampleRow");
  private static final int ROW_BYTES = ROW.bytes();
  private static final int IMAGE = ROW.at("image", Integer.BYTES);
  private static final int POSITION = ROW.at("position", Integer.BYTES);
  private static final int AUGMENT_KEY = ROW.at("augmentKey", Long.BYTES);
  private static final int KEEPS_WEIGHTS = KernelSource.of("job.h").constant("JOB_KEEPS_WEIGHTS");
  private static final int MASKED = -1;
  private static final int FIRST_TERM_CAPACITY = 1 << 14;

  private final int batch;
  private final int capacity;
  private final DeviceMemory jobs;
  private final DeviceMemory rows;
  private final DeviceMemory starts;
  private final DeviceMemory cursor;
  private final DeviceMemory[] losses = new DeviceMemory[2];
  private final DeviceMemory correct;
  private final DeviceMemory sums;
  private final DeviceMemory hits;
  private final DeviceMemory.Pinned hostJobs;
  private final DeviceMemory.Pinned hostRows;
  private final DeviceMemory.Pinned hostStarts;
  private final DeviceMemory.Pinned hostSums;
  private final CudaProgram program;
  private DeviceMemory termSeeds; // of drifts; null until there is one
  private DeviceMemory termCoefficients;
  private DeviceMemory.Pinned hostTermSeeds;
  private DeviceMemory.Pinned hostTermCoefficients;
  private int termCapacity;
  private int terms;
  private int passes;
  private int rowOfPass;
  private int segments;

  /**
   * @param batch B
   */
  PassTable(CudaProgram program, int batch) {
    this.program = program;
    this.batch = batch;
    this.capacity = Math.max(1, ROWS / batch);
    int all = Math.multiplyExact(capacity, batch);
    this.jobs = program.memory("jobs", (long) JOB_BYTES * capacity);
    this.rows = program.memory("sample rows", (long) ROW_BYTES * all);
    this.starts = program.memory("segments", (long) Integer.BYTES * (all + 1));
    this.cursor = program.memory("cursor", Integer.BYTES);
    this.losses[0] = program.memory("losses", (long) Double.BYTES * all);
    this.losses[1] = program.memory("losses", (long) Double.BYTES * all);
    this.correct = program.memory("hits", (long) Integer.BYTES * all);
    this.sums = program.memory("loss sums", 2L * Double.BYTES * all);
    this.hits = program.memory("hit counts", (long) Long.BYTES * all);
    this.hostJobs = pinned("jobs", JOB_BYTES * capacity);
    this.hostRows = pinned("sample rows", ROW_BYTES * all);
    this.hostStarts = pinned("segments", Integer.BYTES * (all + 1));
    this.hostSums = pinned("loss sums", 3 * Double.BYTES * all);
  }

  private DeviceMemory.Pinned pinned(String name, int bytes) {
    return program.own(new DeviceMemory.Pinned(program.common().gpu(), name, bytes));
  }

  public DevicePointer jobs() {
    return jobs;
  }

  public DevicePointer rows() {
    return rows;
  }

  public DevicePointer cursor() {
    return cursor;
  }

  /**
   * Per-sample losses, fp64.
   *
   * @param side 0 or 1
   */
  public DevicePointer losses(int side) {
    return losses[side];
  }

  DevicePointer correct() {
    return correct;
  }

  /** Seeds of the drifts of all jobs, one after the other. */
  public DevicePointer termSeeds() {
    return () -> termSeeds.address();
  }

  /** Their coefficients. */
  public DevicePointer termCoefficients() {
    return () -> termCoefficients.address();
  }

  /** Terms that the table holds; where it grows, it also moves. */
  public int termCapacity() {
    return termCapacity;
  }

  /** True if the terms of one more drift fit beside those that the table holds. */
  public boolean hasRoomFor(SeedTerms drift) {
    return terms + drift.size() <= termCapacity;
  }

  /** Makes room for a drift in a table that is empty. */
  public void reserve(SeedTerms drift) {
    if (drift.size() > termCapacity) {
      termCapacity = Math.max(FIRST_TERM_CAPACITY, Integer.highestOneBit(drift.size()) << 1);
      termSeeds = program.memory("seeds of drifts", (long) Long.BYTES * termCapacity);
      termCoefficients =
          program.memory("coefficients of drifts", (long) Float.BYTES * termCapacity);
      hostTermSeeds = pinned("seeds of drifts", Long.BYTES * termCapacity);
      hostTermCoefficients = pinned("coefficients of drifts", Float.BYTES * termCapacity);
    }
  }

  public int passes() {
    return passes;
  }

  public int segments() {
    return segments;
  }

  /** True if no further pass has room. */
  public boolean isFull() {
    return passes == capacity;
  }

  /** True if the next row starts a pass. */
  public boolean isBetweenPasses() {
    return rowOfPass == 0;
  }

  /** Forgets all; nothing that reads the tables may be queued. */
  public void start() {
    passes = 0;
    rowOfPass = 0;
    segments = 0;
    terms = 0;
  }

  /** Rows from here to the next segment are summed together. */
  public void startSegment() {
    hostStarts.bytes().putInt(Integer.BYTES * segments, rowIndex());
    segments++;
  }

  private int rowIndex() {
    return rowOfPass == 0 ? passes * batch : (passes - 1) * batch + rowOfPass;
  }

  /** Opens the first pass of a probe. */
  public void startPass(ProbeJob job) {
    int first = terms;
    for (int k = 0; k < job.drift().size(); k++) {
      hostTermSeeds.bytes().putLong(Long.BYTES * terms, job.drift().seed(k));
      hostTermCoefficients.bytes().putFloat(Float.BYTES * terms, job.drift().coefficient(k));
      terms++;
    }
    startPass(job.seed(), job.epsilon(), 0, NO_STEP);
    int at = JOB_BYTES * (passes - 1);
    hostJobs.bytes().putInt(at + FIRST_TERM, first).putInt(at + TERMS, terms - first);
  }

  /** Opens a pass at the weights that the pass before had, drifted and perturbed. */
  public void startLaterPass() {
    startPass(0, 0, KEEPS_WEIGHTS, NO_STEP);
  }

  /** Opens a pass at the weights as they are. */
  public void startPass() {
    startPass(NO_STEP);
  }

  /** Opens the pass of a training step. */
  public void startPass(TrainJob.Sgd sgd) {
    startPass(0, 0, 0, sgd);
  }

  private void startPass(long seed, float epsilon, int flags, TrainJob.Sgd sgd) {
    ByteBuffer bytes = hostJobs.bytes();
    int at = JOB_BYTES * passes;
    bytes.putLong(at + SEED, seed).putInt(at + COUNT, 0);
    bytes.putInt(at + FLAGS, flags).putFloat(at + EPSILON, epsilon);
    bytes.putFloat(at + LR, sgd.lr()).putFloat(at + MOMENTUM, sgd.momentum());
    bytes.putFloat(at + WEIGHT_DECAY, sgd.weightDecay());
    bytes.putInt(at + FIRST_TERM, 0).putInt(at + TERMS, 0);
    passes++;
  }

  /**
   * Adds a sample to the open pass.
   *
   * @param position p of the sample in its job, for the augmentation
   */
  public void row(int image, int position, long augmentKey) {
    put(image, position, augmentKey);
    rowOfPass++;
    hostJobs.bytes().putInt(JOB_BYTES * (passes - 1) + COUNT, rowOfPass);
    if (rowOfPass == batch) {
      rowOfPass = 0;
    }
  }

  private void put(int image, int position, long augmentKey) {
    ByteBuffer bytes = hostRows.bytes();
    int at = ROW_BYTES * ((passes - 1) * batch + rowOfPass);
    bytes.putInt(at + IMAGE, image).putInt(at + POSITION, position);
    bytes.putLong(at + AUGMENT_KEY, augmentKey);
  }

  /** Masks what is left of the open pass. */
  public void endPass() {
    while (rowOfPass > 0) {
      put(MASKED, 0, 0);
      rowOfPass = (rowOfPass + 1) % batch;
    }
  }

  /** Queues the copies to the device, and the cursor to its start. */
  public void upload(CudaStream stream) {
    hostStarts.bytes().putInt(Integer.BYTES * segments, passes * batch);
    stream.toDevice(jobs.address(), hostJobs.address(), (long) JOB_BYTES * passes);
    stream.toDevice(rows.address(), hostRows.address(), (long) ROW_BYTES * passes * batch);
    stream.toDevice(starts.address(), hostStarts.address(), (long) Integer.BYTES * (segments + 1));
    if (terms > 0) {
      stream.toDevice(termSeeds.address(), hostTermSeeds.address(), (long) Long.BYTES * terms);
      stream.toDevice(
          termCoefficients.address(), hostTermCoefficients.address(), (long) Float.BYTES * terms);
    }
    stream.clear(cursor.address(), Integer.BYTES);
  }

  /** Queues the sums of one side's losses and hits, a segment each, and their way to the host. */
  public void sum(CudaStream stream, Kernel segmentLosses, int side, boolean withHits) {
    if (segments == 0) {
      return;
    }
    DevicePointer out = sums.plus((long) Double.BYTES * segments * side);
    segmentLosses
        .bind(stream, losses(side), correct, starts, out, withHits ? hits : null, segments)
        .enqueue();
    stream.toHost(
        hostSums.address() + (long) Double.BYTES * segments * side,
        out.address(),
        (long) Double.BYTES * segments);
    if (withHits) {
      stream.toHost(
          hostSums.address() + 2L * Double.BYTES * segments,
          hits.address(),
          (long) Long.BYTES * segments);
    }
  }

  /** A segment's sum, once the stream was synchronized. */
  public double lossSum(int side, int segment) {
    return hostSums.bytes().getDouble(Double.BYTES * (segments * side + segment));
  }

  public long hits(int segment) {
    return hostSums.bytes().getLong(Double.BYTES * (2 * segments + segment));
  }
}
