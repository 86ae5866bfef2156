package org.zowarmup.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;

import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.host.Step;
import org.zowarmup.nn.ParameterTensor;

/**
 * A parameter tensor as oneDNN sees it: in place where the library takes the stored layout, else a
 * copy in the library's own, made anew whenever other weights are bound.
 */
final class BoundTensor {
  private BoundTensor() {}

  /**
   * Memory that holds the bound weights in the wanted layout.
   *
   * @param stored layout of the flat buffer
   * @param wanted layout of the primitive
   */
  static memory weights(
      CpuProgram program, ParameterTensor tensor, memory.desc stored, memory.desc wanted) {
    Dnnl dnnl = program.dnnl();
    // without a buffer until the first weights are bound
    memory source = dnnl.memory(stored, new FloatPointer());
    if (stored.equals(wanted)) {
      program.whenWeightsAreBound(vector -> source.set_data_handle(vector.pointer(tensor)));
      return source;
    }
    memory copy = dnnl.ownMemory(wanted);
    Step reorder = reorder(dnnl, source, copy);
    program.whenWeightsAreBound(
        vector -> {
          source.set_data_handle(vector.pointer(tensor));
          reorder.run(program.batch());
        });
    return copy;
  }

  /**
   * A gradient.
   *
   * @param computed what the primitive writes
   * @param store copies it to the bound gradient where that is another buffer
   */
  record Gradient(memory computed, Step store) {}

  static Gradient gradient(
      CpuProgram program, ParameterTensor tensor, memory.desc stored, memory.desc wanted) {
    Dnnl dnnl = program.dnnl();
    memory target = dnnl.memory(stored, new FloatPointer());
    program.whenGradientIsBound(vector -> target.set_data_handle(vector.pointer(tensor)));
    if (stored.equals(wanted)) {
      return new Gradient(target, count -> {});
    }
    memory computed = dnnl.ownMemory(wanted);
    return new Gradient(computed, reorder(dnnl, computed, target));
  }

  private static Step reorder(Dnnl dnnl, memory from, memory to) {
    IntMemoryMap arguments = new IntMemoryMap().put(DNNL_ARG_FROM, from).put(DNNL_ARG_TO, to);
    var desc =
        dnnl.keep(
            new reorder.primitive_desc(
                dnnl.engine(),
                dnnl.keep(from.get_desc()),
                dnnl.engine(),
                dnnl.keep(to.get_desc())));
    return dnnl.call(new reorder(desc), arguments);
  }
}
