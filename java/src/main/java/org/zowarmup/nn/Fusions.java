package org.zowarmup.nn;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Relu;

/**
 * Nodes that run as one step: a group norm takes in the residual add and the relu after it, an add
 * the relu after it, so that an activation is read and written once. A node is only taken in when
 * nothing else reads the values between.
 *
 * @param steps steps of more than one node, by the id of the node at whose place they run
 * @param absorbed nodes that have no step of their own
 */
record Fusions(Map<Integer, Step> steps, Set<Integer> absorbed) {
  static final int NONE = -2;

  /**
   * A step of one or more nodes.
   *
   * @param node whose layer the step computes
   * @param residual id of the node whose output is added, or {@link #NONE}
   * @param relu whether a relu follows
   * @param output id of the node whose output the step makes
   */
  record Step(Graph.Node node, int residual, boolean relu, int output) {}

  /** The step at the place of a node. */
  Step at(Graph.Node node) {
    return steps.getOrDefault(node.id(), new Step(node, NONE, false, node.id()));
  }

  static Fusions of(Graph graph) {
    List<Graph.Node> nodes = graph.nodes();
    Map<Integer, Integer> onlyConsumer = onlyConsumers(nodes);
    Fusions fusions = new Fusions(new HashMap<>(), new HashSet<>());
    for (Graph.Node node : nodes) {
      if (node.layer() instanceof Add) {
        fusions.fuseAdd(nodes, onlyConsumer, node);
      }
    }
    for (Graph.Node node : nodes) {
      if (node.layer() instanceof GroupNorm && !fusions.absorbed.contains(node.id())) {
        int relu = reluAfter(nodes, onlyConsumer, node.id());
        fusions.take(node, NONE, relu, node.id());
      }
    }
    return fusions;
  }

  /** The one consumer of each node that has exactly one. */
  private static Map<Integer, Integer> onlyConsumers(List<Graph.Node> nodes) {
    Map<Integer, Integer> consumer = new HashMap<>();
    Set<Integer> several = new HashSet<>();
    for (Graph.Node node : nodes) {
      for (int input : node.inputs()) {
        if (consumer.put(input, node.id()) != null) {
          several.add(input);
        }
      }
    }
    consumer.keySet().removeAll(several);
    return consumer;
  }

  private void fuseAdd(List<Graph.Node> nodes, Map<Integer, Integer> onlyConsumer, Graph.Node add) {
    int relu = reluAfter(nodes, onlyConsumer, add.id());
    int a = add.inputs().get(0);
    int b = add.inputs().get(1);
    if (isFusable(nodes, onlyConsumer, a)) {
      absorbed.add(a);
      take(nodes.get(a), b, relu, add.id());
    } else if (isFusable(nodes, onlyConsumer, b)) {
      absorbed.add(b);
      take(nodes.get(b), a, relu, add.id());
    } else if (relu != NONE) {
      take(add, NONE, relu, add.id());
    }
  }

  private static boolean isFusable(
      List<Graph.Node> nodes, Map<Integer, Integer> onlyConsumer, int id) {
    return id != Graph.INPUT
        && onlyConsumer.containsKey(id)
        && nodes.get(id).layer() instanceof GroupNorm;
  }

  private void take(Graph.Node node, int residual, int relu, int place) {
    boolean withRelu = relu != NONE;
    if (withRelu) {
      absorbed.add(relu);
    }
    steps.put(place, new Step(node, residual, withRelu, withRelu ? relu : place));
  }

  private static int reluAfter(List<Graph.Node> nodes, Map<Integer, Integer> onlyConsumer, int id) {
    Integer next = onlyConsumer.get(id);
    return next != null && nodes.get(next).layer() instanceof Relu ? next : NONE;
  }
}
