package org.zowarmup.device.cuda.program;

import java.util.Arrays;
import java.util.stream.Stream;
import org.zowarmup.device.cuda.driver.DeviceMemory;
import org.zowarmup.device.cuda.driver.DevicePointer;
import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.device.cuda.program.MatrixProduct.Extents;
import org.zowarmup.device.cuda.program.MatrixProduct.Operand;
import org.zowarmup.nn.op.Attention;

/**
 * Attention as matrix products over every sample and head, with kernels/src/attention.cu between
 * them. Queries, keys and values are first laid out [B, heads, tokens, width]; scores are fp32 in
 * every precision. The buffers between the products are shared by all attention layers of a
 * program.
 */
final class CudaAttention {
  private static final String FILE = "attention.cu";

  private final CudaProgram program;
  private final Attention.Forward op;
  private final MatrixProduct product;
  private final int tokens;
  private final int width;
  private final int batches; // samples times heads
  private final long rows; // of the scores
  private final DevicePointer q;
  private final DevicePointer k;
  private final DevicePointer v;
  private final DevicePointer y;
  private final DevicePointer probabilities;

  private CudaAttention(CudaProgram program, Attention.Forward op) {
    this.program = program;
    this.op = op;
    this.product = new MatrixProduct(program, op.node());
    this.tokens = op.tokens();
    this.width = op.width();
    this.batches = Math.multiplyExact(program.batch(), op.heads());
    this.rows = (long) batches * tokens;
    this.q = buffer("queries");
    this.k = buffer("keys");
    this.v = buffer("values");
    this.y = buffer("heads");
    this.probabilities = program.at(op.probabilities());
  }

  private DeviceMemory buffer(String name) {
    return program.shared(name, rows * width * program.activationBytes());
  }

  /** [tokens, width] of every sample and head. */
  private Operand heads(DevicePointer address, boolean transposed) {
    return new Operand(address, width, (long) tokens * width, transposed);
  }

  /** [tokens, tokens] of every sample and head. */
  private Operand square(DevicePointer address, boolean transposed) {
    return new Operand(address, tokens, (long) tokens * tokens, transposed);
  }

  /** [tokens, tokens] from a product over the width. */
  private CudaStep toSquare(Operand a, Operand b, DevicePointer out) {
    return product.step(
        new Extents(tokens, tokens, width, batches),
        a,
        b,
        square(out, false),
        !program.isBf16(),
        true);
  }

  /** [tokens, width] from a product over tokens. */
  private CudaStep toHeads(Operand a, Operand b, DevicePointer out) {
    return product.step(
        new Extents(width, tokens, tokens, batches),
        a,
        b,
        heads(out, false),
        !program.isBf16(),
        !program.isBf16());
  }

  private CudaStep layout(String kernel, Object... buffers) {
    Stream<Object> extents = Stream.of(program.batch(), tokens, op.heads(), width);
    return program.step(FILE, kernel, Stream.concat(Arrays.stream(buffers), extents).toArray());
  }

  private CudaStep split() {
    return layout("splitHeads", program.at(op.x()), q, k, v);
  }

  static CudaStep forward(CudaProgram program, Attention.Forward op) {
    return new CudaAttention(program, op).forward();
  }

  private CudaStep forward() {
    DevicePointer scores =
        program.isBf16()
            ? program.shared("scores", Float.BYTES * rows * tokens)
            : probabilities; // softmax in place
    return split()
        .then(toSquare(heads(k, true), heads(q, false), scores))
        .then(program.step(FILE, "softmaxForward", scores, probabilities, rows, tokens, op.scale()))
        .then(toHeads(heads(v, false), square(probabilities, false), y))
        .then(layout("mergeHeads", y, program.at(op.y())));
  }

  static CudaStep backward(CudaProgram program, Attention.Backward back) {
    return new CudaAttention(program, back.forward()).backward(back);
  }

  private CudaStep backward(Attention.Backward back) {
    DevicePointer dq = buffer("gradient of queries");
    DevicePointer dk = buffer("gradient of keys");
    DevicePointer dv = buffer("gradient of values");
    DevicePointer dp = program.at(back.dscores());
    DevicePointer ds =
        program.isBf16()
            ? program.shared("gradient of scores", rows * tokens * program.activationBytes())
            : dp;
    return split()
        .then(layout("unmergeHeads", program.at(back.dy()), y))
        .then(toSquare(heads(v, true), heads(y, false), dp))
        .then(toHeads(heads(y, false), square(probabilities, true), dv))
        .then(
            program.step(FILE, "softmaxBackward", probabilities, dp, ds, rows, tokens, op.scale()))
        .then(toHeads(heads(k, false), square(ds, false), dq))
        .then(toHeads(heads(q, false), square(ds, true), dk))
        .then(layout("joinQkv", dq, dk, dv, program.at(back.dx())));
  }
}
