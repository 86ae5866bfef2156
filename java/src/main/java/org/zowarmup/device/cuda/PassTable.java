package org.zowarmup.device.cuda;

import java.nio.ByteBuffer;
import org.zowarmup.device.Sgd;

/**
 * The tables from which captured graphs read what changes between replays: for each pass of at most
 * B samples a job and B sample rows, and a cursor that the last node of a graph moves on; and the
 * losses and hits that the passes leave, one a row. Where a field lies is read from job.h. All
 * memory belongs to the program.
 */
final class PassTable {
  private static final int ROWS = 1 << 16; // about; they cost 80 bytes of device memory each
  private static final KernelStruct JOB = KernelStruct.of("job.h", "Job");
  private static final int JOB_BYTES = JOB.bytes();
  private static final int SEED = JOB.at("seed", Long.BYTES);
  private static final int COUNT = JOB.at("count", Integer.BYTES);
  private static final int FLAGS = JOB.at("flags", Integer.BYTES);
  private static final int EPSILON = JOB.at("epsilon", Float.BYTES);
  private static final int LR = JOB.at("lr", Float.BYTES);
  private static final int MOMENTUM = JOB.at("momentum", Float.BYTES);
  private static final int WEIGHT_DECAY = JOB.at("weightDecay", Float.BYTES);
  private static final KernelStruct ROW = KernelStruct.of("job.h", "SampleRow");
  private static final int ROW_BYTES = ROW.bytes();
  private static final int IMAGE = ROW.at("image", Integer.BYTES);
  private static final int POSITION = ROW.at("position", Integer.BYTES);
  private static final int AUGMENT_KEY = ROW.at("augmentKey", Long.BYTES);
  private static final int KEEPS_WEIGHTS = KernelSource.of("job.h").constant("JOB_KEEPS_WEIGHTS");
  private static final int MASKED = -1;

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
  private final PinnedMemory hostJobs;
  private final PinnedMemory hostRows;
  private final PinnedMemory hostStarts;
  private final PinnedMemory hostSums;
  private int passes;
  private int rowOfPass;
  private int segments;

  /**
   * @param batch B
   */
  PassTable(CudaProgram program, int batch) {
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
    CudaContext context = program.device().context();
    this.hostJobs = program.own(new PinnedMemory(context, "jobs", JOB_BYTES * capacity));
    this.hostRows = program.own(new PinnedMemory(context, "sample rows", ROW_BYTES * all));
    this.hostStarts = program.own(new PinnedMemory(context, "segments", Integer.BYTES * (all + 1)));
    this.hostSums = program.own(new PinnedMemory(context, "loss sums", 3 * Double.BYTES * all));
  }

  DevicePointer jobs() {
    return jobs;
  }

  DevicePointer rows() {
    return rows;
  }

  DevicePointer cursor() {
    return cursor;
  }

  /**
   * Per-sample losses, fp64.
   *
   * @param side 0 or 1
   */
  DevicePointer losses(int side) {
    return losses[side];
  }

  DevicePointer correct() {
    return correct;
  }

  int passes() {
    return passes;
  }

  int segments() {
    return segments;
  }

  /** Whether no further pass has room. */
  boolean isFull() {
    return passes == capacity;
  }

  /** Whether the next row begins a pass. */
  boolean isBetweenPasses() {
    return rowOfPass == 0;
  }

  /** Forgets all; nothing that reads the tables may be queued. */
  void begin() {
    passes = 0;
    rowOfPass = 0;
    segments = 0;
  }

  /** Rows from here to the next segment are summed together. */
  void beginSegment() {
    hostStarts.bytes().putInt(Integer.BYTES * segments, rowIndex());
    segments++;
  }

  private int rowIndex() {
    return rowOfPass == 0 ? passes * batch : (passes - 1) * batch + rowOfPass;
  }

  /**
   * Opens a pass.
   *
   * @param keepsWeights whether w + eps z and w - eps z stand there already
   */
  void beginPass(long seed, float epsilon, boolean keepsWeights, Sgd sgd) {
    ByteBuffer bytes = hostJobs.bytes();
    int at = JOB_BYTES * passes;
    bytes.putLong(at + SEED, seed).putInt(at + COUNT, 0);
    bytes.putInt(at + FLAGS, keepsWeights ? KEEPS_WEIGHTS : 0).putFloat(at + EPSILON, epsilon);
    bytes.putFloat(at + LR, sgd.lr()).putFloat(at + MOMENTUM, sgd.momentum());
    bytes.putFloat(at + WEIGHT_DECAY, sgd.weightDecay());
    passes++;
  }

  /**
   * Adds a sample to the open pass.
   *
   * @param position p of the sample in its job, for the augmentation
   */
  void row(int image, int position, long augmentKey) {
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
  void endPass() {
    while (rowOfPass > 0) {
      put(MASKED, 0, 0);
      rowOfPass = (rowOfPass + 1) % batch;
    }
  }

  /** Queues the copies to the device, and the cursor to its beginning. */
  void upload(CudaStream stream) {
    hostStarts.bytes().putInt(Integer.BYTES * segments, passes * batch);
    stream.toDevice(jobs.address(), hostJobs.address(), (long) JOB_BYTES * passes);
    stream.toDevice(rows.address(), hostRows.address(), (long) ROW_BYTES * passes * batch);
    stream.toDevice(starts.address(), hostStarts.address(), (long) Integer.BYTES * (segments + 1));
    stream.clear(cursor.address(), Integer.BYTES);
  }

  /** Queues the sums of one side's losses and hits, a segment each, and their way to the host. */
  void sum(CudaStream stream, Kernel segmentLosses, int side, boolean withHits) {
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
  double lossSum(int side, int segment) {
    return hostSums.bytes().getDouble(Double.BYTES * (segments * side + segment));
  }

  long hits(int segment) {
    return hostSums.bytes().getLong(Double.BYTES * (2 * segments + segment));
  }
}
