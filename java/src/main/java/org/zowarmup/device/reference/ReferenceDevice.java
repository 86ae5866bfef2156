package org.zowarmup.device.reference;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.zowarmup.device.Device;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Vector;
import org.zowarmup.device.VectorOps;
import org.zowarmup.device.host.HostExecutable;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.Plan;

/**
 * Plain Java: flat vectors in fp32 as the contracts state, networks in double. Slow, without any
 * library, and the oracle that the other devices are held against.
 */
final class ReferenceDevice implements Device {
  private final int threads;
  private final VectorOps ops = new ReferenceVectorOps();
  private final AtomicInteger open = new AtomicInteger();

  ReferenceDevice(int threads) {
    this.threads = threads;
  }

  @Override
  public String name() {
    return ReferenceProvider.NAME;
  }

  @Override
  public String description() {
    return ReferenceProvider.DESCRIPTION;
  }

  @Override
  public Map<String, String> libraries() {
    return Map.of();
  }

  @Override
  public int maxLanes() {
    return threads;
  }

  @Override
  public boolean supports(Precision precision) {
    return precision == Precision.FP32;
  }

  @Override
  public Executable compile(Plan plan, int lanes, Precision precision) {
    HostExecutable.requireFp32(name(), precision);
    return new ReferenceExecutable(this, plan);
  }

  @Override
  public Vector allocate(ParameterLayout layout) {
    open.incrementAndGet();
    return new ReferenceVector(this, layout);
  }

  @Override
  public ResidentImages upload(ImagePixels images) {
    open.incrementAndGet();
    return new ReferenceImages(this, images);
  }

  @Override
  public VectorOps vectors() {
    return ops;
  }

  VectorOps laneOps() {
    return ops;
  }

  void released() {
    open.decrementAndGet();
  }

  @Override
  public void close() {
    if (open.get() != 0) {
      throw new IllegalStateException(
          "device reference closed while " + open.get() + " vectors or image sets are open");
    }
  }
}
