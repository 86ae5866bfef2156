package org.zowarmup.device.cuda;

import java.util.Arrays;
import org.zowarmup.device.cuda.MatrixProduct.Extents;
import org.zowarmup.device.cuda.MatrixProduct.Operand;
import org.zowarmup.nn.op.Attention;

/**
 * Attention as matrix products over every sample and head, with softmax between them. Queries, keys
 * and values are first laid out [B, heads, tokens, width]; scores are fp32 in every precision. The
 * buffers between the products are shared by all attention layers of a lane.
 */
final class AttentionSteps {
  private static final String HEADS = "heads.cu";

  private final CudaLane lane;
  private final Attention.Forward op;
  private final MatrixProduct product;
  private final int tokens;
  private final int width;
  private final int batches; // samples times heads
  private final long elements; // of q, k, v or y
  private final long q;
  private final long k;
  private final long v;
  private final long y;
  private final long scores; // fp32; in fp32 lanes where the probabilities lie
  private final Kernel split;

  AttentionSteps(CudaLane lane, Attention.Forward op) {
    this.lane = lane;
    this.op = op;
    this.product = new MatrixProduct(lane, op.node());
    this.tokens = op.tokens();
    this.width = op.width();
    this.batches = Math.multiplyExact(lane.batch(), op.heads());
    this.elements = (long) batches * tokens * width;
    long bytes = elements * lane.activationBytes();
    this.q = lane.shared("queries", bytes);
    this.k = lane.shared("keys", bytes);
    this.v = lane.shared("values", bytes);
    this.y = lane.shared("heads", bytes);
    this.scores =
        lane.isBf16()
            ? lane.shared("scores", (long) Float.BYTES * batches * tokens * tokens)
            : lane.at(op.probabilities());
    this.split = lane.kernel(HEADS, "splitHeads");
  }

  /** [tokens, width] of every sample and head. */
  private Operand heads(long address, boolean transposed) {
    return new Operand(address, width, (long) tokens * width, transposed);
  }

  /** [tokens, tokens] of every sample and head. */
  private Operand square(long address, boolean transposed) {
    return new Operand(address, tokens, (long) tokens * tokens, transposed);
  }

  /** [tokens, tokens] from a product over the width. */
  private void toSquare(Operand a, Operand b, long out) {
    product.run(
        new Extents(tokens, tokens, width, batches),
        a,
        b,
        square(out, false),
        !lane.isBf16(),
        true);
  }

  /** [tokens, width] from a product over tokens. */
  private void toHeads(Operand a, Operand b, long out) {
    product.run(
        new Extents(width, tokens, tokens, batches),
        a,
        b,
        heads(out, false),
        !lane.isBf16(),
        !lane.isBf16());
  }

  private void layout(Kernel kernel, long n, Object... buffers) {
    Object[] all = Arrays.copyOf(buffers, buffers.length + 4);
    all[buffers.length] = lane.batch();
    all[buffers.length + 1] = tokens;
    all[buffers.length + 2] = op.heads();
    all[buffers.length + 3] = width;
    kernel.launch(lane.stream(), Kernel.elementwise(n), all);
  }

  private void split() {
    layout(split, 3 * elements, lane.at(op.x()), q, k, v);
  }

  CudaStep forward() {
    Kernel softmax = lane.kernel("softmax.cu", "softmaxForward");
    Kernel merge = lane.kernel(HEADS, "mergeHeads");
    long rows = (long) batches * tokens;
    return () -> {
      split();
      toSquare(heads(k, true), heads(q, false), scores);
      softmax.launch(
          lane.stream(),
          Kernel.rows(rows),
          scores,
          lane.at(op.probabilities()),
          rows,
          tokens,
          op.scale());
      toHeads(heads(v, false), square(lane.at(op.probabilities()), false), y);
      layout(merge, elements, y, lane.at(op.y()));
    };
  }

  CudaStep backward(Attention.Backward back) {
    Kernel softmax = lane.kernel("softmax.cu", "softmaxBackward");
    Kernel unmerge = lane.kernel(HEADS, "unmergeHeads");
    Kernel join = lane.kernel(HEADS, "joinQkv");
    long rows = (long) batches * tokens;
    long bytes = elements * lane.activationBytes();
    long dq = lane.shared("gradient of queries", bytes);
    long dk = lane.shared("gradient of keys", bytes);
    long dv = lane.shared("gradient of values", bytes);
    long ds =
        lane.isBf16()
            ? lane.shared("gradient of scores", rows * tokens * lane.activationBytes())
            : lane.at(back.dscores());
    return () -> {
      split();
      layout(unmerge, elements, lane.at(back.dy()), y);
      long p = lane.at(op.probabilities());
      toSquare(heads(v, true), heads(y, false), lane.at(back.dscores()));
      toHeads(heads(y, false), square(p, true), dv);
      softmax.launch(
          lane.stream(),
          Kernel.rows(rows),
          p,
          lane.at(back.dscores()),
          ds,
          rows,
          tokens,
          op.scale());
      toHeads(heads(k, false), square(ds, false), dq);
      toHeads(heads(q, false), square(ds, true), dk);
      layout(join, 3 * elements, dq, dk, dv, lane.at(back.dx()));
    };
  }
}
