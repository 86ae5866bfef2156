package org.zowarmup.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * One key that two configs disagree about.
 *
 * @param path dotted
 * @param left the value on one line, {@code nothing} where the key is missing
 */
public record ConfigDifference(String path, String left, String right) {
  /** The keys that two configs disagree about, in their order. */
  public static List<ConfigDifference> between(RunConfig left, RunConfig right) {
    List<ConfigDifference> differences = new ArrayList<>();
    collect(ConfigTree.treeOf(left), ConfigTree.treeOf(right), "", differences);
    return differences;
  }

  /**
   * The same of two resolved configs.
   *
   * @param left YAML, as a run folder keeps it
   * @param ignored dotted keys that may differ
   */
  public static List<ConfigDifference> between(
      String left, String right, Collection<String> ignored) {
    List<ConfigDifference> differences = new ArrayList<>();
    collect(
        YamlReader.readSections("config", left),
        YamlReader.readSections("config", right),
        "",
        differences);
    differences.removeIf(difference -> ignored.contains(difference.path()));
    return differences;
  }

  private static void collect(
      ObjectNode left, ObjectNode right, String path, List<ConfigDifference> differences) {
    Set<String> keys = new LinkedHashSet<>();
    for (ObjectNode side : List.of(left, right)) {
      for (Iterator<String> names = side.fieldNames(); names.hasNext(); ) {
        keys.add(names.next());
      }
    }
    for (String key : keys) {
      JsonNode one = left.get(key);
      JsonNode two = right.get(key);
      String at = ConfigTree.join(path, key);
      if (one instanceof ObjectNode inner && two instanceof ObjectNode other) {
        collect(inner, other, at, differences);
      } else if (one == null || !one.equals(two)) {
        differences.add(new ConfigDifference(at, show(one), show(two)));
      }
    }
  }

  private static String show(JsonNode value) {
    return value == null ? "nothing" : ConfigTree.flow(value);
  }

  /** For example {@code zo.seeds was 4 and is 8}. */
  public String change() {
    return path + " was " + left + " and is " + right;
  }

  /** For example {@code zo.seeds: 4 and 8}. */
  @Override
  public String toString() {
    return path + ": " + left + " and " + right;
  }
}
