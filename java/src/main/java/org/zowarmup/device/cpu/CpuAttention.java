package org.zowarmup.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.softmax_backward;
import org.bytedeco.dnnl.softmax_forward;
import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.op.Attention;

/**
 * Attention as batched products of oneDNN with a softmax between them. Queries, keys and values are
 * read where the qkv layer wrote them, heads where they lie: strides take the place of copies.
 */
final class CpuAttention {
  private static final int SOFTMAX_AXIS = 3;

  private final CpuProgram program;
  private final Dnnl dnnl;
  private final Attention.Forward op;
  private final long batch;
  private final long heads;
  private final long tokens;
  private final long width;
  private final memory.desc scores;

  private CpuAttention(CpuProgram program, Attention.Forward op) {
    this.program = program;
    this.dnnl = program.dnnl();
    this.op = op;
    this.batch = program.batch();
    this.heads = op.heads();
    this.tokens = op.tokens();
    this.width = op.width();
    this.scores = dnnl.desc(memory.format_tag.abcd, batch, heads, tokens, tokens);
  }

  /** A part of [B, tokens, parts, heads, width] as [B, heads, tokens, width]. */
  private memory rows(FloatPointer at, int part, int parts) {
    long row = parts * heads * width;
    memory.desc layout =
        dnnl.strided(new long[] {batch, heads, tokens, width}, tokens * row, width, row, 1);
    return dnnl.memory(layout, at.getPointer(part * heads * width));
  }

  /** The same, each head's matrix transposed: [B, heads, width, tokens]. */
  private memory columns(FloatPointer at, int part, int parts) {
    long row = parts * heads * width;
    memory.desc layout =
        dnnl.strided(new long[] {batch, heads, width, tokens}, tokens * row, width, 1, row);
    return dnnl.memory(layout, at.getPointer(part * heads * width));
  }

  private memory pairs(Plan.Value value) {
    return dnnl.memory(scores, program.at(value));
  }

  private memory transposedPairs(Plan.Value value) {
    long square = tokens * tokens;
    memory.desc layout =
        dnnl.strided(new long[] {batch, heads, tokens, tokens}, heads * square, square, 1, tokens);
    return dnnl.memory(layout, program.at(value));
  }

  /** to = factor * a b for every sample and head. */
  private Step product(memory a, memory b, memory to, float factor) {
    primitive_attr attributes = dnnl.products(program.precision());
    if (factor != 1) {
      post_ops scale = dnnl.keep(new post_ops());
      scale.append_eltwise(algorithm.eltwise_linear, factor, 0);
      attributes.set_post_ops(scale);
    }
    var desc =
        dnnl.keep(
            new matmul.primitive_desc(
                dnnl.engine(),
                dnnl.keep(a.get_desc()),
                dnnl.keep(b.get_desc()),
                dnnl.keep(to.get_desc()),
                attributes,
                false));
    IntMemoryMap arguments =
        new IntMemoryMap().put(DNNL_ARG_SRC, a).put(DNNL_ARG_WEIGHTS, b).put(DNNL_ARG_DST, to);
    return dnnl.call(new matmul(desc), arguments);
  }

  private softmax_forward.primitive_desc softmax() {
    prop_kind kind =
        program.isTraining() ? prop_kind.forward_training : prop_kind.forward_inference;
    return dnnl.keep(
        new softmax_forward.primitive_desc(
            dnnl.engine(), kind, algorithm.softmax_accurate, scores, scores, SOFTMAX_AXIS));
  }

  static Step forward(CpuProgram program, Attention.Forward op) {
    if (op.tokens() == 1) {
      // attends to itself alone: y is v. oneDNN's strided product is wrong for a single row
      return CpuSelect.copy(
          program, program.at(op.x()), 3, 2, program.at(op.y()), 1, 0, 1, op.channels());
    }
    return new CpuAttention(program, op).forward();
  }

  static Step backward(CpuProgram program, Attention.Backward op) {
    if (op.forward().tokens() == 1) {
      int channels = op.forward().channels();
      return CpuSelect.copy(
          program, program.at(op.dy()), 1, 0, program.at(op.dx()), 3, 2, 1, channels);
    }
    return new CpuAttention(program, op.forward()).backward(op);
  }

  private Step forward() {
    FloatPointer x = program.at(op.x());
    memory p = pairs(op.probabilities());
    Step product = product(rows(x, 0, 3), columns(x, 1, 3), p, op.scale());
    IntMemoryMap arguments = new IntMemoryMap().put(DNNL_ARG_SRC, p).put(DNNL_ARG_DST, p);
    Step softmax = dnnl.call(new softmax_forward(softmax()), arguments);
    Step values = product(p, rows(x, 2, 3), rows(program.at(op.y()), 0, 1), 1);
    return count -> {
      product.run(count);
      softmax.run(count);
      values.run(count);
    };
  }

  private Step backward(Attention.Backward back) {
    FloatPointer x = program.at(op.x());
    FloatPointer dx = program.at(back.dx());
    memory dy = rows(program.at(back.dy()), 0, 1);
    memory ds = pairs(back.dscores());
    Step probabilities = product(dy, columns(x, 2, 3), ds, 1);
    Step values = product(transposedPairs(op.probabilities()), dy, rows(dx, 2, 3), 1);
    Step softmax = softmaxBackward(ds);
    Step queries = product(ds, rows(x, 1, 3), rows(dx, 0, 3), op.scale());
    Step keys = product(transposedPairs(back.dscores()), rows(x, 0, 3), rows(dx, 1, 3), op.scale());
    return count -> {
      probabilities.run(count);
      values.run(count);
      softmax.run(count);
      queries.run(count);
      keys.run(count);
    };
  }

  private Step softmaxBackward(memory ds) {
    var desc =
        dnnl.keep(
            new softmax_backward.primitive_desc(
                dnnl.engine(),
                algorithm.softmax_accurate,
                scores,
                scores,
                scores,
                SOFTMAX_AXIS,
                softmax()));
    IntMemoryMap arguments =
        new IntMemoryMap()
            .put(DNNL_ARG_DST, pairs(op.probabilities()))
            .put(DNNL_ARG_DIFF_DST, ds)
            .put(DNNL_ARG_DIFF_SRC, ds);
    return dnnl.call(new softmax_backward(desc), arguments);
  }
}
