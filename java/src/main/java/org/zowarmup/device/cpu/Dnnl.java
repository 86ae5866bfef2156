package org.zowarmup.device.cpu;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.fpmath_mode;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.Pointer;
import org.zowarmup.device.Precision;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.Shape;

/**
 * One program's oneDNN engine, stream and everything made with them. Primitives and argument maps
 * are made once, when a plan is compiled, and kept until the program closes. Every failing oneDNN
 * call throws: JavaCPP turns the library's {@code dnnl::error} into a RuntimeException.
 */
final class Dnnl implements AutoCloseable {
  private final engine processor = new engine(engine.kind.cpu, 0);
  private final stream queue = new stream(processor);
  private final List<Pointer> kept = new ArrayList<>();

  static String version() {
    var version = dnnl.dnnl_version();
    return version.major() + "." + version.minor() + "." + version.patch();
  }

  /** Says whether the processor multiplies bf16 matrices in tiles (AMX), and the system lets it. */
  static boolean hasTiles() {
    int tiles = dnnl.dnnl_cpu_isa_avx512_core_amx;
    return (dnnl.dnnl_get_effective_cpu_isa() & tiles) == tiles;
  }

  engine engine() {
    return processor;
  }

  /**
   * Says in what the products of a primitive are computed whose memory is fp32: for bf16 the
   * factors are rounded on the way, and sums stay fp32.
   */
  primitive_attr products(Precision precision) {
    primitive_attr attributes = keep(new primitive_attr());
    if (precision == Precision.BF16) {
      attributes.set_fpmath_mode(fpmath_mode.bf16);
    }
    return attributes;
  }

  /**
   * Holds a pointer until close, so that neither the collector nor anything else frees it earlier.
   */
  <P extends Pointer> P keep(P pointer) {
    kept.add(pointer);
    return pointer;
  }

  /** [batch, H, W, C] fp32, as the arena holds it. */
  memory.desc activation(int batch, Shape shape) {
    return desc(memory.format_tag.nhwc, batch, shape.channels(), shape.height(), shape.width());
  }

  /** fp32 of the given logical extents in the order of a tag. */
  memory.desc desc(memory.format_tag tag, long... dims) {
    return keep(new memory.desc(dims, memory.data_type.f32, tag));
  }

  /** fp32 of the given logical extents, an element step apart in every dimension. */
  memory.desc strided(long[] dims, long... strides) {
    return keep(new memory.desc(dims, memory.data_type.f32, strides));
  }

  memory memory(memory.desc layout, Pointer data) {
    return keep(new memory(layout, processor, data));
  }

  /** Memory that the library allocates, for a layout of its own choice. */
  memory ownMemory(memory.desc layout) {
    return keep(new memory(layout, processor));
  }

  /** A primitive with its arguments, ready to run; it computes all samples of a batch. */
  Step call(primitive operation, IntMemoryMap arguments) {
    keep(operation);
    keep(arguments);
    return count -> operation.execute(queue, arguments);
  }

  @Override
  public void close() {
    queue._wait();
    for (int i = kept.size() - 1; i >= 0; i--) {
      kept.get(i).close();
    }
    kept.clear();
    queue.close();
    processor.close();
  }
}
