package org.zowarmup.examples;

import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.models.Model;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/** A model with a layer of one's own. */
public record SwishNet(@Key("outputs of the hidden layer") @Range(min = 1, max = 4096) int hidden)
    implements Model {
  /** The defaults. */
  public SwishNet() {
    this(32);
  }

  @Override
  public String kind() {
    return "swish-net";
  }

  @Override
  public Graph build(Shape input, int classes) {
    Graph.Builder graph = Graph.builder(kind(), input);
    int x = graph.add("flatten", new Flatten(), Graph.INPUT);
    x = graph.add("hidden", new Linear(hidden, input), x);
    x = graph.add("swish", new Swish(), x);
    graph.add("fc", new Linear(classes), x);
    return graph.build(new Loss(classes));
  }
}
