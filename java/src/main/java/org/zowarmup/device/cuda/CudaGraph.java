package org.zowarmup.device.cuda;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.SizeTPointer;
import org.zowarmup.device.Owned;
import org.zowarmup.device.cuda.driver.CudaStatus;
import org.zowarmup.device.cuda.driver.CudaStream;
import org.zowarmup.device.cuda.program.CudaProgram;
import org.zowarmup.random.Distribution;

/**
 * A CUDA graph: work that was captured from a stream, replayed with the very pointers that it was
 * captured with. What changes from replay to replay is read from tables in device memory.
 */
final class CudaGraph implements AutoCloseable {
  private final String name;
  private final CudaStream stream;
  private final CUgraphExec_st handle = new CUgraphExec_st();
  private final int nodes;

  /** Records what {@code work} queues on the stream, instead of running it. */
  CudaGraph(String name, CudaStream stream, Runnable work) {
    this.name = name;
    this.stream = stream;
    CUgraph_st graph = captured(work);
    try (Owned.Handle destroy =
            () -> CudaStatus.runtime(cudart.cudaGraphDestroy(graph), "cudaGraphDestroy");
        SizeTPointer count = new SizeTPointer(1)) {
      CudaStatus.runtime(cudart.cudaGraphGetNodes(graph, null, count), "cudaGraphGetNodes");
      this.nodes = (int) count.get();
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
   * Work that a graph was captured for.
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
    private final Map<Key, CudaGraph> graphs = // null: has run, and is not captured yet
        new LinkedHashMap<>(16, 0.75f, true);

    Cache(CudaProgram program) {
      this.program = program;
    }

    /**
     * Queues the work of a key again and again. The first time it is queued as it is: what
     * libraries do at their first call need not be capturable, and an error is told by the call
     * that it comes from.
     */
    void replay(Key key, int times, Runnable work) {
      int done = 0;
      if (!graphs.containsKey(key)) {
        work.run();
        done++;
        remember(key);
      }
      for (; done < times && program.stream().isEager(); done++) {
        work.run();
      }
      if (done < times && graphs.get(key) == null) {
        String name = key.kind() + " of " + program.name();
        graphs.put(key, new CudaGraph(name, program.stream(), work));
      }
      for (; done < times; done++) {
        graphs.get(key).launch();
      }
    }

    private void remember(Key key) {
      if (graphs.size() == MAX_GRAPHS) {
        CudaGraph oldest = graphs.remove(graphs.keySet().iterator().next());
        if (oldest != null) {
          oldest.close();
        }
      }
      graphs.put(key, null);
    }

    /** Of each graph, by its name. */
    Map<String, Integer> nodes() {
      Map<String, Integer> nodes = new LinkedHashMap<>();
      graphs.values().stream()
          .filter(Objects::nonNull)
          .forEach(graph -> nodes.put(graph.name, graph.nodes));
      return nodes;
    }

    @Override
    public void close() {
      try (Owned owned = new Owned()) {
        graphs.values().stream().filter(Objects::nonNull).forEach(owned::add);
      }
      graphs.clear();
    }
  }
}
