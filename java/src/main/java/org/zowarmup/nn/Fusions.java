package org.zowarmup.nn;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which nodes run as one step: a group norm takes in the residual add and the relu behind it, an
 * add the relu behind it, so that an activation is read and written once. A node is only taken in
 * when nothing else reads what lies between.
 *
 * @param norms group norms with what they take in, by the node at whose place the step stands
 * @param reluAfterAdd relu taken in by an add that stands alone, by the add's id
 * @param absorbed nodes that have no step of their own
 */
record Fusions(
    Map<Integer, Norm> norms, Map<Integer, Integer> reluAfterAdd, Set<Integer> absorbed) {
  private static final int NONE = -2;

  /**
   * A group norm with its tail.
   *
   * @param residual id of the node whose output is added
   * @param output id of the node whose output the step makes
   */
  record Norm(Node norm, int residual, boolean relu, int output) {
    boolean hasResidual() {
      return residual != NONE;
    }
  }

  static Fusions of(Graph graph) {
    List<Node> nodes = graph.nodes();
    Map<Integer, Integer> onlyConsumer = onlyConsumers(nodes);
    Fusions fusions = new Fusions(new HashMap<>(), new HashMap<>(), new HashSet<>());
    for (Node node : nodes) {
      if (node.layer() instanceof Add) {
        fusions.fuseAdd(nodes, onlyConsumer, node);
      }
    }
    for (Node node : nodes) {
      if (node.layer() instanceof GroupNorm && !fusions.absorbed.contains(node.id())) {
        int relu = reluBehind(nodes, onlyConsumer, node.id());
        fusions.take(node, NONE, relu, node.id());
      }
    }
    return fusions;
  }

  /** The one consumer of each node that has exactly one. */
  private static Map<Integer, Integer> onlyConsumers(List<Node> nodes) {
    Map<Integer, Integer> consumer = new HashMap<>();
    Set<Integer> several = new HashSet<>();
    for (Node node : nodes) {
      for (int input : node.inputs()) {
        if (consumer.put(input, node.id()) != null) {
          several.add(input);
        }
      }
    }
    consumer.keySet().removeAll(several);
    return consumer;
  }

  private void fuseAdd(List<Node> nodes, Map<Integer, Integer> onlyConsumer, Node add) {
    int relu = reluBehind(nodes, onlyConsumer, add.id());
    int a = add.inputs().get(0);
    int b = add.inputs().get(1);
    if (isFusable(nodes, onlyConsumer, a)) {
      absorbed.add(a);
      take(nodes.get(a), b, relu, add.id());
    } else if (isFusable(nodes, onlyConsumer, b)) {
      absorbed.add(b);
      take(nodes.get(b), a, relu, add.id());
    } else if (relu != NONE) {
      reluAfterAdd.put(add.id(), relu);
      absorbed.add(relu);
    }
  }

  private static boolean isFusable(List<Node> nodes, Map<Integer, Integer> onlyConsumer, int id) {
    return id != Graph.INPUT
        && onlyConsumer.containsKey(id)
        && nodes.get(id).layer() instanceof GroupNorm;
  }

  private void take(Node norm, int residual, int relu, int place) {
    boolean withRelu = relu != NONE;
    if (withRelu) {
      absorbed.add(relu);
    }
    norms.put(place, new Norm(norm, residual, withRelu, withRelu ? relu : place));
  }

  private static int reluBehind(List<Node> nodes, Map<Integer, Integer> onlyConsumer, int id) {
    Integer next = onlyConsumer.get(id);
    return next != null && nodes.get(next).layer() instanceof Relu ? next : NONE;
  }
}
