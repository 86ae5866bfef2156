package org.zowarmup.device.reference;

import java.util.List;
import java.util.Set;
import org.zowarmup.device.Device;
import org.zowarmup.device.DeviceProvider;
import org.zowarmup.device.Devices;
import org.zowarmup.nn.op.Op;

/** Offers the reference device; {@code auto} never takes it. */
public final class ReferenceProvider implements DeviceProvider {
  static final String NAME = "reference";
  static final String DESCRIPTION = "plain Java in double precision: slow, exact, for checking";

  @Override
  public List<Devices.Line> list(int threads) {
    return List.of(new Devices.Line(NAME, true, DESCRIPTION));
  }

  @Override
  public String defaultName() {
    return NAME;
  }

  @Override
  public Set<Class<? extends Op>> operations() {
    return ReferenceProgram.STEPS.operations();
  }

  @Override
  public Device open(String name, int threads) {
    return new ReferenceDevice(threads);
  }
}
