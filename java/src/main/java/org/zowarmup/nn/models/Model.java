package org.zowarmup.nn.models;

import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;

/**
 * A model. A kind of model is a record: its components are the keys of the section {@code model},
 * with {@link org.zowarmup.plugin.Key} and {@link org.zowarmup.plugin.Range}, and its public
 * constructor without arguments makes the defaults. {@link java.util.ServiceLoader} finds it.
 */
public interface Model {
  /** The value of {@code model.kind}. */
  String kind();

  /**
   * The graph for the given images.
   *
   * @throws org.zowarmup.nn.ShapeException when the images do not fit
   */
  Graph build(Shape input, int classes);
}
