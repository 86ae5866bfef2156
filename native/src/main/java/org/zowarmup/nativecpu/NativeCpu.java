package org.zowarmup.nativecpu;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Namespace;
import org.bytedeco.javacpp.annotation.NoException;
import org.bytedeco.javacpp.annotation.Platform;

/**
 * The functions of {@code zowarmup_native.h}, which are documented here: nothing checks a length, a
 * caller must. Buffers are fp32 unless their type says otherwise, activations NHWC. {@code threads}
 * is the team of the call. Bits of a result depend neither on the instruction set in force nor on
 * {@code threads}. A function without {@code NoException} throws a {@link RuntimeException} of one
 * line for an argument that it can see to be wrong.
 */
@Platform(include = "zowarmup_native.h", library = "jnizowarmup")
@Namespace("zowarmup")
public final class NativeCpu {
  /** The x86-64 baseline; every processor has it. */
  public static final int ISA_PORTABLE = 0;

  /** AVX2 and FMA. */
  public static final int ISA_AVX2 = 1;

  /** AVX-512 F, BW, DQ and VL. */
  public static final int ISA_AVX512 = 2;

  /** The divisor of the channels of Winograd's convolutions. */
  public static final int WINOGRAD_CHANNELS = 32;

  static {
    Loader.load();
  }

  private NativeCpu() {}

  /** The instruction set in force; at first the best that the processor has. */
  @NoException
  public static native int isa();

  /**
   * Forces an instruction set for the whole process, for tests and benchmarks; one that the
   * processor lacks is refused. Returns the one then in force.
   */
  @NoException
  public static native int setIsa(int isa);

  /**
   * The team of later OpenMP regions of the calling thread that name none, which are oneDNN's; the
   * functions of this class take theirs as an argument.
   */
  @NoException
  public static native void setOpenMpThreads(int threads);

  /** The team that {@link #setOpenMpThreads} set, or OpenMP's default. */
  @NoException
  public static native int maxOpenMpThreads();

  /** Zeros, page-aligned; null where the system refuses. */
  @NoException
  @Cast("void*")
  public static native Pointer mapMemory(@Cast("int64_t") long bytes);

  /**
   * {@code bytes} bytes of a file from {@code from} on, a multiple of 4096, read-only; null where
   * that fails, with errno in {@code error} (ERANGE, 34, where the file is shorter). A file that
   * shrinks later ends the process with SIGBUS when the lost part is read.
   */
  @NoException
  @Cast("void*")
  public static native Pointer mapFile(
      @Cast("const char*") BytePointer path,
      @Cast("int64_t") long from,
      @Cast("int64_t") long bytes,
      IntPointer error);

  /** Gives back what {@link #mapMemory} or {@link #mapFile} gave, all of it. 0, or errno. */
  @NoException
  public static native int unmapMemory(@Cast("void*") Pointer memory, @Cast("int64_t") long bytes);

  /**
   * {@code out[i, p, c] = in[i * stride + c * pixels + p]}: images stored plane by plane made into
   * images stored pixel by pixel.
   *
   * @param in uint8, image i at i * stride
   * @param stride at least channels * pixels
   * @param out uint8 [images, pixels, channels], apart from in
   */
  @NoException
  public static native void interleavePlanes(
      @Cast("const uint8_t*") BytePointer in,
      @Cast("int64_t") long stride,
      @Cast("uint8_t*") BytePointer out,
      @Cast("int64_t") long images,
      @Cast("int64_t") long pixels,
      @Cast("int64_t") long channels);

  /**
   * {@code counts[c * 256 + v]} grows by the number of pixels of channel c with value v.
   *
   * @param in uint8 [pixels, channels]
   * @param counts [channels, 256]
   */
  @NoException
  public static native void countLevels(
      @Cast("const uint8_t*") BytePointer in,
      @Cast("int64_t") long pixels,
      @Cast("int64_t") long channels,
      @Cast("int64_t*") LongPointer counts);

  /** {@code out[4]} = Philox4x32-10 of {@code counter[4]}; the low half of key is key word 0. */
  @NoException
  public static native void philox(long key, IntPointer counter, IntPointer out);

  /**
   * {@code out[j] = z(seed, from + j)} for j below n.
   *
   * @param distribution 0 Rademacher, 1 Gaussian, here and below
   */
  public static native void fillDirection(
      FloatPointer out, long from, long n, long seed, int distribution);

  /**
   * plus = w + eps z(seed) and minus = w - eps z(seed) on the segments, in one pass; eps z is
   * rounded first. Elements outside the segments are neither read nor written. The three buffers
   * are apart.
   *
   * @param offsets [segments] ascending multiples of 128
   * @param sizes [segments]
   */
  public static native void perturbPair(
      FloatPointer w,
      FloatPointer plus,
      FloatPointer minus,
      @Cast("const int64_t*") LongPointer offsets,
      @Cast("const int64_t*") LongPointer sizes,
      long segments,
      long seed,
      float eps,
      int distribution,
      int threads);

  /**
   * y = beta y + sum_k coefficients[k] z(seeds[k]) on the segments. The sum starts from 0 and runs
   * in list order in float, a rounding per product and per addition; beta 0 overwrites y, whatever
   * it held.
   */
  public static native void accumulateSeeds(
      FloatPointer y,
      float beta,
      @Cast("const int64_t*") LongPointer offsets,
      @Cast("const int64_t*") LongPointer sizes,
      long segments,
      @Cast("const int64_t*") LongPointer seeds,
      FloatPointer coefficients,
      long terms,
      int distribution,
      int threads);

  /**
   * out = sum_k coefficients[k] xs[k], each element in double and in list order, rounded once.
   *
   * @param xs [count] pointers to float[n], of position 0 because a PointerPointer keeps addresses
   *     alone; out may be one of them or apart from all
   */
  @NoException
  public static native void weightedSum(
      FloatPointer out,
      @Cast("const float* const*") PointerPointer<?> xs,
      DoublePointer coefficients,
      long count,
      long n,
      int threads);

  /**
   * A step of PyTorch's SGD in place: g = grad + weightDecay w; buffer = momentum buffer + g; w -=
   * lr buffer. Without a buffer (null) w -= lr g. A rounding per product and per sum. grad is not
   * changed.
   */
  @NoException
  public static native void sgd(
      FloatPointer w,
      FloatPointer grad,
      FloatPointer momentumBuffer,
      long n,
      float lr,
      float momentum,
      float weightDecay,
      int threads);

  /** y = max(x, 0); NaN stays NaN; y may be x. */
  @NoException
  public static native void relu(FloatPointer x, FloatPointer y, long n, int threads);

  /** y = a + b, then relu if asked; y may be a or b. */
  @NoException
  public static native void addRelu(
      FloatPointer a,
      FloatPointer b,
      FloatPointer y,
      long n,
      @Cast("bool") boolean relu,
      int threads);

  /** dx = dy where y, the output of {@link #relu}, is above 0, else 0; dx may be dy. */
  @NoException
  public static native void reluBackward(
      FloatPointer y, FloatPointer dy, FloatPointer dx, long n, int threads);

  /**
   * y = x s(2u), u = sqrt(2 / pi) (x + 0.044715 x^3) and s the logistic function: GELU's tanh form
   * (Hendrycks and Gimpel 2016, section 2); y may be x.
   */
  @NoException
  public static native void gelu(FloatPointer x, FloatPointer y, long n, int threads);

  /** dx = dy times the derivative of {@link #gelu} at x; dx may be dy or x. */
  @NoException
  public static native void geluBackward(
      FloatPointer x, FloatPointer dy, FloatPointer dx, long n, int threads);

  /** True if any of the n elements is infinite or NaN. */
  @NoException
  @Cast("bool")
  public static native boolean hasNonFinite(FloatPointer x, long n, int threads);

  /**
   * y = act((x - mean) rstd gain + bias (+ residual)), act relu or nothing.
   *
   * @param x [n, pixels, channels]
   * @param residual as x, or null
   * @param gain [channels]
   * @param bias [channels]
   * @param y as x; may be x or residual
   * @param mean [n, groups] or null
   * @param rstd [n, groups] or null: 1 / sqrt(biased variance + eps)
   */
  public static native void groupNormForward(
      FloatPointer x,
      FloatPointer residual,
      FloatPointer gain,
      FloatPointer bias,
      FloatPointer y,
      FloatPointer mean,
      FloatPointer rstd,
      long n,
      long pixels,
      long channels,
      long groups,
      double eps,
      @Cast("bool") boolean relu,
      int threads);

  /**
   * The gradients of {@link #groupNormForward}.
   *
   * @param y the output of a relu, which masks: the gradient passes where y is above 0; null
   *     without one
   * @param dx as x; may be dy
   * @param dresidual as x, or null: the masked dy; may be dy if dx is not
   * @param dgain [channels] overwritten: a sum over samples in sample order
   * @param dbias [channels] likewise
   */
  public static native void groupNormBackward(
      FloatPointer x,
      FloatPointer y,
      FloatPointer dy,
      FloatPointer gain,
      FloatPointer mean,
      FloatPointer rstd,
      FloatPointer dx,
      FloatPointer dresidual,
      FloatPointer dgain,
      FloatPointer dbias,
      long n,
      long pixels,
      long channels,
      long groups,
      int threads);

  /**
   * Per-sample loss, log sum exp minus the label's logit, in double. Rows from count on are neither
   * read nor written.
   *
   * @param logits [batch, classes]
   * @param labels [batch] from 0 to classes - 1
   * @param loss [batch]; NaN where a logit is NaN
   * @param correct [batch]; 1 if the label is the first of the greatest logits, 0 if not or NaN
   */
  public static native void softmaxCrossEntropy(
      FloatPointer logits,
      IntPointer labels,
      long count,
      long classes,
      DoublePointer loss,
      IntPointer correct,
      int threads);

  /**
   * dlogits = (softmax - onehot) / count on rows below count, 0 on rows count to batch - 1.
   *
   * @param dlogits [batch, classes]; may be logits
   */
  public static native void softmaxCrossEntropyBackward(
      FloatPointer logits,
      IntPointer labels,
      long count,
      long batch,
      long classes,
      FloatPointer dlogits,
      int threads);

  /**
   * A batch of images: {@code out[row, e] = table[(e % channels) * 256 + pixel]}, pixel byte e of
   * image {@code indices[row]}; rows count to batch - 1 are 0.
   *
   * @param pixels uint8 [samples, elements], elements = H W C
   * @param table [channels, 256]
   * @param out [batch, elements]
   */
  public static native void gatherNormalize(
      @Cast("const uint8_t*") BytePointer pixels,
      IntPointer indices,
      long count,
      long batch,
      long elements,
      long channels,
      FloatPointer table,
      FloatPointer out,
      int threads);

  /**
   * {@link #gatherNormalize} for images seen through a random window: crop out of 4 pixels of byte
   * 0 around, and flip, from block {@code position + row} of the augmentation stream of {@code key}
   * (kernels/src/augment.h).
   *
   * @param pixels uint8 [samples, height, width, channels]
   * @param table [channels, 256]
   * @param out [batch, height, width, channels]
   */
  public static native void gatherAugmented(
      @Cast("const uint8_t*") BytePointer pixels,
      IntPointer indices,
      long count,
      long batch,
      int height,
      int width,
      int channels,
      FloatPointer table,
      long key,
      long position,
      FloatPointer out,
      int threads);

  /**
   * Pooling without padding; a maximum lets NaN through.
   *
   * @param x [n, height, width, channels]
   * @param y [n, (height - windowHeight) / stride + 1, (width - windowWidth) / stride + 1,
   *     channels]
   * @param max the maximum of a window, else its mean
   */
  public static native void poolForward(
      FloatPointer x,
      FloatPointer y,
      long n,
      long height,
      long width,
      long channels,
      long windowHeight,
      long windowWidth,
      long stride,
      @Cast("bool") boolean max,
      int threads);

  /**
   * Gradient of {@link #poolForward}; dx is overwritten. A maximum's gradient goes to the first one
   * of its window.
   *
   * @param x what the forward pass read; null for the mean
   */
  public static native void poolBackward(
      FloatPointer x,
      FloatPointer dy,
      FloatPointer dx,
      long n,
      long height,
      long width,
      long channels,
      long windowHeight,
      long windowWidth,
      long stride,
      @Cast("bool") boolean max,
      int threads);

  /**
   * y = x + position, with the class token before the tokens of x where it is not null.
   *
   * @param x [batch, tokens, channels], one token fewer with a class token
   * @param classToken [channels] or null
   * @param position [tokens, channels]
   * @param y [batch, tokens, channels]; may be x without a class token
   */
  @NoException
  public static native void embedTokens(
      FloatPointer x,
      FloatPointer classToken,
      FloatPointer position,
      FloatPointer y,
      long batch,
      long tokens,
      long channels,
      int threads);

  /**
   * Gradients of {@link #embedTokens}'s parameters, overwritten: sums over samples in sample order,
   * in double, rounded once.
   *
   * @param dclassToken [channels] or null
   * @param dposition [tokens, channels]
   */
  @NoException
  public static native void embedTokensBackward(
      FloatPointer dy,
      FloatPointer dclassToken,
      FloatPointer dposition,
      long batch,
      long tokens,
      long channels,
      int threads);

  /**
   * Copies {@code count} tokens of every sample.
   *
   * @param from [batch, fromTokens, channels], read from token {@code fromToken} on
   * @param to [batch, toTokens, channels], apart from it, written from token {@code toToken} on
   * @param zeroOthers whether the other tokens of {@code to} become zero
   */
  @NoException
  public static native void copyTokens(
      FloatPointer from,
      long fromTokens,
      long fromToken,
      FloatPointer to,
      long toTokens,
      long toToken,
      long count,
      @Cast("bool") boolean zeroOthers,
      long batch,
      long channels,
      int threads);

  /** The divisor of the inputs of {@link #linearForward} and {@link #linearBackwardSgd}. */
  public static final int LINEAR_COLUMNS = 16;

  /**
   * A linear layer of few rows: y = x w' + bias; w is read once. An element is summed in {@link
   * #LINEAR_COLUMNS} parts.
   *
   * @param x [rows, in], in a multiple of {@link #LINEAR_COLUMNS}
   * @param w [out, in], out even
   * @param bias [out]
   * @param y [rows, out], apart from x
   */
  public static native void linearForward(
      FloatPointer x,
      FloatPointer w,
      FloatPointer bias,
      FloatPointer y,
      long rows,
      long in,
      long out,
      int threads);

  /**
   * The backward pass of a linear layer of few rows with the step of SGD in it: dx = dy w, then w
   * -= lr (dy' x + weightDecay w), with the roundings of {@link #sgd}; w is read once and written
   * once.
   *
   * @param x [rows, in], in a multiple of {@link #LINEAR_COLUMNS}
   * @param dy [rows, out]
   * @param w [out, in]
   * @param dx [rows, in], or null; x itself, or apart from it
   */
  public static native void linearBackwardSgd(
      FloatPointer x,
      FloatPointer dy,
      FloatPointer w,
      FloatPointer dx,
      long rows,
      long in,
      long out,
      float lr,
      float weightDecay,
      int threads);

  /**
   * The gradient of a bias: sums over rows, in double from every 64 rows on.
   *
   * @param x [rows, columns]
   * @param out [columns], overwritten
   */
  @NoException
  public static native void sumRows(
      FloatPointer x, long rows, long columns, FloatPointer out, int threads);

  /** Elements of {@code u} and {@code du} of the functions below. */
  public static native long winogradFilterElements(long in, long out, int size);

  /**
   * Filters of a 3x3 convolution of stride 1 at the points of Winograd's minimal filtering, for
   * {@link #winogradConvolution}.
   *
   * @param w [out, 3, 3, in]; if backward [in, 3, 3, out], for the convolution that gives the
   *     gradient of the input: from the layer's outputs, here {@code in}, to its inputs
   * @param u [winogradFilterElements] in an order of its own
   * @param in channels, a multiple of {@link #WINOGRAD_CHANNELS}, like {@code out}
   * @param size 2 or 4, outputs of a tile in either direction
   */
  public static native void winogradFilter(
      FloatPointer w,
      FloatPointer u,
      long in,
      long out,
      int size,
      @Cast("bool") boolean backward,
      int threads);

  /**
   * The convolution with such filters. With size 4 its error is about twice that of the direct sum,
   * with size 2 it is smaller.
   *
   * @param x [n, height, width, in]
   * @param u as winogradFilter made it
   * @param bias [out], or null
   * @param y [n, height + 2 padding - 2, width + 2 padding - 2, out], apart from x
   * @param padding 0 to 2; the gradient of the input of a convolution of padding p has 2 - p
   */
  public static native void winogradConvolution(
      FloatPointer x,
      FloatPointer u,
      FloatPointer bias,
      FloatPointer y,
      long n,
      long height,
      long width,
      long in,
      long out,
      int padding,
      int size,
      int threads);

  /**
   * The gradient of the filters.
   *
   * @param x [n, height, width, in]
   * @param dy [n, height + 2 padding - 2, width + 2 padding - 2, out]
   * @param du [winogradFilterElements] working memory
   * @param dw [out, 3, 3, in], overwritten
   */
  public static native void winogradGradient(
      FloatPointer x,
      FloatPointer dy,
      FloatPointer du,
      FloatPointer dw,
      long n,
      long height,
      long width,
      long in,
      long out,
      int padding,
      int size,
      int threads);
}
