package org.zowarmup.nn;

import java.util.List;
import org.zowarmup.nn.op.Op;

/**
 * A graph lowered for a fixed batch: ordered steps and the place of every value in one arena. A
 * device compiles it into an executable; a set of n samples runs in ceil(n / batch) passes whose
 * tail is masked, which is exact because no layer mixes samples.
 */
public final class Plan {
  /** The results that a plan computes. */
  public enum Kind {
    /** Losses only; activations are freed at their last use. */
    FORWARD,
    /** Losses and gradients of all parameters; activations are kept for the backward pass. */
    FORWARD_BACKWARD
  }

  /** The way that values lie in the arena. */
  public enum Placement {
    /** Memory is shared between values that do not live at the same time. */
    REUSED,
    /** Every value has a place of its own between guards; for tests. */
    GUARDED
  }

  private final Graph graph;
  private final Kind kind;
  private final int batch;
  private final Lowering.Result lowered;
  private final Arena arena;

  private Plan(Graph graph, Kind kind, int batch, Placement placement) {
    if (batch < 1) {
      throw new IllegalArgumentException("plan: batch must be at least 1, found " + batch);
    }
    this.graph = graph;
    this.kind = kind;
    this.batch = batch;
    this.lowered = Lowering.lower(graph, kind == Kind.FORWARD_BACKWARD);
    // the input stays: w + eps z and w - eps z read the same pixels, gathered once
    this.arena =
        placement == Placement.GUARDED
            ? Arena.guarded(lowered.values(), batch)
            : Arena.reused(lowered.ops(), lowered.values(), batch, List.of(lowered.input()));
  }

  public static Plan forward(Graph graph, int batch) {
    return new Plan(graph, Kind.FORWARD, batch, Placement.REUSED);
  }

  public static Plan forwardBackward(Graph graph, int batch) {
    return new Plan(graph, Kind.FORWARD_BACKWARD, batch, Placement.REUSED);
  }

  public static Plan of(Graph graph, Kind kind, int batch, Placement placement) {
    return new Plan(graph, kind, batch, placement);
  }

  public Graph graph() {
    return graph;
  }

  public Kind kind() {
    return kind;
  }

  /** B, the samples of one pass. */
  public int batch() {
    return batch;
  }

  public List<Op> ops() {
    return lowered.ops();
  }

  public List<Value> values() {
    return lowered.values();
  }

  /** The image batch, [B,H,W,C]; it keeps its content from pass to pass. */
  public Value input() {
    return lowered.input();
  }

  /** [B, classes]. */
  public Value logits() {
    return lowered.logits();
  }

  /** First element of a value in the arena. */
  public long offset(Value value) {
    return arena.offsets()[value.id()];
  }

  /** fp32 elements of a value for the whole batch. */
  public long elements(Value value) {
    return value.perSample() * batch;
  }

  /** fp32 elements of the arena. */
  public long arenaElements() {
    return arena.elements();
  }

  /** Elements of guard before and after every value; 0 unless the plan is guarded. */
  public int guard() {
    return arena.guard();
  }

  /** Refuses work that this plan was not lowered for. */
  public void requireKind(Kind needed, String work) {
    if (kind != needed) {
      throw new IllegalStateException(
          work + ": needs a plan of kind " + needed + ", this one is " + kind);
    }
  }

  /** Refuses no samples, and more than one pass takes. */
  public void requireFits(int[] samples) {
    if (samples.length < 1 || samples.length > batch) {
      throw new IllegalArgumentException(
          "expected 1 to %d samples (the plan's batch), found %d".formatted(batch, samples.length));
    }
  }

  /**
   * Bytes that a client needs beside the images: for a probe the two perturbed copies of the
   * weights and the arena, for training weights, gradients, optimizer state and the arena.
   */
  public long clientBytes() {
    int copies = kind == Kind.FORWARD ? 2 : 3;
    return Float.BYTES * (copies * graph.layout().length() + arena.elements());
  }

  /**
   * An activation or gradient of a plan, before it has a place in the arena.
   *
   * @param id position in {@link Plan#values()}
   * @param name for messages: the node that makes it
   * @param perSample fp32 elements of one sample; a batch holds them one sample after the other
   */
  public record Value(int id, String name, long perSample) {}
}
