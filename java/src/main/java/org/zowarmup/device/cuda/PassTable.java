package org.zowarmup.device.cuda;

import java.nio.ByteBuffer;
import org.zowarmup.device.Sgd;

/**
 * The tables from which captured graphs read what changes between replays: for each pass of at most
 * B samples a job and B sample rows, and a cursor that the last node of a graph moves on; and the
 * losses and hits that the passes leave, one a row. kernels/src/job.h has the same bytes. All
 * memory belongs to the lane.
 */
final class PassTable {
  private static final int ROWS = 1 << 16; // about; they cost 80 bytes of device memory each
  private static final int JOB_BYTES = 40;
  private static final int ROW_BYTES = 16;
  private static final int KEEPS_WEIGHTS = 1;
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
  PassTable(CudaLane lane, int batch) {
    this.batch = batch;
    this.capacity = Math.max(1, ROWS / batch);
    int all = Math.multiplyExact(capacity, batch);
    this.jobs = lane.memory("jobs", (long) JOB_BYTES * capacity);
    this.rows = lane.memory("sample rows", (long) ROW_BYTES * all);
    this.starts = lane.memory("segments", (long) Integer.BYTES * (all + 1));
    this.cursor = lane.memory("cursor", Integer.BYTES);
    this.losses[0] = lane.memory("losses", (long) Double.BYTES * all);
    this.losses[1] = lane.memory("losses", (long) Double.BYTES * all);
    this.correct = lane.memory("hits", (long) Integer.BYTES * all);
    this.sums = lane.memory("loss sums", 2L * Double.BYTES * all);
    this.hits = lane.memory("hit counts", (long) Long.BYTES * all);
    CudaContext context = lane.device().context();
    this.hostJobs = lane.own(new PinnedMemory(context, "jobs", JOB_BYTES * capacity));
    this.hostRows = lane.own(new PinnedMemory(context, "sample rows", ROW_BYTES * all));
    this.hostStarts = lane.own(new PinnedMemory(context, "segments", Integer.BYTES * (all + 1)));
    this.hostSums = lane.own(new PinnedMemory(context, "loss sums", 3 * Double.BYTES * all));
  }

  /** Device address of the jobs. */
  long jobs() {
    return jobs.address();
  }

  long rows() {
    return rows.address();
  }

  long cursor() {
    return cursor.address();
  }

  /**
   * Per-sample losses, fp64.
   *
   * @param side 0 or 1
   */
  long losses(int side) {
    return losses[side].address();
  }

  long correct() {
    return correct.address();
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
    bytes.putLong(at, seed);
    bytes.putInt(at + 8, 0);
    bytes.putInt(at + 12, 0);
    bytes.putInt(at + 16, keepsWeights ? KEEPS_WEIGHTS : 0);
    bytes.putFloat(at + 20, epsilon);
    bytes.putFloat(at + 24, sgd.lr());
    bytes.putFloat(at + 28, sgd.momentum());
    bytes.putFloat(at + 32, sgd.weightDecay());
    bytes.putInt(at + 36, 0);
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
    hostJobs.bytes().putInt(JOB_BYTES * (passes - 1) + 12, rowOfPass);
    if (rowOfPass == batch) {
      rowOfPass = 0;
    }
  }

  private void put(int image, int position, long augmentKey) {
    ByteBuffer bytes = hostRows.bytes();
    int at = ROW_BYTES * ((passes - 1) * batch + rowOfPass);
    bytes.putInt(at, image);
    bytes.putInt(at + 4, position);
    bytes.putLong(at + 8, augmentKey);
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
    long out = sums.address() + (long) Double.BYTES * segments * side;
    segmentLosses.launch(
        stream,
        new Kernel.Grid(segments, 1, 32, 0),
        losses(side),
        correct(),
        starts.address(),
        out,
        withHits ? (Long) hits.address() : null,
        segments);
    stream.toHost(
        hostSums.address() + (long) Double.BYTES * segments * side,
        out,
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
