package org.zowarmup.device.reference;

import java.util.Map;
import org.zowarmup.device.Executable;
import org.zowarmup.device.Vector;
import org.zowarmup.device.host.HostDevice;
import org.zowarmup.device.host.HostVector;
import org.zowarmup.device.host.HostVectorOps;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.Plan;

/**
 * Plain Java: flat vectors in fp32 as the contracts state, networks in double. Slow, without any
 * library, and the oracle that the other devices are held against.
 */
final class ReferenceDevice extends HostDevice {
  ReferenceDevice(int threads) {
    super(ReferenceProvider.NAME, threads, new HostVectorOps());
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
  protected Executable executable(Plan plan, int laneThreads) {
    ReferenceProgram program = ReferenceProgram.of(plan);
    return new ReferenceExecutable(
        this, plan, program, ReferenceProgram.STEPS.compile(name(), program, plan));
  }

  @Override
  protected Vector vector(ParameterLayout layout) {
    return new HostVector(this, layout);
  }
}
