package org.zowarmup.device.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.zowarmup.device.Device;
import org.zowarmup.device.DeviceProvider;
import org.zowarmup.device.Devices;
import org.zowarmup.device.cuda.driver.CudaLibraries;
import org.zowarmup.device.cuda.driver.Gpu;
import org.zowarmup.device.cuda.kernel.CudaKernels;
import org.zowarmup.device.cuda.kernel.KernelCache;
import org.zowarmup.device.cuda.program.CudaProgram;
import org.zowarmup.error.DeviceUnavailableException;
import org.zowarmup.nn.op.Op;

/** Offers NVIDIA's GPUs, cuda:0, cuda:1 and so on. */
public final class CudaProvider implements DeviceProvider {
  private static final Pattern NAME = Pattern.compile("cuda:(0|[1-9]\\d{0,3})");
  private static final String FIRST = "cuda:0";
  private static final boolean UNTESTED = "0".equals(System.getenv("ZOWARMUP_CUDA_SELF_TEST"));

  @Override
  public List<Devices.Line> list(int threads) {
    return list(false);
  }

  @Override
  public List<Devices.Line> test(int threads) {
    return list(true);
  }

  private static List<Devices.Line> list(boolean test) {
    CudaLibraries libraries = CudaLibraries.get();
    String failure = failure(libraries);
    if (failure != null) {
      return List.of(new Devices.Line(FIRST, false, failure, libraries.lines()));
    }
    List<Devices.Line> lines = new ArrayList<>();
    for (int i = 0; i < Gpu.count(); i++) {
      Gpu gpu = Gpu.of(i);
      // the libraries are the same for all, so they are listed under the first
      List<String> details = new ArrayList<>(i == 0 ? libraries.lines() : List.of());
      String kernels = CudaKernels.failure(gpu);
      if (kernels != null) {
        lines.add(new Devices.Line(gpu.name(), false, kernels, details));
        continue;
      }
      KernelCache cache = KernelCache.ofThisUser();
      if (test) {
        try (CudaDevice device = new CudaDevice(gpu, cache)) {
          new SelfTest(gpu, cache).run(device);
        } catch (DeviceUnavailableException e) {
          lines.add(new Devices.Line(gpu.name(), false, e.getMessage(), details));
          continue;
        }
      }
      String known = new SelfTest(gpu, cache).known();
      details.add(
          known.isEmpty()
              ? "self test: comes with the first start, or with zowarmup devices --test"
              : "self test: " + known);
      lines.add(new Devices.Line(gpu.name(), true, gpu.description(), details));
    }
    return lines;
  }

  private static String failure(CudaLibraries libraries) {
    return libraries.failure() == null ? Gpu.noneReason() : libraries.failure();
  }

  @Override
  public boolean owns(String name) {
    return NAME.matcher(name).matches();
  }

  @Override
  public String proof() {
    return " and passed its self test";
  }

  @Override
  public int autoOrder() {
    return 10;
  }

  @Override
  public String defaultName() {
    return FIRST;
  }

  @Override
  public Set<Class<? extends Op>> operations() {
    return CudaProgram.STEPS.operations();
  }

  @Override
  public Device open(String name, int threads) {
    CudaLibraries libraries = CudaLibraries.get();
    String failure = failure(libraries);
    if (failure != null) {
      throw new DeviceUnavailableException(
          "device " + name + ": " + failure,
          "no " + name + ": " + failure.replaceFirst(" \\(.*", ""),
          libraries.cause());
    }
    int index = Integer.parseInt(name.substring(name.indexOf(':') + 1));
    if (index >= Gpu.count()) {
      throw new DeviceUnavailableException(
          "device %s: this machine has %d GPU(s), cuda:0 to cuda:%d"
              .formatted(name, Gpu.count(), Gpu.count() - 1));
    }
    Gpu gpu = Gpu.of(index);
    String kernels = CudaKernels.failure(gpu);
    if (kernels != null) {
      throw new DeviceUnavailableException(
          "device " + name + ": " + kernels,
          "no " + name + ": no ready-made kernels for it and no NVRTC",
          null);
    }
    KernelCache cache = KernelCache.ofThisUser();
    SelfTest test = new SelfTest(gpu, cache);
    if (!UNTESTED && !test.hasPassed()) {
      // on a device of its own, which is closed whatever it finds
      try (CudaDevice tested = new CudaDevice(gpu, cache)) {
        test.run(tested);
      }
    }
    return new CudaDevice(gpu, cache);
  }
}
