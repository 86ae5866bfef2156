package org.zowarmup.nativempi;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Const;
import org.bytedeco.javacpp.annotation.Name;
import org.bytedeco.javacpp.annotation.Namespace;
import org.bytedeco.javacpp.annotation.NoException;
import org.bytedeco.javacpp.annotation.Platform;

/**
 * The calls of MPI, through a shim that {@link #open} opens; none may be called before. Functions
 * that return {@code int} without saying what return MPI's code, 0 for success, or {@link
 * #MISSING}. One thread calls, except for {@link #waiting}.
 */
@Platform(include = "mpi_loader.h", link = "dl", library = "jnizowarmup_mpi")
@Namespace("zowarmup_mpi")
public final class NativeMpi {
  /** The code where some ranks did not come in time. */
  public static final int MISSING = -1;

  /** Kinds of binary interfaces, for {@link #kindOf}. */
  public static final int OPEN_MPI = 1;

  public static final int MPICH = 2;
  public static final int STANDARD_ABI = 3;

  static {
    Loader.load();
  }

  private NativeMpi() {}

  /** The kind of a library of MPI; 0 where it cannot be opened, {@link #why} says why. */
  @NoException
  public static native int kindOf(@Cast("const char*") BytePointer library);

  /**
   * Opens a shim.
   *
   * @param libraryOrNull of MPI, where the shim names none
   * @return whether all calls are there; {@link #why} says why not
   */
  @NoException
  public static native @Cast("bool") boolean open(
      @Cast("const char*") BytePointer libraryOrNull, @Cast("const char*") BytePointer shim);

  /** The last failure of {@link #kindOf} or {@link #open}. */
  @NoException
  public static native @Cast("const char*") BytePointer why();

  /**
   * MPI_Init_thread.
   *
   * @param patience seconds after which a rank that has not come to a collective is missing
   * @param threads receives 2 for serialized calls or more, 1 for funneled ones, 0 for less
   */
  @NoException
  public static native int init(double patience, IntPointer threads);

  /** Returns the rank. */
  @NoException
  public static native int rank();

  /** Returns the number of ranks. */
  @NoException
  public static native int size();

  /** Rank among those of this node, and their number. */
  @NoException
  public static native int node(IntPointer localRank, IntPointer localSize);

  @NoException
  public static native int version(@Cast("char*") BytePointer out, int capacity);

  /** The library's words for a code. */
  @NoException
  public static native int error(int code, @Cast("char*") BytePointer out, int capacity);

  /** MPI_Allgatherv of bytes; counts and places in bytes, one a rank. */
  @NoException
  public static native int gather(
      @Const Pointer in,
      int bytes,
      Pointer out,
      @Const IntPointer counts,
      @Const IntPointer places);

  /** MPI_Scatterv of floats; {@code in} is the root's. */
  @NoException
  public static native int scatter(
      @Const FloatPointer in,
      @Const IntPointer counts,
      @Const IntPointer places,
      FloatPointer out,
      int count,
      int root);

  /** MPI_Allgatherv of floats. */
  @NoException
  public static native int join(
      @Const FloatPointer in,
      int count,
      FloatPointer out,
      @Const IntPointer counts,
      @Const IntPointer places);

  /** Returns 1 for a rank that did not come to the call that returned {@link #MISSING}. */
  @NoException
  public static native @Name("is_missing") int isMissing(int rank);

  /** Seconds that the calling thread has waited in a collective; 0 outside. */
  @NoException
  public static native double waiting();

  /** Everyone's value at the end, where all come within the time. */
  @NoException
  public static native int end(
      @Cast("int64_t") long own, @Cast("int64_t*") LongPointer all, double seconds);

  @NoException
  public static native int abort(int code);

  @NoException
  public static native @Name("finalize") int finish();
}
