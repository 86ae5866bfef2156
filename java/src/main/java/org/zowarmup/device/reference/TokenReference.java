package org.zowarmup.device.reference;

import java.util.Arrays;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Value;
import org.zowarmup.nn.op.Attention;
import org.zowarmup.nn.op.Embedding;
import org.zowarmup.nn.op.Gelu;
import org.zowarmup.nn.op.LayerNorm;
import org.zowarmup.nn.op.Op;
import org.zowarmup.nn.op.Select;

/** Runs the steps of {@link Op} on the arena of a plan. */
final class TokenReference {
  private final Plan plan;
  private final double[] arena;

  TokenReference(Plan plan, double[] arena) {
    this.plan = plan;
    this.arena = arena;
  }

  private int at(Value value) {
    return value == null ? -1 : Math.toIntExact(plan.offset(value));
  }

  private static int at(ParameterTensor tensor) {
    return Math.toIntExact(tensor.offset());
  }

  private int length(Value value) {
    return Math.toIntExact(plan.elements(value));
  }

  void step(Op op, double[] weights, double[] gradients) {
    if (op instanceof Embedding.Forward f) {
      embed(f, weights);
    } else if (op instanceof Embedding.BackwardParameters b) {
      embedParameters(b, gradients);
    } else if (op instanceof Embedding.BackwardData b) {
      int from = b.forward().tokens() * b.forward().channels();
      for (int n = 0; n < plan.batch(); n++) {
        int rest = from - b.forward().channels();
        System.arraycopy(
            arena, at(b.dy()) + n * from + from - rest, arena, at(b.dx()) + n * rest, rest);
      }
    } else if (op instanceof LayerNorm.Forward f) {
      new LayerNormReference(f, plan.batch())
          .forward(
              arena,
              at(f.x()),
              at(f.y()),
              at(f.mean()),
              at(f.rstd()),
              weights,
              at(f.gain()),
              at(f.bias()));
    } else if (op instanceof LayerNorm.Backward b) {
      LayerNorm.Forward f = b.forward();
      new LayerNormReference(f, plan.batch())
          .backward(
              arena,
              at(f.x()),
              at(f.mean()),
              at(f.rstd()),
              at(b.dy()),
              at(b.dx()),
              weights,
              at(f.gain()),
              gradients,
              at(f.bias()));
    } else {
      withoutParameters(op);
    }
  }

  private void withoutParameters(Op op) {
    if (op instanceof Attention.Forward f) {
      new AttentionReference(f, plan.batch())
          .forward(arena, at(f.x()), at(f.y()), at(f.probabilities()));
    } else if (op instanceof Attention.Backward b) {
      Attention.Forward f = b.forward();
      new AttentionReference(f, plan.batch())
          .backward(
              arena, at(f.x()), at(f.probabilities()), at(b.dy()), at(b.dx()), at(b.dscores()));
    } else if (op instanceof Gelu.Forward f) {
      for (int i = 0; i < length(f.x()); i++) {
        arena[at(f.y()) + i] = GeluReference.gelu(arena[at(f.x()) + i]);
      }
    } else if (op instanceof Gelu.Backward b) {
      for (int i = 0; i < length(b.dx()); i++) {
        double slope = GeluReference.derivative(arena[at(b.forward().x()) + i]);
        arena[at(b.dx()) + i] = arena[at(b.dy()) + i] * slope;
      }
    } else if (op instanceof Select.Forward f) {
      for (int n = 0; n < plan.batch(); n++) {
        int from = at(f.x()) + (n * f.tokens() + f.index()) * f.channels();
        System.arraycopy(arena, from, arena, at(f.y()) + n * f.channels(), f.channels());
      }
    } else if (op instanceof Select.Backward b) {
      Select.Forward f = b.forward();
      Arrays.fill(arena, at(b.dx()), at(b.dx()) + length(b.dx()), 0);
      for (int n = 0; n < plan.batch(); n++) {
        int to = at(b.dx()) + (n * f.tokens() + f.index()) * f.channels();
        System.arraycopy(arena, at(b.dy()) + n * f.channels(), arena, to, f.channels());
      }
    } else {
      throw new IllegalStateException("no step for " + op);
    }
  }

  private void embed(Embedding.Forward f, double[] weights) {
    int before = f.classToken() == null ? 0 : 1;
    int sample = f.tokens() * f.channels();
    for (int n = 0; n < plan.batch(); n++) {
      for (int i = 0; i < sample; i++) {
        int from = i - before * f.channels();
        double v =
            from < 0
                ? weights[at(f.classToken()) + i]
                : arena[at(f.x()) + n * (sample - before * f.channels()) + from];
        arena[at(f.y()) + n * sample + i] = v + weights[at(f.position()) + i];
      }
    }
  }

  private void embedParameters(Embedding.BackwardParameters b, double[] gradients) {
    Embedding.Forward f = b.forward();
    int sample = f.tokens() * f.channels();
    for (int n = 0; n < plan.batch(); n++) {
      for (int i = 0; i < sample; i++) {
        double d = arena[at(b.dy()) + n * sample + i];
        gradients[at(f.position()) + i] += d;
        if (f.classToken() != null && i < f.channels()) {
          gradients[at(f.classToken()) + i] += d;
        }
      }
    }
  }
}
