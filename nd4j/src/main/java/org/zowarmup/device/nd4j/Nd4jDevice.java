package org.zowarmup.device.nd4j;

import java.io.IOException;
import java.util.Map;
import org.bytedeco.javacpp.Loader;
import org.zowarmup.device.Executable;
import org.zowarmup.device.Vector;
import org.zowarmup.device.host.HostDevice;
import org.zowarmup.device.host.HostVector;
import org.zowarmup.device.host.HostVectorOps;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.Plan;

/**
 * Networks in ND4J's operations, over the plan's own arena; flat vectors, whose bits are a
 * contract, in plain Java. Slow: it is a second opinion on the networks, of a library that no one
 * here wrote.
 */
final class Nd4jDevice extends HostDevice {
  private final Nd4jBackends.Started backend;

  Nd4jDevice(String name, int threads, Nd4jBackends.Started backend) {
    super(name, threads, new HostVectorOps());
    this.backend = backend;
  }

  @Override
  public String description() {
    return "ND4J, " + backend.description();
  }

  @Override
  public Map<String, String> libraries() {
    try {
      return Map.of("ND4J", Loader.getVersion("org.nd4j", "nd4j-api"));
    } catch (IOException e) {
      return Map.of("ND4J", "unknown version");
    }
  }

  @Override
  protected Executable executable(Plan plan, int laneThreads) {
    Nd4jProgram program = new Nd4jProgram(plan, backend.onHost());
    try {
      return new Nd4jExecutable(
          this, plan, program, Nd4jProgram.STEPS.compile(name(), program, plan));
    } catch (RuntimeException | Error e) {
      try {
        program.close();
      } catch (RuntimeException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }

  @Override
  protected Vector vector(ParameterLayout layout) {
    return new HostVector(this, layout);
  }
}
