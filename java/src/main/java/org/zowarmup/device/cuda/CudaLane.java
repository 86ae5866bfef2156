package org.zowarmup.device.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.cudnn.cudnnContext;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.javacpp.IntPointer;
import org.zowarmup.device.Precision;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Value;

/**
 * What the compiled steps of one executable share: a stream, cuDNN and cuBLAS handles and
 * workspaces of its own (cuBLAS repeats its bits only so), the arena, and which weights, gradient
 * and loss table the next steps use.
 */
final class CudaLane implements AutoCloseable {
  // what NVIDIA advises for Hopper; enough for every architecture
  private static final long BLAS_WORKSPACE_BYTES = 32L << 20;

  /** Fills an arena with guards; a signalling NaN that no computation writes. */
  static final int GUARD_BITS = 0x7fa0_beef;

  private final CudaDevice device;
  private final Plan plan;
  private final Precision precision;
  private final CudaLayout copyLayout;
  private final CudaStream stream;
  private final List<AutoCloseable> owned = new ArrayList<>();
  private final Map<String, Long> shared = new HashMap<>();
  private final cudnnContext dnn = new cudnnContext();
  private final cublasContext blas = new cublasContext();
  private final DeviceMemory arena;
  private final DeviceMemory labels;
  private DeviceMemory dnnWorkspace;
  private long dnnWorkspaceBytes;
  private long weights;
  private long gradient;
  private long losses;

  CudaLane(CudaDevice device, Plan plan, Precision precision) {
    this.device = device;
    this.plan = plan;
    this.precision = precision;
    this.copyLayout = device.layout(plan.graph().layout(), precision == Precision.BF16);
    this.stream = new CudaStream(device.context());
    try {
      CudaStatus.cudnn(cudnn.cudnnCreate(dnn), "cudnnCreate");
      own(() -> CudaStatus.cudnn(cudnn.cudnnDestroy(dnn), "cudnnDestroy"));
      CudaStatus.cudnn(cudnn.cudnnSetStream(dnn, stream.handle()), "cudnnSetStream");
      CudaStatus.cublas(cublas.cublasCreate_v2(blas), "cublasCreate");
      own(() -> CudaStatus.cublas(cublas.cublasDestroy_v2(blas), "cublasDestroy"));
      CudaStatus.cublas(cublas.cublasSetStream_v2(blas, stream.handle()), "cublasSetStream");
      long workspace = scratch("workspace of cuBLAS", BLAS_WORKSPACE_BYTES);
      CudaStatus.cublas(
          cublas.cublasSetWorkspace_v2(blas, new Address(workspace), BLAS_WORKSPACE_BYTES),
          "cublasSetWorkspace");
      CudaStatus.cublas(
          cublas.cublasSetMathMode(blas, cublas.CUBLAS_DEFAULT_MATH), "cublasSetMathMode");
      this.arena =
          memory("activations of " + plan.graph().name(), Float.BYTES * plan.arenaElements());
      this.labels = memory("labels", (long) Integer.BYTES * plan.batch());
      clearArena();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void clearArena() {
    if (plan.guard() == 0) {
      stream.clear(arena.address(), arena.bytes());
      stream.synchronize();
      return;
    }
    int[] pattern = new int[Math.toIntExact(plan.arenaElements())];
    Arrays.fill(pattern, GUARD_BITS);
    try (IntPointer host = new IntPointer(pattern)) {
      stream.toDevice(arena.address(), host.address(), arena.bytes());
      stream.synchronize();
    }
  }

  CudaDevice device() {
    return device;
  }

  CudaStream stream() {
    return stream;
  }

  cudnnContext dnn() {
    return dnn;
  }

  cublasContext blas() {
    return blas;
  }

  Precision precision() {
    return precision;
  }

  /** Whether activations are bfloat16. */
  boolean isBf16() {
    return precision == Precision.BF16;
  }

  boolean isTraining() {
    return plan.kind() == Plan.Kind.FORWARD_BACKWARD;
  }

  int batch() {
    return plan.batch();
  }

  /** The logits and what is computed from them are fp32 in every precision. */
  boolean isFloat(Value value) {
    return !isBf16() || value.equals(plan.logits());
  }

  /** A kernel for this lane's activations. */
  Kernel kernel(String file, String name) {
    return device.kernels().get(file, name, isBf16());
  }

  /** A kernel for fp32 or for this lane's activations. */
  Kernel kernel(String file, String name, boolean onFloats) {
    return device.kernels().get(file, name, isBf16() && !onFloats);
  }

  /**
   * Place of a value. The arena is planned in fp32 elements; bf16 activations use the first half of
   * theirs.
   */
  long at(Value value) {
    return arena.address() + Float.BYTES * plan.offset(value);
  }

  Long atOrNull(Value value) {
    return value == null ? null : at(value);
  }

  /** Elements of a value for the whole batch. */
  long elements(Value value) {
    return plan.elements(value);
  }

  /** Labels of the batch, -1 in masked rows. */
  long labels() {
    return labels.address();
  }

  /** How compute copies of weights and gradients lie. */
  CudaLayout copyLayout() {
    return copyLayout;
  }

  void bindWeights(long address) {
    weights = address;
  }

  void bindGradient(long address) {
    gradient = address;
  }

  void bindLosses(long address) {
    losses = address;
  }

  long weight(ParameterTensor tensor) {
    return weights + copyLayout.target(tensor);
  }

  long gradient(ParameterTensor tensor) {
    return gradient + copyLayout.target(tensor);
  }

  /** Where the loss step writes. */
  long losses() {
    return losses;
  }

  /** Closes something with the lane, in the reverse order of owning. */
  <T extends AutoCloseable> T own(T resource) {
    owned.add(resource);
    return resource;
  }

  DeviceMemory memory(String name, long bytes) {
    return own(new DeviceMemory(device.context(), name, bytes));
  }

  /** Address of memory that the lane keeps. */
  long scratch(String name, long bytes) {
    return memory(name, bytes).address();
  }

  /**
   * Memory that steps of the same kind share, because they follow one another on the stream; its
   * content lasts for one step.
   */
  long shared(String name, long bytes) {
    return shared.computeIfAbsent(name + " of " + bytes, key -> scratch(name, bytes));
  }

  /** Bytes of an element of an activation. */
  int activationBytes() {
    return isBf16() ? Short.BYTES : Float.BYTES;
  }

  /** Asks for a workspace of cuDNN, which all convolutions of the lane share. */
  void needDnnWorkspace(long bytes) {
    dnnWorkspaceBytes = Math.max(dnnWorkspaceBytes, bytes);
  }

  /** The shared workspace; only once all steps are compiled. */
  DeviceMemory dnnWorkspace() {
    if (dnnWorkspace == null) {
      dnnWorkspace = memory("workspace of cuDNN", dnnWorkspaceBytes);
    }
    return dnnWorkspace;
  }

  void verifyGuards() {
    int[] content = new int[Math.toIntExact(plan.arenaElements())];
    try (IntPointer host = new IntPointer(content.length)) {
      stream.toHost(host.address(), arena.address(), arena.bytes());
      stream.synchronize();
      host.get(content);
    }
    for (Value value : plan.values()) {
      int start = (int) plan.offset(value);
      int end = (int) (start + plan.elements(value));
      for (int i = 1; i <= plan.guard(); i++) {
        if (content[start - i] != GUARD_BITS || content[end + i - 1] != GUARD_BITS) {
          throw new IllegalStateException("guard of value " + value.name() + " was written");
        }
      }
    }
  }

  @Override
  public void close() {
    device.context().makeCurrent();
    for (int i = owned.size() - 1; i >= 0; i--) {
      try {
        owned.get(i).close();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException("closing a lane of " + device.name(), e);
      }
    }
    owned.clear();
    stream.close();
  }
}
