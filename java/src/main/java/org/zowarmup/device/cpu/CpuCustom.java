package org.zowarmup.device.cpu;

import java.nio.FloatBuffer;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.op.Custom;

/**
 * A user's layer, on the buffers where they lie; duplicates, since their positions are the user's.
 */
final class CpuCustom {
  private CpuCustom() {}

  static Step forward(CpuProgram program, Custom.Forward op) {
    FloatBuffer x = buffer(program.at(op.x()), program.elements(op.x()));
    FloatBuffer y = buffer(program.at(op.y()), program.elements(op.y()));
    return count ->
        op.layer().forward(program.batch(), x.duplicate(), parameters(program, op), y.duplicate());
  }

  static Step backward(CpuProgram program, Custom.Backward op) {
    Custom.Forward f = op.forward();
    FloatBuffer x = buffer(program.at(f.x()), program.elements(f.x()));
    FloatBuffer dy = buffer(program.at(op.dy()), program.elements(op.dy()));
    FloatBuffer dx = buffer(program.at(op.dx()), program.elements(op.dx()));
    return count -> {
      List<FloatBuffer> gradients =
          f.parameters().stream().map(t -> buffer(program.gradient(t), t.size())).toList();
      f.layer()
          .backward(
              program.batch(),
              x.duplicate(),
              parameters(program, f),
              dy.duplicate(),
              dx.duplicate(),
              gradients);
    };
  }

  private static List<FloatBuffer> parameters(CpuProgram program, Custom.Forward op) {
    return op.parameters().stream()
        .map((ParameterTensor t) -> buffer(program.weight(t), t.size()))
        .toList();
  }

  /** A view of native memory. */
  static FloatBuffer buffer(FloatPointer at, long elements) {
    return new FloatPointer(at).capacity(elements).asBuffer();
  }
}
