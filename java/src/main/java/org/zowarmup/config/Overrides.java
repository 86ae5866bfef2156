package org.zowarmup.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import org.zowarmup.error.ConfigException;

/** Turns {@code section.key=value} words of a command line into a tree; the last word wins. */
final class Overrides {
  private Overrides() {}

  static ObjectNode parse(List<String> words) {
    ObjectNode tree = ConfigTree.object();
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals < 0) {
        throw new ConfigException(
            word, "expected key=value with a dotted key, such as zo.epsilon=1e-3; found no '='");
      }
      String path = word.substring(0, equals).strip();
      List<String> keys = Arrays.asList(path.split("\\.", -1));
      if (keys.stream().anyMatch(String::isBlank)) {
        throw new ConfigException(
            word, "expected a dotted key before '=', such as zo.epsilon; found '" + path + "'");
      }
      ObjectNode layer = ConfigTree.object();
      ObjectNode section = layer;
      for (String key : keys.subList(0, keys.size() - 1)) {
        section = section.putObject(key);
      }
      section.set(keys.get(keys.size() - 1), value(path, word.substring(equals + 1)));
      tree = ConfigLayers.merge(tree, layer);
    }
    return tree;
  }

  private static JsonNode value(String path, String yaml) {
    try {
      JsonNode value = YamlReader.parse(yaml);
      return value.isMissingNode() ? NullNode.getInstance() : value;
    } catch (JsonProcessingException e) {
      throw new ConfigException(
          path,
          "expected a YAML value, found " + ConfigTree.show(yaml) + ": " + YamlReader.problem(e));
    }
  }
}
