package org.zowarmup.device.nd4j;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.zowarmup.device.Device;
import org.zowarmup.device.DeviceProvider;
import org.zowarmup.device.Devices;
import org.zowarmup.nn.op.Op;

/** Offers ND4J's back end that is on the class path; {@code auto} never takes it. */
public final class Nd4jProvider implements DeviceProvider {
  @Override
  public List<Devices.Line> list(int threads) {
    // No call into ND4J here: the first unpacks and loads its libraries, hundreds of MB.
    return Stream.of(Nd4jBackends.CPU, Nd4jBackends.CUDA).map(Nd4jProvider::line).toList();
  }

  private static Devices.Line line(String name) {
    boolean present = Nd4jBackends.isPresent(name);
    String what =
        name.equals(Nd4jBackends.CPU)
            ? "ND4J on the CPU: slow, a second opinion on the networks"
            : "ND4J with CUDA 11.6, sm_37 to sm_89; never tried on a GPU so far";
    return new Devices.Line(name, present, present ? what : Nd4jBackends.missing(name));
  }

  @Override
  public boolean owns(String name) {
    return name.equals(Nd4jBackends.CPU) || name.equals(Nd4jBackends.CUDA);
  }

  @Override
  public String defaultName() {
    return Nd4jBackends.CPU;
  }

  @Override
  public Set<Class<? extends Op>> operations() {
    return Nd4jProgram.STEPS.operations();
  }

  @Override
  public Device open(String name, int threads) {
    return new Nd4jDevice(name, threads, Nd4jBackends.start(name, threads));
  }
}
