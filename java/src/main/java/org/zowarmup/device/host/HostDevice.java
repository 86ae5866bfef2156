package org.zowarmup.device.host;

import java.util.concurrent.atomic.AtomicInteger;
import org.zowarmup.device.Device;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Vector;
import org.zowarmup.device.VectorOps;
import org.zowarmup.error.UnsupportedException;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.Plan;

/**
 * A device on the host: it shares its threads out among the lanes, and counts what of it is open.
 * Most compute in fp32 alone.
 */
public abstract class HostDevice implements Device {
  private final String name;
  private final int threads;
  private final VectorOps ops;
  private final AtomicInteger open = new AtomicInteger();

  protected HostDevice(String name, int threads, VectorOps ops) {
    this.name = name;
    this.threads = threads;
    this.ops = ops;
  }

  /** A plan compiled for a lane of so many threads. */
  protected abstract Executable executable(Plan plan, int laneThreads);

  /** The same in a precision that this device supports. */
  protected Executable executable(Plan plan, int laneThreads, Precision precision) {
    return executable(plan, laneThreads);
  }

  /** A zero vector. */
  protected abstract Vector vector(ParameterLayout layout);

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final int maxLanes() {
    return threads;
  }

  @Override
  public boolean supports(Precision precision) {
    return precision == Precision.FP32;
  }

  @Override
  public final VectorOps vectors() {
    return ops;
  }

  @Override
  public final Executable compile(Plan plan, int lanes, Precision precision) {
    if (!supports(precision)) {
      throw new UnsupportedException(
          "device %s does not compute in %s here; fp32 runs everywhere".formatted(name, precision));
    }
    return opened(executable(plan, Math.max(1, threads / lanes), precision));
  }

  @Override
  public final Vector allocate(ParameterLayout layout) {
    return opened(vector(layout));
  }

  @Override
  public final ResidentImages upload(ImagePixels images) {
    return opened(new HostImages(this, images));
  }

  /** Counts what was made: nothing is open when making it has failed. */
  private <R> R opened(R resource) {
    open.incrementAndGet();
    return resource;
  }

  /** Called once by everything of this device that is closed. */
  public final void released() {
    open.decrementAndGet();
  }

  @Override
  public void close() {
    if (open.get() != 0) {
      throw new IllegalStateException(
          "device %s closed while %d executables, vectors or image sets are open"
              .formatted(name, open.get()));
    }
  }
}
