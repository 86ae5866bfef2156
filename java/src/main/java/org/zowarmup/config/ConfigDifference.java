package org.zowarmup.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;

/**
 * A key that two configs disagree on.
 *
 * @param path names joined by dots
 * @param before its value in the first, as YAML on one line
 * @param after its value in the second
 */
public record ConfigDifference(String path, String before, String after) {
  /** All keys whose values differ, in the order of their names. */
  public static List<ConfigDifference> between(RunConfig before, RunConfig after) {
    List<ConfigDifference> found = new ArrayList<>();
    collect("", ConfigTree.treeOf(before), ConfigTree.treeOf(after), found);
    return found;
  }

  private static void collect(
      String path, JsonNode before, JsonNode after, List<ConfigDifference> found) {
    if (before.equals(after)) {
      return;
    }
    if (!before.isObject() || !after.isObject()) {
      found.add(new ConfigDifference(path, show(before), show(after)));
      return;
    }
    TreeSet<String> names = new TreeSet<>();
    for (Iterator<String> it = before.fieldNames(); it.hasNext(); ) {
      names.add(it.next());
    }
    for (Iterator<String> it = after.fieldNames(); it.hasNext(); ) {
      names.add(it.next());
    }
    for (String name : names) {
      collect(ConfigTree.join(path, name), before.path(name), after.path(name), found);
    }
  }

  private static String show(JsonNode node) {
    return node instanceof MissingNode ? "nothing" : node.isNull() ? "null" : node.toString();
  }

  @Override
  public String toString() {
    return path + " was " + before + " and is " + after;
  }
}
