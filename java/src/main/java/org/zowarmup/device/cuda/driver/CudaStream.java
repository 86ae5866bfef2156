package org.zowarmup.device.cuda.driver;

import java.util.ArrayDeque;
import java.util.Deque;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.zowarmup.device.Owned;
import org.zowarmup.device.cuda.driver.DevicePointer.Address;

/**
 * A queue of work on the GPU. It remembers the last pieces, because a kernel that fails is reported
 * by whichever call comes next.
 */
public final class CudaStream implements AutoCloseable {
  private static final int REMEMBERED = 12;
  private static final boolean EAGER = "1".equals(System.getenv("ZOWARMUP_CUDA_EAGER"));

  private final Gpu gpu;
  private final CUstream_st handle = new CUstream_st();
  private final Deque<String> queued = new ArrayDeque<>();
  private String step = ""; // of the plan that is queued, for messages
  private CUevent_st reached; // null until another stream waits for this one
  private boolean closed;

  public CudaStream(Gpu gpu) {
    this.gpu = gpu;
    gpu.makeCurrent();
    CudaStatus.runtime(
        cudart.cudaStreamCreateWithFlags(handle, cudart.cudaStreamNonBlocking),
        "cudaStreamCreateWithFlags");
  }

  public Gpu gpu() {
    return gpu;
  }

  public CUstream_st handle() {
    return handle;
  }

  /**
   * True if each piece of work is waited for before the next one is queued, without graphs: slow,
   * but a failure names the piece that failed.
   */
  public boolean isEager() {
    return EAGER;
  }

  /** Says which step of a plan is queued from now on, in messages; empty for none. */
  public void startStep(String name) {
    step = name;
  }

  /** Notes what was queued, for the message of a later failure. */
  public void note(String work) {
    if (queued.size() == REMEMBERED) {
      queued.removeFirst();
    }
    queued.addLast(step.isEmpty() ? work : work + " for " + step);
    if (EAGER) {
      synchronize();
    }
  }

  public void toDevice(long to, long from, long bytes) {
    copy(to, from, bytes, cudart.cudaMemcpyHostToDevice);
  }

  public void toHost(long to, long from, long bytes) {
    copy(to, from, bytes, cudart.cudaMemcpyDeviceToHost);
  }

  public void onDevice(long to, long from, long bytes) {
    copy(to, from, bytes, cudart.cudaMemcpyDeviceToDevice);
  }

  private void copy(long to, long from, long bytes, int kind) {
    CudaStatus.runtime(
        cudart.cudaMemcpyAsync(new Address(to), new Address(from), bytes, kind, handle),
        "cudaMemcpyAsync of " + bytes + " bytes");
  }

  public void clear(long at, long bytes) {
    CudaStatus.runtime(
        cudart.cudaMemsetAsync(new Address(at), 0, bytes, handle),
        "cudaMemsetAsync of " + bytes + " bytes");
  }

  /** Waits until everything queued has run. */
  public void synchronize() {
    int code = cudart.cudaStreamSynchronize(handle);
    String last = queued.isEmpty() ? "" : "; queued last: " + String.join(", ", queued);
    queued.clear();
    CudaStatus.runtime(code, "work on " + gpu.name() + last);
  }

  /**
   * What is queued here from now on starts when all that is queued on {@code other} has run. Within
   * a capture the other stream so joins it, or is led back into it.
   */
  public void waitFor(CudaStream other) {
    if (other.reached == null) {
      other.reached = new CUevent_st();
      CudaStatus.runtime(
          cudart.cudaEventCreateWithFlags(other.reached, cudart.cudaEventDisableTiming),
          "cudaEventCreateWithFlags");
    }
    CudaStatus.runtime(cudart.cudaEventRecord(other.reached, other.handle), "cudaEventRecord");
    CudaStatus.runtime(cudart.cudaStreamWaitEvent(handle, other.reached, 0), "cudaStreamWaitEvent");
  }

  /** Seconds from the start to the end of the work on the GPU, which is waited for. */
  public double seconds(Runnable work) {
    try (Owned owned = new Owned()) {
      CUevent_st start = event(owned);
      CUevent_st stop = event(owned);
      CudaStatus.runtime(cudart.cudaEventRecord(start, handle), "cudaEventRecord");
      work.run();
      CudaStatus.runtime(cudart.cudaEventRecord(stop, handle), "cudaEventRecord");
      synchronize();
      float[] milliseconds = new float[1];
      CudaStatus.runtime(
          cudart.cudaEventElapsedTime(milliseconds, start, stop), "cudaEventElapsedTime");
      return milliseconds[0] * 1e-3;
    }
  }

  private static CUevent_st event(Owned owned) {
    CUevent_st event = new CUevent_st();
    CudaStatus.runtime(
        cudart.cudaEventCreateWithFlags(event, cudart.cudaEventDefault),
        "cudaEventCreateWithFlags");
    owned.add(() -> CudaStatus.runtime(cudart.cudaEventDestroy(event), "cudaEventDestroy"));
    return event;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      gpu.makeCurrent();
      try (Owned owned = new Owned()) {
        owned.add(() -> CudaStatus.runtime(cudart.cudaStreamDestroy(handle), "cudaStreamDestroy"));
        if (reached != null) {
          owned.add(() -> CudaStatus.runtime(cudart.cudaEventDestroy(reached), "cudaEventDestroy"));
        }
      }
    }
  }
}
