package org.zowarmup.device.cpu;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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
 * The processor: oneDNN for convolutions and linear layers, native kernels for the rest. Its
 * threads are shared out among the lanes; with as many lanes as threads every lane computes on one
 * thread, and results do not depend on their number.
 */
final class CpuDevice implements Device {
  private final int threads;
  private final VectorOps ops;
  private final Map<ParameterLayout, CpuLayout> layouts = new ConcurrentHashMap<>();
  private final AtomicInteger open = new AtomicInteger();

  CpuDevice(int threads) {
    this.threads = threads;
    this.ops = new CpuVectorOps(threads);
  }

  @Override
  public String name() {
    return CpuProvider.NAME;
  }

  @Override
  public String description() {
    return CpuLibraries.description();
  }

  @Override
  public Map<String, String> libraries() {
    return CpuLibraries.versions();
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
    open.incrementAndGet();
    return new CpuExecutable(this, plan, Math.max(1, threads / lanes));
  }

  @Override
  public Vector allocate(ParameterLayout layout) {
    open.incrementAndGet();
    return new CpuVector(this, layouts.computeIfAbsent(layout, CpuLayout::new));
  }

  @Override
  public ResidentImages upload(ImagePixels images) {
    open.incrementAndGet();
    return new CpuImages(this, images);
  }

  @Override
  public VectorOps vectors() {
    return ops;
  }

  void released() {
    open.decrementAndGet();
  }

  @Override
  public void close() {
    if (open.get() != 0) {
      throw new IllegalStateException(
          "device cpu closed while " + open.get() + " executables, vectors or image sets are open");
    }
    layouts.values().forEach(CpuLayout::close);
    layouts.clear();
  }
}
