package org.zowarmup.device.cuda;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.global.cudart;
import org.zowarmup.random.Distribution;

/**
 * A CUDA graph: work that was captured from a stream, replayed with the very pointers that it was
 * captured with. What changes from replay to replay is read from tables in device memory.
 */
final class CudaGraph implements AutoCloseable {
  private final String name;
  private final CudaStream stream;
  private final CUgraphExec_st handle = new CUgraphExec_st();

  /** Records what {@code work} queues on the stream, instead of running it. */
  CudaGraph(String name, CudaStream stream, Runnable work) {
    this.name = name;
    this.stream = stream;
    CUgraph_st graph = captured(work);
    try (Owned.Handle destroy =
        () -> CudaStatus.runtime(cudart.cudaGraphDestroy(graph), "cudaGraphDestroy")) {
      CudaStatus.runtime(
          cudart.cudaGraphInstantiate(handle, graph, 0), "cudaGraphInstantiate of " + name);
    }
  }

  private CUgraph_st captured(Runnable work) {
    // thread-local: other lanes may allocate meanwhile
    CudaStatus.runtime(
        cudart.cudaStreamBeginCapture(stream.handle(), cudart.cudaStreamCaptureModeThreadLocal),
        "cudaStreamBeginCapture");
    CUgraph_st graph = new CUgraph_st();
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      // the capture must end; e says why it is void
      cudart.cudaStreamEndCapture(stream.handle(), graph);
      if (!graph.isNull()) {
        cudart.cudaGraphDestroy(graph);
      }
      cudart.cudaGetLastError();
      throw e;
    }
    CudaStatus.runtime(
        cudart.cudaStreamEndCapture(stream.handle(), graph), "cudaStreamEndCapture of " + name);
    return graph;
  }

  /** Queues the captured work on its stream. */
  void launch() {
    CudaStatus.runtime(
        cudart.cudaGraphLaunch(handle, stream.handle()), "cudaGraphLaunch of " + name);
    stream.note("graph " + name);
  }

  @Override
  public void close() {
    CudaStatus.runtime(cudart.cudaGraphExecDestroy(handle), "cudaGraphExecDestroy of " + name);
  }

  /**
   * What a graph was captured for.
   *
   * @param weights their address
   * @param distribution null where nothing is perturbed
   */
  record Key(
      String kind, long weights, CudaImages images, Distribution distribution, boolean augments) {}

  /** The graphs of one program, of which those that were used last are kept. */
  static final class Cache implements AutoCloseable {
    private static final int MAX_GRAPHS = 16;

    private final CudaProgram program;
    private final Map<Key, CudaGraph> graphs = new LinkedHashMap<>(16, 0.75f, true);

    Cache(CudaProgram program) {
      this.program = program;
    }

    /** The graph of this key, captured now where there is none. */
    CudaGraph get(Key key, Runnable work) {
      CudaGraph graph = graphs.get(key);
      if (graph == null) {
        if (graphs.size() == MAX_GRAPHS) {
          Key oldest = graphs.keySet().iterator().next();
          graphs.remove(oldest).close();
        }
        graph = new CudaGraph(key.kind() + " of " + program.name(), program.stream(), work);
        graphs.put(key, graph);
      }
      return graph;
    }

    @Override
    public void close() {
      try (Owned owned = new Owned()) {
        graphs.values().forEach(owned::add);
      }
      graphs.clear();
    }
  }
}
