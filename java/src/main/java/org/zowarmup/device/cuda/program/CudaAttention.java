package org.zowarmup.device.cuda.program;

import java.util.Arrays;
import java.util.stream.Stream;
import org.zowarmup.device.cuda.driver.DeviceMemory;
import org.zowarmup.device.cuda.driver.DevicePointer;
import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.device.cuda.kernel.KernelSource;
import org.zowarmup.device.cuda.program.MatrixProduct.Extents;
import org.zowarmup.device.cuda.program.MatrixProduct.Operand;
import org.zowarmup.nn.op.Attention;
import org.zowarmup.nn.op.Linear;

/**
 * Attention by one kernel of kernels/src/attention.cu, or where a head does not fit into shared
 * memory, and for gradients, as matrix products over every sample and head with kernels between
 * them. Queries, keys and values are first laid out [B, heads, tokens, width]; scores are fp32 in
 * every precision. The buffers between the products are shared by all attention layers of a
 * program.
 */
final class CudaAttention {
  private static final String FILE = "attention.cu";
  private static final String ONE_KERNEL = "attentionForward";
  private static final int WARPS = KernelSource.of(FILE).constant("ATTENTION_WARPS");
  private static final int QUERIES = KernelSource.of(FILE).constant("ATTENTION_QUERIES");
  private static final int MOST_TOKENS = 128;

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

  /** Bytes of shared memory of a block that takes a head of a sample, as attention.cu says. */
  private static long sharedBytes(Attention.Forward op) {
    long t = roundUpToFour(op.tokens());
    long d = roundUpToFour(op.width());
    return Float.BYTES * (op.tokens() * (d + 4) + d * (t + 4) + (long) WARPS * QUERIES * (d + t));
  }

  private static long roundUpToFour(long n) {
    return (n + 3) / 4 * 4;
  }

  /** Short sequences: long ones are worth the matrix units. */
  static boolean isOneKernel(CudaProgram program, Attention.Forward op) {
    return op.tokens() <= MOST_TOKENS
        && sharedBytes(op) <= program.kernel(FILE, ONE_KERNEL).maxShared();
  }

  static CudaStep forward(CudaProgram program, Attention.Forward op) {
    return isOneKernel(program, op)
        ? oneKernel(program, op)
        : new CudaAttention(program, op).forward();
  }

  private static CudaStep oneKernel(CudaProgram program, Attention.Forward op) {
    Linear.Forward linear = program.before(Linear.Forward.class, op);
    boolean addsBias =
        linear != null && op.equals(program.soleReader(Attention.Forward.class, linear, op.x()));
    return program
        .kernel(FILE, ONE_KERNEL)
        .bindPerSample(
            program.stream(),
            program.batch(),
            (int) sharedBytes(op),
            program.at(op.x()),
            addsBias ? program.weight(linear.bias()) : null,
            program.at(op.y()),
            program.isTraining() ? program.at(op.probabilities()) : null,
            op.tokens(),
            op.heads(),
            op.width(),
            op.scale());
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
