package org.zowarmup.nn.models;

import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;

/**
 * A kind of model, found by {@link java.util.ServiceLoader}.
 *
 * @param <C> its config record; the constructor checks the ranges
 */
public interface ModelProvider<C extends Record> {
  /** The value of {@code model.kind}. */
  String kind();

  Class<C> configType();

  /** What holds for keys that the config does not name. */
  C defaults();

  /**
   * The graph for the given images.
   *
   * @throws org.zowarmup.nn.ShapeException when the images do not fit
   */
  Graph build(C config, Shape input, int classes);
}
