package org.zowarmup.nn;

import java.util.ArrayList;
import java.util.List;

/**
 * Makes tokens of embedded patches (Dosovitskiy et al. 2021, arXiv 2010.11929): the pixels of the
 * input in row-major order, a learned class token before them where asked, and a learned position
 * added to each. Parameters are named {@code cls_token} and {@code pos_embed}, without the node's
 * name, as timm names them; a graph holds one such layer.
 */
public record TokenEmbedding(boolean classToken) implements Layer {
  private static final Initialization INITIALIZATION = new Initialization.TruncatedNormal(0.02);

  @Override
  public Shape outputShape(String node, List<Shape> inputs) {
    Shape in = inputs.get(0);
    return new Shape(1, in.pixels() + (classToken ? 1 : 0), in.channels());
  }

  @Override
  public List<ParameterSpec> parameters(List<Shape> inputs) {
    Shape out = outputShape("", inputs);
    List<ParameterSpec> specs = new ArrayList<>();
    if (classToken) {
      specs.add(embedding("cls_token", 1, out.channels()));
    }
    specs.add(embedding("pos_embed", out.pixels(), out.channels()));
    return specs;
  }

  private static ParameterSpec embedding(String name, int tokens, int channels) {
    return new ParameterSpec(name, List.of(1, tokens, channels), INITIALIZATION, TorchOrder.SAME);
  }

  @Override
  public String parameterName(String node, ParameterSpec spec) {
    return spec.suffix();
  }

  @Override
  public long flops(List<Shape> inputs, Shape output) {
    return output.elements();
  }
}
