package org.zowarmup.config;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.zowarmup.error.ConfigException;

/**
 * Memory of the clients: which part of them has how much.
 *
 * @param shares bytes and part, in the order of the config; the parts add up to 1
 */
public record MemoryBudgets(Map<String, Double> shares) {
  private static final Pattern SIZE =
      Pattern.compile("(\\d+(?:\\.\\d+)?) ?(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)");
  private static final List<String> DECIMAL = List.of("B", "kB", "MB", "GB", "TB");
  private static final List<String> BINARY = List.of("B", "KiB", "MiB", "GiB", "TiB");
  private static final double ROUNDING = 1e-9;

  static final String EXPECTED =
      "sizes with their parts of the clients such as {8GB: 0.1, 64MB: 0.9}";

  /** Null where the node is no such section. */
  static MemoryBudgets read(JsonNode node) {
    Map<String, Double> shares = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> share : node.properties()) {
      if (!ConfigTree.isFinite(share.getValue())) {
        return null;
      }
      shares.put(share.getKey(), share.getValue().doubleValue());
    }
    return node.isObject() ? new MemoryBudgets(shares) : null;
  }

  /** So many clients with so many bytes. */
  public record Group(int clients, long bytes) {}

  public MemoryBudgets {
    shares = new LinkedHashMap<>(shares);
  }

  /**
   * Refuses what is no size or no part.
   *
   * @throws ConfigException with the path {@code memory}
   */
  void check() {
    double sum = 0;
    for (Map.Entry<String, Double> share : shares.entrySet()) {
      if (bytes(share.getKey()).isEmpty()) {
        throw new ConfigException(
            "memory",
            "expected sizes such as 64MB or 8GiB, found " + ConfigTree.show(share.getKey()));
      }
      if (!(share.getValue() > 0 && share.getValue() <= 1)) {
        throw new ConfigException(
            "memory",
            "expected parts above 0, at most 1; found %s for %s"
                .formatted(share.getValue(), share.getKey()));
      }
      sum += share.getValue();
    }
    if (!(Math.abs(sum - 1) < ROUNDING)) {
      throw new ConfigException("memory", "expected parts that add up to 1, found a sum of " + sum);
    }
  }

  /** A whole number of bytes from text such as {@code 64MB}; empty if it is none. */
  static Optional<Long> bytes(String size) {
    Matcher matcher = SIZE.matcher(size);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    int power = DECIMAL.indexOf(matcher.group(2));
    double unit =
        power >= 0
            ? StrictMath.pow(1000, power)
            : StrictMath.pow(1024, BINARY.indexOf(matcher.group(2)));
    return Optional.of((long) (Double.parseDouble(matcher.group(1)) * unit));
  }

  /** The number of clients with each budget: running sums rounded, so they add up. */
  public List<Group> groups(int clients) {
    List<Group> groups = new ArrayList<>();
    double sum = 0;
    int before = 0;
    for (Map.Entry<String, Double> share : shares.entrySet()) {
      sum += share.getValue();
      int upTo = Math.min(clients, (int) StrictMath.floor(clients * sum + 0.5));
      groups.add(new Group(upTo - before, bytes(share.getKey()).orElseThrow()));
      before = upTo;
    }
    return groups;
  }

  /** As a config has it: {@code {8GB: 0.1, 64MB: 0.9}}. */
  @JsonValue
  public Map<String, Double> json() {
    return shares;
  }
}
