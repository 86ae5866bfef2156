package org.zowarmup.bench;

import java.util.Arrays;
import java.util.List;
import org.zowarmup.error.ConfigException;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.models.Model;
import org.zowarmup.plugin.Plugins;

/** The networks that are measured, each with its defaults and 10 classes. */
public enum BenchModel {
  /** The quickstart's: d = 9,122; a round there has 50 clients with 12 seeds. */
  CNN("cnn", 28, 1, 600),
  /** The paper's, on CIFAR-10 images: d = 11.2 million; 50 clients with 3 seeds. */
  RESNET18("resnet18", 32, 3, 150),
  /** Tokens instead of pixels, on CIFAR-10 images: d = 2.7 million. */
  VIT_TINY("vit-tiny", 32, 3, 150);

  private static final int CLASSES = 10;

  private final String kind;
  private final int side;
  private final int channels;
  private final int roundTerms;

  BenchModel(String kind, int side, int channels, int roundTerms) {
    this.kind = kind;
    this.side = side;
    this.channels = channels;
    this.roundTerms = roundTerms;
  }

  /**
   * The model of a kind.
   *
   * @throws ConfigException naming {@code model} when it is not measured
   */
  public static BenchModel of(String kind) {
    return Arrays.stream(values())
        .filter(model -> model.kind.equals(kind))
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigException(
                    "model", "expected one of " + String.join(", ", kinds()) + "; found " + kind));
  }

  public static List<String> kinds() {
    return Arrays.stream(values()).map(BenchModel::kind).toList();
  }

  /** The value of {@code model.kind}. */
  public String kind() {
    return kind;
  }

  /** Shape of one image. */
  public Shape input() {
    return new Shape(side, side, channels);
  }

  /** (seed, coefficient) pairs of one zeroth-order round, which one update applies. */
  public int roundTerms() {
    return roundTerms;
  }

  public Graph graph() {
    return Plugins.find(Model.class, Model::kind, "model.kind", kind).build(input(), CLASSES);
  }

  /** d, padding not counted. */
  public long parameters() {
    return graph().layout().parameters();
  }
}
