package org.zowarmup.export;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.zowarmup.data.Normalization;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.export.OnnxFile.Attribute;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Attention;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Embedding;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Gelu;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Layer;
import org.zowarmup.nn.op.LayerNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;
import org.zowarmup.nn.op.Select;
import org.zowarmup.record.weights.Safetensors.Tensor;

/**
 * A network in ONNX's operators. Weights keep PyTorch's names, shapes and order, so images are [N,
 * C, H, W] inside, tokens [N, tokens, C].
 */
final class OnnxNetwork {
  static final String INPUT = "images";
  static final String OUTPUT = "logits";

  private static final int LEVELS = 255;

  /** How a value lies in an ONNX tensor. */
  private enum Form {
    /** [N, C, H, W] */
    IMAGE,
    /** [N, H * W, C] */
    TOKENS,
    /** [N, H * W * C], the order in which the program stores a sample */
    FLAT
  }

  /**
   * A value of the model.
   *
   * @param shape of a sample; what a flatten makes one row of keeps the shape that it had
   */
  private record Value(String name, Form form, Shape shape) {}

  private final OnnxFile file = new OnnxFile();
  private final List<Value> values = new ArrayList<>();
  private final Graph graph;
  private int conversions;

  private OnnxNetwork(Graph graph) {
    this.graph = graph;
  }

  /**
   * The bytes of a model whose input is {@value INPUT} and whose output is {@value OUTPUT}, [N,
   * classes].
   *
   * @param weights with PyTorch's names, shapes and order
   * @param rawOrNull where the input is to be pixels as they are, uint8 [N, H, W, C], the
   *     normalization that the model begins with; null for normalized floats [N, C, H, W]
   * @param about free text by name
   * @throws UserErrorException for a layer that ONNX has no operator for: a user's own
   */
  static byte[] bytes(
      Graph graph,
      List<Tensor> weights,
      Normalization rawOrNull,
      String version,
      Map<String, String> about) {
    OnnxNetwork network = new OnnxNetwork(graph);
    weights.forEach(t -> network.file.floats(t.name(), t.shape(), t.values()));
    Value images = network.input(rawOrNull);
    for (Graph.Node node : graph.nodes()) {
      List<Value> reads = new ArrayList<>();
      node.inputs().forEach(i -> reads.add(i == Graph.INPUT ? images : network.values.get(i)));
      network.values.add(network.layer(node, reads));
    }
    Value last = network.flat(network.values.get(graph.nodes().size() - 1));
    network.file.node("Identity", OUTPUT, List.of(last.name()));
    network.file.output(OUTPUT, graph.classes());
    return network.file.bytes(graph.name(), version, about);
  }

  private Value input(Normalization rawOrNull) {
    Shape s = graph.input();
    if (rawOrNull == null) {
      file.input(INPUT, OnnxFile.FLOAT, s.channels(), s.height(), s.width());
      return new Value(INPUT, Form.IMAGE, s);
    }
    int[] channels = {s.channels(), 1, 1};
    file.input(INPUT, OnnxFile.UINT8, s.height(), s.width(), s.channels());
    file.floats("pixels/levels", new int[0], LEVELS);
    file.floats("pixels/mean", channels, rawOrNull.mean());
    file.floats("pixels/std", channels, rawOrNull.std());
    file.node("Transpose", "pixels/planes", List.of(INPUT), Attribute.ints("perm", 0, 3, 1, 2));
    long type = OnnxFile.FLOAT;
    file.node("Cast", "pixels/floats", List.of("pixels/planes"), Attribute.of("to", type));
    file.node("Div", "pixels/scaled", List.of("pixels/floats", "pixels/levels"));
    file.node("Sub", "pixels/centered", List.of("pixels/scaled", "pixels/mean"));
    file.node("Div", "pixels/normalized", List.of("pixels/centered", "pixels/std"));
    return new Value("pixels/normalized", Form.IMAGE, s);
  }

  private Value layer(Graph.Node node, List<Value> reads) {
    Layer layer = node.layer();
    Value x = reads.get(0);
    if (layer instanceof Conv conv) {
      return conv(node, conv, x);
    } else if (layer instanceof GroupNorm norm) {
      Value image = image(x, node.inputShape());
      return emit(
          node,
          "GroupNormalization",
          image,
          Attribute.of("num_groups", (long) norm.groups()),
          Attribute.of("epsilon", norm.epsilon()));
    } else if (layer instanceof LayerNorm norm) {
      Value rows = tokens(x, node.inputShape());
      return emit(
          node,
          "LayerNormalization",
          rows,
          Attribute.of("axis", -1L),
          Attribute.of("epsilon", norm.epsilon()));
    } else if (layer instanceof Relu) {
      return emit(node, "Relu", x);
    } else if (layer instanceof Gelu) {
      return emit(node, "Gelu", x, Attribute.of("approximate", "tanh"));
    } else if (layer instanceof Add) {
      return add(node, x, reads.get(1));
    } else if (layer instanceof Pool pool) {
      return pool(node, pool, x);
    } else if (layer instanceof Flatten) {
      return x;
    } else if (layer instanceof Linear linear) {
      return linear(node, linear, x);
    } else if (layer instanceof Linear.PerToken) {
      return perToken(node, x);
    } else if (layer instanceof Embedding embedding) {
      return embedding(node, embedding, x);
    } else if (layer instanceof Attention attention) {
      return attention(node, attention, x);
    } else if (layer instanceof Select select) {
      return select(node, select, x);
    }
    throw new UserErrorException(
        "layer %s: expected one of the program's own layers, which ONNX has operators for, found %s; export with --to npz or safetensors"
            .formatted(node.name(), layer.getClass().getName()));
  }

  private static String name(Graph.Node node, String part) {
    return node.name() + "/" + part;
  }

  /** The operator of a layer that keeps form and shape, on a value and the node's parameters. */
  private Value emit(Graph.Node node, String operator, Value x, Attribute... attributes) {
    List<String> reads = new ArrayList<>(List.of(x.name()));
    node.parameters().stream().map(ParameterTensor::name).forEach(reads::add);
    file.node(operator, name(node, "out"), reads, attributes);
    return new Value(name(node, "out"), x.form(), x.shape());
  }

  private Value conv(Graph.Node node, Conv conv, Value x) {
    long k = conv.kernel();
    long p = conv.padding();
    Value y =
        emit(
            node,
            "Conv",
            image(x, node.inputShape()),
            Attribute.ints("kernel_shape", k, k),
            Attribute.ints("strides", conv.stride(), conv.stride()),
            Attribute.ints("pads", p, p, p, p));
    return new Value(y.name(), Form.IMAGE, node.shape());
  }

  private Value add(Graph.Node node, Value a, Value b) {
    boolean alike = a.form() == b.form() && a.shape().equals(b.shape());
    Value x = alike ? a : flat(a);
    Value y = alike ? b : flat(b);
    file.node("Add", name(node, "out"), List.of(x.name(), y.name()));
    return new Value(name(node, "out"), x.form(), x.shape());
  }

  private Value pool(Graph.Node node, Pool pool, Value x) {
    Shape in = node.inputShape();
    if (x.form() == Form.TOKENS && pool.kernel() == Pool.WHOLE && isAverage(pool)) {
      file.longs(name(node, "axes"), 1);
      file.node(
          "ReduceMean",
          name(node, "out"),
          List.of(x.name(), name(node, "axes")),
          Attribute.of("keepdims", 0L));
      return new Value(name(node, "out"), Form.FLAT, node.shape());
    }
    Value y =
        emit(
            node,
            isAverage(pool) ? "AveragePool" : "MaxPool",
            image(x, in),
            Attribute.ints("kernel_shape", pool.windowHeight(in), pool.windowWidth(in)),
            Attribute.ints("strides", pool.stride(), pool.stride()));
    return new Value(y.name(), Form.IMAGE, node.shape());
  }

  private static boolean isAverage(Pool pool) {
    return pool.kind() == Pool.Kind.AVERAGE;
  }

  /** PyTorch's weights after a flatten read channels first. */
  private Value linear(Graph.Node node, Linear linear, Value x) {
    Value row = linear.flattened() == null ? flat(x) : channelsFirst(x, linear.flattened());
    Value y = emit(node, "Gemm", row, Attribute.of("transB", 1L));
    return new Value(y.name(), Form.FLAT, node.shape());
  }

  private Value channelsFirst(Value x, Shape shape) {
    String flattened = fresh(x);
    file.node("Flatten", flattened, List.of(image(x, shape).name()));
    return new Value(flattened, Form.FLAT, Shape.flat(shape.elements()));
  }

  private Value perToken(Graph.Node node, Value x) {
    String transposed = name(node, "weight");
    file.node("Transpose", transposed, List.of(node.parameters().get(0).name()));
    Value in = tokens(x, node.inputShape());
    file.node("MatMul", name(node, "product"), List.of(in.name(), transposed));
    String bias = node.parameters().get(1).name();
    file.node("Add", name(node, "out"), List.of(name(node, "product"), bias));
    return new Value(name(node, "out"), Form.TOKENS, node.shape());
  }

  private Value embedding(Graph.Node node, Embedding embedding, Value x) {
    String all = tokens(x, node.inputShape()).name();
    String position = node.parameters().get(embedding.classToken() ? 1 : 0).name();
    if (embedding.classToken()) {
      // the token once for each sample of a batch of any size
      file.longs(name(node, "row"), 1, node.shape().channels());
      file.node(
          "Shape",
          name(node, "batch"),
          List.of(all),
          Attribute.of("start", 0L),
          Attribute.of("end", 1L));
      file.node(
          "Concat",
          name(node, "extents"),
          List.of(name(node, "batch"), name(node, "row")),
          Attribute.of("axis", 0L));
      String token = node.parameters().get(0).name();
      file.node("Expand", name(node, "class"), List.of(token, name(node, "extents")));
      file.node(
          "Concat",
          name(node, "tokens"),
          List.of(name(node, "class"), all),
          Attribute.of("axis", 1L));
      all = name(node, "tokens");
    }
    file.node("Add", name(node, "out"), List.of(all, position));
    return new Value(name(node, "out"), Form.TOKENS, node.shape());
  }

  private Value attention(Graph.Node node, Attention attention, Value x) {
    long heads = attention.heads();
    long width = node.shape().channels() / heads;
    file.longs(name(node, "parts"), 0, 0, 3, heads, width);
    file.node(
        "Reshape",
        name(node, "split"),
        List.of(tokens(x, node.inputShape()).name(), name(node, "parts")));
    List<String> qkv = new ArrayList<>();
    for (int part = 0; part < 3; part++) {
      String one = name(node, List.of("queries", "keys", "values").get(part));
      file.longs(one + "/index", part);
      file.node(
          "Gather",
          one + "/all",
          List.of(name(node, "split"), one + "/index"),
          Attribute.of("axis", 2L));
      // [N, tokens, 1, heads, width]; keys as the second factor are transposed
      file.longs(one + "/axis", 2);
      file.node("Squeeze", one + "/rows", List.of(one + "/all", one + "/axis"));
      long[] order = part == 1 ? new long[] {0, 2, 3, 1} : new long[] {0, 2, 1, 3};
      file.node("Transpose", one, List.of(one + "/rows"), Attribute.ints("perm", order));
      qkv.add(one);
    }
    file.floats(name(node, "scale"), new int[0], (float) (1 / Math.sqrt((double) width)));
    file.node("MatMul", name(node, "products"), qkv.subList(0, 2));
    file.node("Mul", name(node, "scores"), List.of(name(node, "products"), name(node, "scale")));
    file.node(
        "Softmax",
        name(node, "probabilities"),
        List.of(name(node, "scores")),
        Attribute.of("axis", -1L));
    file.node("MatMul", name(node, "heads"), List.of(name(node, "probabilities"), qkv.get(2)));
    file.node(
        "Transpose",
        name(node, "joined"),
        List.of(name(node, "heads")),
        Attribute.ints("perm", 0, 2, 1, 3));
    file.longs(name(node, "rows"), 0, 0, node.shape().channels());
    file.node("Reshape", name(node, "out"), List.of(name(node, "joined"), name(node, "rows")));
    return new Value(name(node, "out"), Form.TOKENS, node.shape());
  }

  private Value select(Graph.Node node, Select select, Value x) {
    file.longs(name(node, "index"), select.index());
    file.node(
        "Gather",
        name(node, "token"),
        List.of(tokens(x, node.inputShape()).name(), name(node, "index")),
        Attribute.of("axis", 1L));
    file.node("Flatten", name(node, "out"), List.of(name(node, "token")));
    return new Value(name(node, "out"), Form.FLAT, node.shape());
  }

  private String fresh(Value x) {
    return x.name() + "/" + ++conversions;
  }

  private Value flat(Value x) {
    if (x.form() == Form.FLAT) {
      return x;
    }
    String rows = x.name();
    if (x.form() == Form.IMAGE && x.shape().pixels() > 1) {
      rows = fresh(x);
      file.node("Transpose", rows, List.of(x.name()), Attribute.ints("perm", 0, 2, 3, 1));
    }
    String out = fresh(x);
    file.node("Flatten", out, List.of(rows));
    return new Value(out, Form.FLAT, Shape.flat(x.shape().elements()));
  }

  private Value image(Value x, Shape shape) {
    if (x.form() == Form.IMAGE && x.shape().equals(shape)) {
      return x;
    }
    String channelsLast = reshaped(flat(x), shape.height(), shape.width(), shape.channels());
    String out = fresh(x);
    file.node("Transpose", out, List.of(channelsLast), Attribute.ints("perm", 0, 3, 1, 2));
    return new Value(out, Form.IMAGE, shape);
  }

  private Value tokens(Value x, Shape shape) {
    if (x.form() == Form.TOKENS && x.shape().equals(shape)) {
      return x;
    }
    String out = reshaped(flat(x), shape.pixels(), shape.channels());
    return new Value(out, Form.TOKENS, shape);
  }

  /** A flat value with other extents of a sample. */
  private String reshaped(Value flat, long... extents) {
    String out = fresh(flat);
    long[] all = new long[extents.length + 1]; // 0 keeps the batch
    System.arraycopy(extents, 0, all, 1, extents.length);
    file.longs(out + "/extents", all);
    file.node("Reshape", out, List.of(flat.name(), out + "/extents"));
    return out;
  }
}
