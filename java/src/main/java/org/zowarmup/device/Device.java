package org.zowarmup.device;

import java.util.List;
import java.util.Map;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.Plan;

/** Something that runs plans. Closing a device while something of it is still open is an error. */
public interface Device extends AutoCloseable {
  /** As the user names it: {@code cpu}, {@code reference}. */
  String name();

  /** Description for people: model of the processor, instruction set, threads. */
  String description();

  /** Names and versions of the libraries at work, for provenance. */
  Map<String, String> libraries();

  /**
   * True if its libraries choose an algorithm for a layer when a plan is compiled, which decides
   * the last bits of results.
   */
  default boolean choosesAlgorithms() {
    return false;
  }

  /** What was chosen for the layers of the plans that are compiled, by layer. */
  default Map<String, String> choices() {
    return Map.of();
  }

  /**
   * Has layers that are compiled from now on take what was chosen before or elsewhere, where this
   * device has it to choose from.
   *
   * @param choices what {@link #choices} told there
   */
  default void prefer(Map<String, String> choices) {}

  /** The largest number of lanes that may run side by side. */
  int maxLanes();

  /**
   * The largest number of lanes that may run side by side when each compiles all of these plans; a
   * device whose memory is its own counts what they need.
   */
  default int maxLanes(List<Plan> plans) {
    return maxLanes();
  }

  /**
   * The number of probes that a lane should be given in one call. More than one where the device
   * queues them and waits once, and makes w + eps z and w - eps z once for probes that share their
   * seed.
   */
  default int probesPerCall() {
    return 1;
  }

  /**
   * Images that fill this device in one pass, of as many probes as share their seed; 0 where a
   * batch larger than that of one probe is no gain. It is the same on every device of a kind, since
   * the batch of a pass may change the last bits of its losses.
   */
  default int wideBatch() {
    return 0;
  }

  /** True if plans can be compiled for a precision. */
  boolean supports(Precision precision);

  /**
   * Compiles a plan for one of {@code lanes} lanes that will run side by side, on the calling
   * thread.
   *
   * @throws org.zowarmup.error.UnsupportedException naming a layer or a precision that this device
   *     does not run
   */
  Executable compile(Plan plan, int lanes, Precision precision);

  /** Compiles a plan for fp32. */
  default Executable compile(Plan plan, int lanes) {
    return compile(plan, lanes, Precision.FP32);
  }

  /** A zero vector for the given layout. */
  Vector allocate(ParameterLayout layout);

  ResidentImages upload(ImagePixels images);

  /** Operations on flat vectors with all threads of this device; not while lanes run. */
  VectorOps vectors();

  @Override
  void close();
}
