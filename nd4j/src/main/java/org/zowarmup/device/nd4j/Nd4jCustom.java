package org.zowarmup.device.nd4j;

import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.error.UnsupportedException;
import org.zowarmup.nn.op.Custom;
import org.zowarmup.plugin.Own;

/** A user's layer, on the same memory as ND4J's arrays. */
final class Nd4jCustom {
  private Nd4jCustom() {}

  private static void requireHost(Nd4jProgram program, Custom.Forward op) {
    if (!program.onHost()) {
      throw new UnsupportedException(
          "device nd4j-cuda does not run layer %s (%s): a layer of your own reads memory of the CPU; use device nd4j or cpu"
              .formatted(op.node(), Own.name(op.layer())));
    }
  }

  static Step forward(Nd4jProgram program, Custom.Forward op) {
    requireHost(program, op);
    return count ->
        op.layer()
            .forward(
                program.batch(),
                program.buffer(op.x()),
                program.weightBuffers(op.parameters()),
                program.buffer(op.y()));
  }

  static Step backward(Nd4jProgram program, Custom.Backward op) {
    Custom.Forward f = op.forward();
    return count ->
        f.layer()
            .backward(
                program.batch(),
                program.buffer(f.x()),
                program.weightBuffers(f.parameters()),
                program.buffer(op.dy()),
                program.buffer(op.dx()),
                program.gradientBuffers(f.parameters()));
  }
}
