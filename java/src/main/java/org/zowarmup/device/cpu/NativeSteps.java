package org.zowarmup.device.cpu;

import java.nio.FloatBuffer;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Custom;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;

/** Steps that run the program's own C++ kernels, or a user's layer. */
final class NativeSteps {
  private NativeSteps() {}

  static Step groupNormForward(Lane lane, GroupNorm.Forward op) {
    FloatPointer x = lane.at(op.x());
    FloatPointer residual = lane.atOrNull(op.residual());
    FloatPointer y = lane.at(op.y());
    FloatPointer mean = lane.atOrNull(op.mean());
    FloatPointer rstd = lane.atOrNull(op.rstd());
    return count ->
        NativeCpu.groupNormForward(
            x,
            residual,
            lane.weight(op.gain()),
            lane.weight(op.bias()),
            y,
            mean,
            rstd,
            lane.batch(),
            op.shape().pixels(),
            op.shape().channels(),
            op.norm().groups(),
            op.norm().epsilon(),
            op.relu(),
            lane.threads());
  }

  static Step groupNormBackward(Lane lane, GroupNorm.Backward op) {
    GroupNorm.Forward f = op.forward();
    FloatPointer x = lane.at(f.x());
    FloatPointer mask = f.relu() ? lane.at(f.y()) : null;
    FloatPointer dy = lane.at(op.dy());
    FloatPointer mean = lane.at(f.mean());
    FloatPointer rstd = lane.at(f.rstd());
    FloatPointer dx = lane.at(op.dx());
    FloatPointer dresidual = lane.atOrNull(op.dresidual());
    return count ->
        NativeCpu.groupNormBackward(
            x,
            mask,
            dy,
            lane.weight(f.gain()),
            mean,
            rstd,
            dx,
            dresidual,
            lane.gradient(f.gain()),
            lane.gradient(f.bias()),
            lane.batch(),
            f.shape().pixels(),
            f.shape().channels(),
            f.norm().groups(),
            lane.threads());
  }

  static Step relu(Lane lane, Relu.Forward op) {
    FloatPointer x = lane.at(op.x());
    FloatPointer y = lane.at(op.y());
    long elements = lane.elements(op.y());
    return count -> NativeCpu.relu(x, y, elements, lane.threads());
  }

  static Step reluBackward(Lane lane, Relu.Backward op) {
    FloatPointer y = lane.at(op.y());
    FloatPointer dy = lane.at(op.dy());
    FloatPointer dx = lane.at(op.dx());
    long elements = lane.elements(op.y());
    return count -> NativeCpu.reluBackward(y, dy, dx, elements, lane.threads());
  }

  static Step add(Lane lane, Add.Forward op) {
    FloatPointer a = lane.at(op.a());
    FloatPointer b = lane.at(op.b());
    FloatPointer y = lane.at(op.y());
    long elements = lane.elements(op.y());
    return count -> NativeCpu.addRelu(a, b, y, elements, op.relu(), lane.threads());
  }

  static Step pool(Lane lane, Pool.Forward op) {
    FloatPointer x = lane.at(op.x());
    FloatPointer y = lane.at(op.y());
    Pool pool = op.pool();
    boolean max = pool.kind() == Pool.Kind.MAX;
    return count ->
        NativeCpu.poolForward(
            x,
            y,
            lane.batch(),
            op.in().height(),
            op.in().width(),
            op.in().channels(),
            pool.windowHeight(op.in()),
            pool.windowWidth(op.in()),
            pool.stride(),
            max,
            lane.threads());
  }

  static Step poolBackward(Lane lane, Pool.Backward op) {
    Pool.Forward f = op.forward();
    Pool pool = f.pool();
    boolean max = pool.kind() == Pool.Kind.MAX;
    FloatPointer x = max ? lane.at(f.x()) : null;
    FloatPointer dy = lane.at(op.dy());
    FloatPointer dx = lane.at(op.dx());
    return count ->
        NativeCpu.poolBackward(
            x,
            dy,
            dx,
            lane.batch(),
            f.in().height(),
            f.in().width(),
            f.in().channels(),
            pool.windowHeight(f.in()),
            pool.windowWidth(f.in()),
            pool.stride(),
            max,
            lane.threads());
  }

  static Step custom(Lane lane, Custom.Forward op) {
    FloatBuffer x = buffer(lane.at(op.x()), lane.elements(op.x()));
    FloatBuffer y = buffer(lane.at(op.y()), lane.elements(op.y()));
    return count -> op.layer().forward(lane.batch(), x, parameters(lane, op), y);
  }

  static Step customBackward(Lane lane, Custom.Backward op) {
    Custom.Forward f = op.forward();
    FloatBuffer x = buffer(lane.at(f.x()), lane.elements(f.x()));
    FloatBuffer dy = buffer(lane.at(op.dy()), lane.elements(op.dy()));
    FloatBuffer dx = buffer(lane.at(op.dx()), lane.elements(op.dx()));
    return count -> {
      List<FloatBuffer> gradients =
          f.parameters().stream().map(t -> buffer(lane.gradient(t), t.size())).toList();
      f.layer().backward(lane.batch(), x, parameters(lane, f), dy, dx, gradients);
    };
  }

  private static List<FloatBuffer> parameters(Lane lane, Custom.Forward op) {
    return op.parameters().stream()
        .map((ParameterTensor t) -> buffer(lane.weight(t), t.size()))
        .toList();
  }

  private static FloatBuffer buffer(FloatPointer at, long elements) {
    return new FloatPointer(at).capacity(elements).asBuffer();
  }
}
