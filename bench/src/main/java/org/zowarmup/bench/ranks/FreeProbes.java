package org.zowarmup.bench.ranks;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import org.zowarmup.device.Device;
import org.zowarmup.device.DeviceProvider;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.cpu.CpuProvider;
import org.zowarmup.nn.op.Op;

/**
 * The processor, but for probes, whose losses are made up: a zeroth-order round then takes what it
 * does outside of its probes. Each still asks for its images, as a device would.
 */
public final class FreeProbes implements DeviceProvider {
  static final String NAME = "free-probes";

  @Override
  public List<Devices.Line> list(int threads) {
    return List.of(new Devices.Line(NAME, true, "the processor with probes that cost nothing"));
  }

  @Override
  public String defaultName() {
    return NAME;
  }

  @Override
  public Set<Class<? extends Op>> operations() {
    return new CpuProvider().operations();
  }

  @Override
  public Device open(String name, int threads) {
    Device cpu = new CpuProvider().open("cpu", threads);
    return instead(
        Device.class,
        (method, words) -> {
          Object made = call(cpu, method, words);
          return made instanceof Executable compiled ? free(compiled) : made;
        });
  }

  private static Executable free(Executable compiled) {
    return instead(
        Executable.class,
        (method, words) ->
            method.getName().equals("probe")
                ? Arrays.stream((ProbeJob[]) words[3])
                    .map(FreeProbes::result)
                    .toArray(ProbeJob.Result[]::new)
                : call(compiled, method, words));
  }

  /** Losses around ln 10 that differ from seed to seed. */
  private static ProbeJob.Result result(ProbeJob job) {
    double off = 1e-3 * Math.sin((double) job.seed());
    int count = job.samples().length;
    return new ProbeJob.Result(count * (2.3 + off), count * (2.3 - off), count);
  }

  private static <T> T instead(Class<T> type, BiFunction<Method, Object[], Object> calls) {
    Object made =
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, words) -> calls.apply(method, words));
    return type.cast(made);
  }

  private static Object call(Object on, Method method, Object[] words) {
    try {
      return method.invoke(on, words);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(method.getName(), e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(method.getName(), e);
    }
  }
}
