package org.zowarmup.device.cuda.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.device.Owned;
import org.zowarmup.device.cuda.driver.CudaStream;
import org.zowarmup.device.cuda.driver.DeviceMemory;
import org.zowarmup.device.cuda.driver.DevicePointer;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.ParameterSpec;
import org.zowarmup.nn.ParameterTensor;

/**
 * A parameter layout on the device, and where a compute copy of the weights keeps each tensor: as
 * the flat fp32 buffer does, or with the tensors that permit it in bf16.
 */
public final class CudaLayout implements AutoCloseable {
  private static final KernelSource.Struct SEGMENT = KernelSource.Struct.of("segment.h", "Segment");
  private static final int OFFSET = SEGMENT.at("offset", Long.BYTES);
  private static final int SIZE = SEGMENT.at("size", Long.BYTES);
  private static final int TARGET = SEGMENT.at("target", Long.BYTES);
  private static final int KIND = SEGMENT.at("kind", Integer.BYTES);
  private static final int BF16 = KernelSource.of("segment.h").constant("SEGMENT_BF16");
  private static final int PADDED = KernelSource.of("segment.h").constant("SEGMENT_PADDED");
  private static final int CHANNELS = SEGMENT.at("channels", Integer.BYTES);
  private static final int PADDED_CHANNELS = SEGMENT.at("paddedChannels", Integer.BYTES);
  private static final int ALIGNMENT = 256; // of a tensor in a compute copy, for vector accesses

  private final ParameterLayout layout;
  private final boolean bf16;
  private final Stem stem;
  private final long[] targets;
  private final long copyBytes;
  private final Owned owned = new Owned();
  private final DeviceMemory segments;
  private final DeviceMemory blockSegments;

  /**
   * Filters of the convolutions that read the images, whose channels are too few for a GPU's matrix
   * units: a compute copy has as many more, which stay zero.
   *
   * @param tensors positions in the layout, none where nothing is padded
   * @param channels of an image, and of an image as it is gathered
   */
  public record Stem(Set<Integer> tensors, int channels, int padded) {
    public static final Stem NONE = new Stem(Set.of(), 1, 1);

    public Stem {
      tensors = Set.copyOf(tensors);
    }
  }

  public CudaLayout(CudaStream stream, ParameterLayout layout, boolean bf16, Stem stem) {
    this.layout = layout;
    this.bf16 = bf16;
    this.stem = stem;
    this.targets = new long[layout.tensors().size()];
    long end = 0;
    for (ParameterTensor t : layout.tensors()) {
      targets[t.index()] = isFlat() ? Float.BYTES * t.offset() : end;
      end += (storedBytes(t) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    this.copyBytes = isFlat() ? Float.BYTES * layout.length() : end;
    try {
      this.segments = upload(stream, segmentTable());
      this.blockSegments = upload(stream, blockTable());
    } catch (RuntimeException | Error e) {
      owned.closeAfter(e);
      throw e;
    }
  }

  private ByteBuffer segmentTable() {
    ByteBuffer table = buffer(SEGMENT.bytes() * targets.length);
    for (ParameterTensor t : layout.tensors()) {
      int at = SEGMENT.bytes() * t.index();
      table.putLong(at + OFFSET, t.offset()).putLong(at + SIZE, t.size());
      table.putLong(at + TARGET, targets[t.index()]);
      table.putInt(at + KIND, (isBf16(t) ? BF16 : 0) | (isPadded(t) ? PADDED : 0));
      table.putInt(at + CHANNELS, stem.channels()).putInt(at + PADDED_CHANNELS, stem.padded());
    }
    return table;
  }

  private ByteBuffer blockTable() {
    ByteBuffer table = buffer(Math.toIntExact(Integer.BYTES * blocks()));
    for (ParameterTensor t : layout.tensors()) {
      long last = ParameterLayout.ALIGNMENT * ((t.end() - 1) / ParameterLayout.ALIGNMENT + 1);
      for (long at = t.offset(); at < last; at += ParameterLayout.ALIGNMENT) {
        table.putInt(t.index());
      }
    }
    return table.flip();
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private DeviceMemory upload(CudaStream stream, ByteBuffer content) {
    DeviceMemory memory = owned.add(new DeviceMemory(stream.gpu(), "layout", content.limit()));
    BytePointer source = new BytePointer(content);
    stream.toDevice(memory.address(), source.address(), content.limit());
    stream.synchronize();
    return memory;
  }

  public ParameterLayout layout() {
    return layout;
  }

  /** True if a compute copy holds this tensor in bf16. */
  public boolean isBf16(ParameterTensor tensor) {
    return bf16 && tensor.spec().precision() == ParameterSpec.Precision.REDUCIBLE;
  }

  private boolean isPadded(ParameterTensor tensor) {
    return stem.tensors().contains(tensor.index());
  }

  /** True if a compute copy is as the flat fp32 buffer, so that this can take its place. */
  public boolean isFlat() {
    return !bf16 && stem.tensors().isEmpty();
  }

  /** Bytes of a tensor in a compute copy. */
  public long storedBytes(ParameterTensor tensor) {
    long elements = tensor.size();
    if (isPadded(tensor)) {
      elements = elements / stem.channels() * stem.padded();
    }
    return elements * (isBf16(tensor) ? Short.BYTES : Float.BYTES);
  }

  /** First byte of a tensor in a compute copy. */
  public long target(ParameterTensor tensor) {
    return targets[tensor.index()];
  }

  public long copyBytes() {
    return copyBytes;
  }

  /** Philox blocks of the flat buffer. */
  public long blocks() {
    return layout.length() / ParameterLayout.ALIGNMENT;
  }

  public DevicePointer segments() {
    return segments;
  }

  public DevicePointer blockSegments() {
    return blockSegments;
  }

  @Override
  public void close() {
    owned.close();
  }
}
