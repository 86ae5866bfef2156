package org.zowarmup.device.kernels;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One launch of a kernel: arguments in order, and what the buffers that come back must hold. The
 * file format is that of {@code kernels/check/harness.cu}.
 */
public final class KernelCase {
  private static final int VALUE = 0;
  private static final int BUFFER = 1;
  private static final int NULL = 2;
  private static final int SAME = 3;
  private static final int POINTERS = 4;

  /** Throws AssertionError where a buffer does not hold what it should. */
  public interface Verdict {
    void on(ByteBuffer result);
  }

  private final String kernel;
  private final String what;
  private final boolean bf16;
  private int[] grid = {1, 1, 1};
  private int block = 256;
  private long shared;
  private final List<byte[]> arguments = new ArrayList<>();
  private final List<Verdict> verdicts = new ArrayList<>();
  private int offset;

  private KernelCase(String kernel, String what, boolean bf16) {
    this.kernel = kernel;
    this.what = what;
    this.bf16 = bf16;
  }

  /**
   * @param what the sizes at hand, for people
   * @param bf16 whether activations are bf16
   */
  public static KernelCase of(String kernel, String what, boolean bf16) {
    return new KernelCase(kernel, what, bf16);
  }

  /** Elements that share a 16-byte access in the compute type. */
  public static int vector(boolean bf16) {
    return bf16 ? 8 : 4;
  }

  public static int actBytes(boolean bf16) {
    return bf16 ? 2 : 4;
  }

  public KernelCase grid(long x, long y) {
    grid = new int[] {Math.toIntExact(Math.max(1, Math.min(65535, x))), Math.toIntExact(y), 1};
    return this;
  }

  /** A few blocks, so that loops over the grid go round. */
  public KernelCase grid(long x) {
    return grid(x, 1);
  }

  public KernelCase block(int threads) {
    block = threads;
    return this;
  }

  public KernelCase shared(long bytes) {
    shared = bytes;
    return this;
  }

  /** The activations that follow start this many elements after a multiple of 16 bytes. */
  public KernelCase shifted(int elements) {
    offset = elements * actBytes(bf16);
    return this;
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** All of a buffer, whatever its position. */
  public static byte[] content(ByteBuffer buffer) {
    byte[] out = new byte[buffer.capacity()];
    buffer.get(0, out);
    return out;
  }

  private KernelCase value(ByteBuffer bytes) {
    ByteBuffer argument = little(5 + bytes.capacity());
    argument.put((byte) VALUE).putInt(bytes.capacity()).put(content(bytes));
    arguments.add(content(argument));
    return this;
  }

  public KernelCase i32(int... values) {
    for (int v : values) {
      value(little(4).putInt(v));
    }
    return this;
  }

  public KernelCase i64(long v) {
    return value(little(8).putLong(v));
  }

  public KernelCase f32(float v) {
    return value(little(4).putFloat(v));
  }

  public KernelCase none() {
    arguments.add(new byte[] {NULL});
    return this;
  }

  /** The pointer of an earlier argument. */
  public KernelCase same(int argument) {
    arguments.add(content(little(5).put((byte) SAME).putInt(argument)));
    return this;
  }

  /** A device array of the pointers of other arguments. */
  public KernelCase pointers(int... others) {
    ByteBuffer argument = little(5 + 4 * others.length).put((byte) POINTERS);
    argument.putInt(others.length);
    for (int index : others) {
      argument.putInt(index);
    }
    arguments.add(content(argument));
    return this;
  }

  private KernelCase buffer(ByteBuffer content, int at, Verdict verdict) {
    ByteBuffer argument = little(14 + content.capacity());
    argument.put((byte) BUFFER).putLong(content.capacity()).putInt(at);
    argument.put((byte) (verdict == null ? 0 : 1)).put(content(content));
    arguments.add(content(argument));
    if (verdict != null) {
      verdicts.add(verdict);
    }
    return this;
  }

  public KernelCase bytes(byte[] content) {
    return bytes(content, null);
  }

  public KernelCase bytes(byte[] content, Verdict verdict) {
    return buffer(little(content.length).put(content), 0, verdict);
  }

  public KernelCase floats(float[] content) {
    return floats(content, null);
  }

  public KernelCase floats(float[] content, Verdict verdict) {
    ByteBuffer bytes = little(4 * content.length);
    for (float v : content) {
      bytes.putFloat(v);
    }
    return buffer(bytes, 0, verdict);
  }

  public KernelCase ints(int[] content) {
    return ints(content, null);
  }

  public KernelCase ints(int[] content, Verdict verdict) {
    ByteBuffer bytes = little(4 * content.length);
    for (int v : content) {
      bytes.putInt(v);
    }
    return buffer(bytes, 0, verdict);
  }

  public KernelCase longs(long[] content) {
    return longs(content, null);
  }

  public KernelCase longs(long[] content, Verdict verdict) {
    ByteBuffer bytes = little(8 * content.length);
    for (long v : content) {
      bytes.putLong(v);
    }
    return buffer(bytes, 0, verdict);
  }

  public KernelCase doubles(double[] content) {
    return doubles(content, null);
  }

  public KernelCase doubles(double[] content, Verdict verdict) {
    ByteBuffer bytes = little(8 * content.length);
    for (double v : content) {
      bytes.putDouble(v);
    }
    return buffer(bytes, 0, verdict);
  }

  /** Activations in the compute type; the values must be exact in it. */
  public KernelCase act(float[] content) {
    return act(content, null);
  }

  public KernelCase act(float[] content, Verdict verdict) {
    ByteBuffer bytes = little(actBytes(bf16) * content.length);
    for (float v : content) {
      if (bf16) {
        bytes.putShort(Bf16.bits(v));
      } else {
        bytes.putFloat(v);
      }
    }
    return buffer(bytes, offset, verdict);
  }

  boolean bf16() {
    return bf16;
  }

  String name() {
    return kernel + " " + what;
  }

  String kernel() {
    return kernel;
  }

  void write(DataOutputStream out) throws IOException {
    byte[] name = kernel.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer head = little(4 + name.length + 24 + 8 + 4);
    head.putInt(name.length).put(name);
    head.putInt(grid[0]).putInt(grid[1]).putInt(grid[2]).putInt(block).putInt(1).putInt(1);
    head.putLong(shared).putInt(arguments.size());
    out.write(content(head));
    for (byte[] argument : arguments) {
      out.write(argument);
    }
  }

  /** Outcome of a run of this case: an error, or the wanted buffers. */
  record Outcome(String error, List<byte[]> buffers) {}

  Outcome readOutcome(ByteBuffer results) {
    byte[] error = new byte[results.getInt()];
    results.get(error);
    List<byte[]> buffers = new ArrayList<>();
    for (int left = results.getInt(); left > 0; left--) {
      byte[] content = new byte[Math.toIntExact(results.getLong())];
      results.get(content);
      buffers.add(content);
    }
    return new Outcome(new String(error, StandardCharsets.UTF_8), buffers);
  }

  void judge(Outcome outcome) {
    if (!outcome.error().isEmpty()) {
      throw new AssertionError(name() + ": " + outcome.error());
    }
    for (int i = 0; i < verdicts.size(); i++) {
      verdicts.get(i).on(ByteBuffer.wrap(outcome.buffers().get(i)).order(ByteOrder.LITTLE_ENDIAN));
    }
  }
}
