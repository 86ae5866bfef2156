package org.zowarmup.device.cuda.program;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.cudnn.cudnnContext;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.javacpp.IntPointer;
import org.zowarmup.device.Owned;
import org.zowarmup.device.Precision;
import org.zowarmup.device.Steps;
import org.zowarmup.device.cuda.driver.CudaStatus;
import org.zowarmup.device.cuda.driver.CudaStream;
import org.zowarmup.device.cuda.driver.DeviceMemory;
import org.zowarmup.device.cuda.driver.DevicePointer;
import org.zowarmup.device.cuda.driver.DevicePointer.Address;
import org.zowarmup.device.cuda.driver.Gpu;
import org.zowarmup.device.cuda.kernel.CudaLayout;
import org.zowarmup.device.cuda.kernel.CudaLayout.Stem;
import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.device.cuda.kernel.Kernel;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Attention;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Embedding;
import org.zowarmup.nn.op.Gelu;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.LayerNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Op;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;
import org.zowarmup.nn.op.Select;

/**
 * A plan as one executable runs it, and what its compiled steps share: a stream, cuDNN and cuBLAS
 * handles and workspaces of its own (cuBLAS repeats its bits only so), the arena, and which
 * weights, gradient and loss table the next steps use.
 */
public final class CudaProgram implements AutoCloseable {
  public static final Steps<CudaProgram, CudaStep> STEPS =
      new Steps<CudaProgram, CudaStep>()
          .on(Add.Forward.class, CudaAdd::forward)
          .on(Attention.Forward.class, CudaAttention::forward)
          .on(Attention.Backward.class, CudaAttention::backward)
          .on(Conv.Forward.class, CudaConv::forward)
          .on(Conv.BackwardData.class, CudaConv::backwardData)
          .on(Conv.BackwardParameters.class, CudaConv::backwardParameters)
          .on(Embedding.Forward.class, CudaEmbedding::forward)
          .on(Embedding.BackwardData.class, CudaEmbedding::backwardData)
          .on(Embedding.BackwardParameters.class, CudaEmbedding::backwardParameters)
          .on(Gelu.Forward.class, CudaGelu::forward)
          .on(Gelu.Backward.class, CudaGelu::backward)
          .on(GroupNorm.Forward.class, CudaGroupNorm::forward)
          .on(GroupNorm.Backward.class, CudaGroupNorm::backward)
          .on(LayerNorm.Forward.class, CudaLayerNorm::forward)
          .on(LayerNorm.Backward.class, CudaLayerNorm::backward)
          .on(Linear.Forward.class, CudaLinear::forward)
          .on(Linear.BackwardData.class, CudaLinear::backwardData)
          .on(Linear.BackwardParameters.class, CudaLinear::backwardParameters)
          .on(Loss.Forward.class, CudaLoss::forward)
          .on(Loss.Backward.class, CudaLoss::backward)
          .on(Pool.Forward.class, CudaPool::forward)
          .on(Pool.Backward.class, CudaPool::backward)
          .on(Relu.Forward.class, CudaRelu::forward)
          .on(Relu.Backward.class, CudaRelu::backward)
          .on(Select.Forward.class, CudaSelect::forward)
          .on(Select.Backward.class, CudaSelect::backward);

  // what NVIDIA advises for Hopper; enough for every architecture
  private static final long BLAS_WORKSPACE_BYTES = 32L << 20;

  // of cuDNN, for all convolutions of a program: what is planned for, so no algorithm may want more
  private static final long DNN_WORKSPACE_BYTES = 256L << 20;
  private static final int DNN_WORKSPACE_SHARE = 256; // of a GPU's memory, at most

  // tables, partial sums, what attention shares
  private static final long TABLE_BYTES = 32L << 20;

  /** Fills an arena with guards; a signalling NaN that no computation writes. */
  static final int GUARD_BITS = 0x7fa0_beef;

  private final CudaCommon common;
  private final Plan plan;
  private final Precision precision;
  private final Stem stem;
  private final CudaLayout copyLayout;
  private final boolean floatLogits;
  private final CudaStream stream;
  private final Owned owned;
  private final Map<String, DeviceMemory> shared = new HashMap<>();
  private final cudnnContext dnn = new cudnnContext();
  private final cublasContext blas = new cublasContext();
  private final DeviceMemory arena;
  private final DeviceMemory padded; // images with more channels; null where they have their own
  private final DeviceMemory labels;
  private final PassTable table;
  private DeviceMemory dnnWorkspace;
  private long dnnWorkspaceBytes;
  private DevicePointer weights;
  private DevicePointer gradient;
  private DevicePointer losses;

  public CudaProgram(CudaCommon common, Plan plan, Precision precision) {
    this(common, plan, precision, null);
  }

  /**
   * @param passes the table of another program that runs beside this one, or null
   */
  private CudaProgram(CudaCommon common, Plan plan, Precision precision, PassTable passes) {
    this.common = common;
    this.plan = plan;
    this.precision = precision;
    this.stem = stem(plan, precision);
    this.copyLayout = common.layout(plan.graph().layout(), precision == Precision.BF16, stem);
    this.floatLogits = plan.ops().stream().anyMatch(this::makesFloatLogits);
    this.owned = new Owned();
    this.stream = own(new CudaStream(common.gpu()));
    try {
      CudaStatus.cudnn(cudnn.cudnnCreate(dnn), "cudnnCreate");
      own(() -> CudaStatus.cudnn(cudnn.cudnnDestroy(dnn), "cudnnDestroy"));
      CudaStatus.cudnn(cudnn.cudnnSetStream(dnn, stream.handle()), "cudnnSetStream");
      CudaStatus.cublas(cublas.cublasCreate_v2(blas), "cublasCreate");
      own(() -> CudaStatus.cublas(cublas.cublasDestroy_v2(blas), "cublasDestroy"));
      CudaStatus.cublas(cublas.cublasSetStream_v2(blas, stream.handle()), "cublasSetStream");
      DeviceMemory workspace = memory("workspace of cuBLAS", BLAS_WORKSPACE_BYTES);
      CudaStatus.cublas(
          cublas.cublasSetWorkspace_v2(blas, Address.of(workspace), BLAS_WORKSPACE_BYTES),
          "cublasSetWorkspace");
      CudaStatus.cublas(
          cublas.cublasSetMathMode(blas, cublas.CUBLAS_DEFAULT_MATH), "cublasSetMathMode");
      this.arena =
          memory("activations of " + plan.graph().name(), Float.BYTES * plan.arenaElements());
      this.padded = stem.tensors().isEmpty() ? null : memory("images", imageBytes());
      this.labels = memory("labels", (long) Integer.BYTES * plan.batch());
      this.table = passes == null ? new PassTable(this, plan.batch()) : passes;
      clearArena();
    } catch (RuntimeException | Error e) {
      owned.closeAfter(e);
      throw e;
    }
  }

  /**
   * What is padded: the matrix units want 4 channels in TF32 and 8 in bf16. Nothing where anything
   * but a convolution reads the images.
   */
  private static Stem stem(Plan plan, Precision precision) {
    int least =
        switch (precision) {
          case FP32 -> 1;
          case TF32 -> 4;
          case BF16 -> 8;
        };
    int channels = plan.graph().input().channels();
    Set<Integer> filters = new TreeSet<>();
    for (Op op : plan.ops()) {
      Conv.Forward forward =
          op instanceof Conv.Forward f
              ? f
              : op instanceof Conv.BackwardParameters back ? back.forward() : null;
      if (forward != null && forward.x().equals(plan.input())) {
        filters.add(forward.weight().index());
      } else if (op.io().reads().contains(plan.input())) {
        return Stem.NONE;
      }
    }
    return channels >= least || filters.isEmpty() ? Stem.NONE : new Stem(filters, channels, least);
  }

  private long imageBytes() {
    Shape image = plan.graph().input();
    long pixels = (long) plan.batch() * image.height() * image.width();
    return pixels * stem.padded() * activationBytes();
  }

  /**
   * The shape of a value as it lies in memory: images may have more channels than they came with.
   */
  Shape stored(Plan.Value value, Shape shape) {
    return padded != null && value.equals(plan.input())
        ? new Shape(shape.height(), shape.width(), stem.padded())
        : shape;
  }

  /** Channels of the images as they are gathered. */
  public int imageChannels() {
    return stored(plan.input(), plan.graph().input()).channels();
  }

  /**
   * The largest workspace that a convolution may want: a matter of the GPU, not of what is free.
   */
  static long dnnWorkspaceLimit(Gpu gpu) {
    return Math.min(DNN_WORKSPACE_BYTES, gpu.memoryBytes() / DNN_WORKSPACE_SHARE);
  }

  /**
   * The most memory that a plan takes on one lane, compiled and run: that of a client, workspaces
   * and tables, and for a probe a second program beside the first.
   */
  public static long plannedBytes(Gpu gpu, Plan plan) {
    long workspaces = BLAS_WORKSPACE_BYTES + dnnWorkspaceLimit(gpu);
    long beside =
        plan.kind() == Plan.Kind.FORWARD ? workspaces + Float.BYTES * plan.arenaElements() : 0;
    return plan.clientBytes() + workspaces + beside + TABLE_BYTES;
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

  public CudaCommon common() {
    return common;
  }

  /** The same over the same passes, with memory, handles and a stream of its own. */
  public CudaProgram beside() {
    return new CudaProgram(common, plan, precision, table);
  }

  /** Name of the network. */
  public String name() {
    return plan.graph().name();
  }

  /** The passes at hand, and what they leave. */
  public PassTable table() {
    return table;
  }

  public CudaStream stream() {
    return stream;
  }

  cudnnContext dnn() {
    return dnn;
  }

  cublasContext blas() {
    return blas;
  }

  public Precision precision() {
    return precision;
  }

  /** True if activations are bfloat16. */
  public boolean isBf16() {
    return precision == Precision.BF16;
  }

  public boolean isTraining() {
    return plan.kind() == Plan.Kind.FORWARD_BACKWARD;
  }

  public int batch() {
    return plan.batch();
  }

  /**
   * Logits are fp32 in every precision where a convolution or a linear layer whose weights stay
   * fp32 makes them, and so is their gradient; all other activations are of the compute type.
   */
  boolean isFloat(Plan.Value value) {
    return !isBf16() || (value.equals(plan.logits()) && floatLogits);
  }

  private boolean makesFloatLogits(Op op) {
    return (op instanceof Linear.Forward linear && makesLogits(linear.y(), linear.weight()))
        || (op instanceof Conv.Forward conv && makesLogits(conv.y(), conv.weight()));
  }

  private boolean makesLogits(Plan.Value y, ParameterTensor weight) {
    return y.equals(plan.logits()) && !copyLayout.isBf16(weight);
  }

  /**
   * The logits that the last forward pass left, in fp32: a copy where they are of the compute type.
   */
  public DevicePointer logits() {
    return inFloats(plan.logits(), "logits in fp32");
  }

  /** The gradient of the logits in fp32, likewise. */
  DevicePointer logitsGradient(Plan.Value dlogits) {
    return inFloats(dlogits, "gradient of the logits in fp32");
  }

  private DevicePointer inFloats(Plan.Value ofLogits, String name) {
    return isFloat(plan.logits()) ? at(ofLogits) : shared(name, Float.BYTES * elements(ofLogits));
  }

  /** A launch of a kernel for this program's activations. */
  public CudaStep step(String file, String name, Object... arguments) {
    return kernel(file, name).bind(stream, arguments);
  }

  /** Copies values of the compute type to fp32. */
  CudaStep widen(DevicePointer from, DevicePointer to, long elements) {
    return step("convert.cu", "toFloat", from, to, elements);
  }

  /** Rounds fp32 values to the compute type. */
  CudaStep narrow(DevicePointer from, DevicePointer to, long elements) {
    return step("convert.cu", "toCompute", from, to, elements);
  }

  /** A kernel for this program's activations. */
  Kernel kernel(String file, String name) {
    return common.kernels().get(file, name, isBf16());
  }

  /** A kernel for fp32 or for this program's activations. */
  Kernel kernel(String file, String name, boolean onFloats) {
    return common.kernels().get(file, name, isBf16() && !onFloats);
  }

  /**
   * Place of a value. The arena is planned in fp32 elements; bf16 activations use the first half of
   * theirs.
   */
  public Address at(Plan.Value value) {
    if (padded != null && value.equals(plan.input())) {
      return Address.of(padded);
    }
    return new Address(arena.address() + Float.BYTES * plan.offset(value));
  }

  Address atOrNull(Plan.Value value) {
    return value == null ? null : at(value);
  }

  /** Elements of a value for the whole batch. */
  long elements(Plan.Value value) {
    return plan.elements(value);
  }

  /** The step that follows, or null. */
  private Op after(Op op) {
    int at = plan.ops().indexOf(op) + 1;
    return at < plan.ops().size() ? plan.ops().get(at) : null;
  }

  /**
   * The step that comes next, where it is of this kind, reads this value, and is the only one that
   * does: then the step that makes the value may do its work as well. Null where there is none.
   */
  <T extends Op> T soleReader(Class<T> kind, Op maker, Plan.Value value) {
    boolean alone = plan.ops().stream().filter(op -> op.io().reads().contains(value)).count() == 1;
    return alone ? follower(kind, maker, value) : null;
  }

  /** The step that comes next, where it is of this kind and reads this value; else null. */
  <T extends Op> T follower(Class<T> kind, Op maker, Plan.Value value) {
    Op next = after(maker);
    return kind.isInstance(next) && next.io().reads().contains(value) ? kind.cast(next) : null;
  }

  /** True if a row of one may be written while other rows of the other are yet to be read. */
  boolean isApartOrSame(Plan.Value a, Plan.Value b) {
    long from = plan.offset(a);
    long other = plan.offset(b);
    return (from == other && a.perSample() == b.perSample())
        || from + plan.elements(a) <= other
        || other + plan.elements(b) <= from;
  }

  /** The step of this kind that comes before, or null. */
  <T extends Op> T before(Class<T> kind, Op op) {
    int at = plan.ops().indexOf(op) - 1;
    return at >= 0 && kind.isInstance(plan.ops().get(at)) ? kind.cast(plan.ops().get(at)) : null;
  }

  /** Labels of the batch, -1 in masked rows. */
  public DevicePointer labels() {
    return labels;
  }

  /** The layout of compute copies of weights and gradients. */
  public CudaLayout copyLayout() {
    return copyLayout;
  }

  public void bindWeights(DevicePointer address) {
    weights = address;
  }

  public void bindGradient(DevicePointer address) {
    gradient = address;
  }

  public void bindLosses(DevicePointer address) {
    losses = address;
  }

  /** A tensor of the weights that are bound when a step is queued. */
  DevicePointer weight(ParameterTensor tensor) {
    return () -> weights.address() + copyLayout.target(tensor);
  }

  /** Its gradient, likewise. */
  DevicePointer gradient(ParameterTensor tensor) {
    return () -> gradient.address() + copyLayout.target(tensor);
  }

  /** Where the loss step writes, likewise. */
  DevicePointer losses() {
    return () -> losses.address();
  }

  /** Closes something with the program, in the reverse order of owning. */
  <T extends AutoCloseable> T own(T resource) {
    return owned.add(resource);
  }

  public DeviceMemory memory(String name, long bytes) {
    return own(new DeviceMemory(common.gpu(), name, bytes));
  }

  /**
   * Memory that steps of the same kind share, because they follow one another on the stream; its
   * content lasts for one step.
   */
  DeviceMemory shared(String name, long bytes) {
    return shared.computeIfAbsent(name + " of " + bytes, key -> memory(name, bytes));
  }

  /** Bytes of an element of an activation. */
  int activationBytes() {
    return isBf16() ? Short.BYTES : Float.BYTES;
  }

  /** Asks for a workspace of cuDNN, which all convolutions of the program share. */
  void needDnnWorkspace(long bytes) {
    dnnWorkspaceBytes = Math.max(dnnWorkspaceBytes, bytes);
  }

  /** The shared workspace; only once all steps are compiled. */
  public DeviceMemory dnnWorkspace() {
    if (dnnWorkspace == null) {
      dnnWorkspace = memory("workspace of cuDNN", dnnWorkspaceBytes);
    }
    return dnnWorkspace;
  }

  public void verifyGuards() {
    int[] content = new int[Math.toIntExact(plan.arenaElements())];
    try (IntPointer host = new IntPointer(content.length)) {
      stream.toHost(host.address(), arena.address(), arena.bytes());
      stream.synchronize();
      host.get(content);
    }
    for (Plan.Value value : plan.values()) {
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
    common.gpu().makeCurrent();
    owned.close();
  }
}
