package org.zowarmup.device.reference;

import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.LayerNorm;

/** {@link LayerNorm}: group norm of one group, every token a sample of one pixel. */
final class ReferenceLayerNorm {
  private ReferenceLayerNorm() {}

  private static GroupNorm.Forward groupNorm(LayerNorm.Forward op) {
    return new GroupNorm.Forward(
        op.node(),
        new GroupNorm(1, op.norm().epsilon()),
        Shape.flat(op.channels()),
        op.x(),
        null,
        false,
        op.y(),
        op.mean(),
        op.rstd(),
        op.gain(),
        op.bias());
  }

  static Step forward(ReferenceProgram program, LayerNorm.Forward op) {
    return ReferenceGroupNorm.forward(program, program.batch() * op.tokens(), groupNorm(op));
  }

  static Step backward(ReferenceProgram program, LayerNorm.Backward op) {
    LayerNorm.Forward f = op.forward();
    return ReferenceGroupNorm.backward(
        program,
        program.batch() * f.tokens(),
        new GroupNorm.Backward(groupNorm(f), op.dy(), op.dx(), null));
  }
}
