package org.zowarmup.device.cuda;

import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.global.cudart;

/** Captured work, replayed with the very pointers that it was captured with. */
final class CudaGraph implements AutoCloseable {
  private final String name;
  private final CUgraphExec_st handle;

  CudaGraph(String name, CUgraphExec_st handle) {
    this.name = name;
    this.handle = handle;
  }

  String name() {
    return name;
  }

  CUgraphExec_st handle() {
    return handle;
  }

  @Override
  public void close() {
    CudaStatus.runtime(cudart.cudaGraphExecDestroy(handle), "cudaGraphExecDestroy of " + name);
  }
}
