package org.zowarmup.config;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.zowarmup.error.ConfigException;

/**
 * What images are normalized by: a name, or numbers.
 *
 * @param name one of {@link #NAMES}; empty where numbers are given
 * @param mean of each channel, in units of pixel value / 255; empty with a name
 * @param std likewise
 */
public record Normalize(String name, List<Double> mean, List<Double> std) {
  public static final String OWN = "own";
  public static final String WEIGHTS = "weights";
  static final String EXPECTED =
      "own, weights, unit, half, imagenet, cifar10, cifar100, mnist, fashion-mnist, clip, or"
          + " {mean: [0.5], std: [0.25]} with one number a channel";

  /** The constants of torchvision, timm and the field's scripts, by the names they have there. */
  private static final Map<String, Normalize> CONSTANTS = new LinkedHashMap<>();

  static {
    constant("unit", new double[] {0}, new double[] {1});
    constant("half", new double[] {0.5}, new double[] {0.5});
    constant("imagenet", new double[] {0.485, 0.456, 0.406}, new double[] {0.229, 0.224, 0.225});
    constant(
        "cifar10", new double[] {0.4914, 0.4822, 0.4465}, new double[] {0.2023, 0.1994, 0.2010});
    constant(
        "cifar100", new double[] {0.5071, 0.4867, 0.4408}, new double[] {0.2675, 0.2565, 0.2761});
    constant("mnist", new double[] {0.1307}, new double[] {0.3081});
    constant("fashion-mnist", new double[] {0.2860}, new double[] {0.3530});
    constant(
        "clip",
        new double[] {0.48145466, 0.4578275, 0.40821073},
        new double[] {0.26862954, 0.26130258, 0.27577711});
  }

  /** Constants in units of a pixel's levels, 0 to 255, are a common slip. */
  private static final double MOST_STD = 2;

  private static final Set<String> NAMES = Set.of(OWN, WEIGHTS);

  public Normalize {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
  }

  private static void constant(String name, double[] mean, double[] std) {
    CONSTANTS.put(name, new Normalize("", list(mean), list(std)));
  }

  private static List<Double> list(double[] values) {
    return java.util.Arrays.stream(values).boxed().toList();
  }

  /** Null where the node is none of these. */
  static Normalize read(JsonNode node) {
    if (node.isTextual()) {
      String name = node.textValue();
      boolean known = NAMES.contains(name) || CONSTANTS.containsKey(name);
      return known ? new Normalize(name, List.of(), List.of()) : null;
    }
    List<Double> mean = numbers(node.path("mean"));
    List<Double> std = numbers(node.path("std"));
    boolean sound = node.size() == 2 && mean != null && std != null;
    return sound ? new Normalize("", mean, std) : null;
  }

  private static List<Double> numbers(JsonNode node) {
    List<Double> numbers = new ArrayList<>();
    for (JsonNode number : node) {
      if (!ConfigTree.isFinite(number)) {
        return null;
      }
      numbers.add(number.doubleValue());
    }
    return node.isArray() && !numbers.isEmpty() ? numbers : null;
  }

  private static boolean isIn(double number, double least, double most) {
    return (float) number >= least && (float) number <= most;
  }

  /** As a config has it. */
  @JsonValue
  Object json() {
    return name.isEmpty() ? Map.of("mean", mean, "std", std) : name;
  }

  /** Whether it is this name. */
  public boolean is(String other) {
    return name.equals(other);
  }

  /**
   * The numbers that are named or given.
   *
   * @return mean and std, each one number a channel
   * @throws ConfigException where there are not as many as channels (or one), or a std is not above
   *     0
   */
  public float[][] numbers(int channels) {
    Normalize values = name.isEmpty() ? this : CONSTANTS.get(name);
    if (values.mean.size() != values.std.size()
        || (values.mean.size() != channels && values.mean.size() != 1)
        || values.std.stream().anyMatch(deviation -> !isIn(deviation, Float.MIN_VALUE, MOST_STD))
        || values.mean.stream().anyMatch(mean -> !isIn(mean, -1, 1))) {
      throw new ConfigException(
          "data.normalize",
          "expected %d numbers (one a channel of the images) as mean, and as many above 0 as std, in units of pixel / 255; found %s"
              .formatted(channels, name.isEmpty() ? mean + " and " + std : name));
    }
    float[][] both = new float[2][channels];
    for (int c = 0; c < channels; c++) {
      int from = values.mean.size() == 1 ? 0 : c;
      both[0][c] = (float) (double) values.mean.get(from);
      both[1][c] = (float) (double) values.std.get(from);
    }
    return both;
  }
}
