package org.zowarmup.config;

import java.io.StringReader;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.comments.CommentLine;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;

/** What {@code defaults.yaml} says about each key in the comment behind it. */
final class KeyDocs {
  private final Map<String, String> comments = new HashMap<>();

  private KeyDocs() {}

  /**
   * @param yaml text of a config with comments
   */
  static KeyDocs of(String yaml) {
    LoaderOptions options = new LoaderOptions();
    options.setProcessComments(true);
    KeyDocs docs = new KeyDocs();
    docs.collect("", new Yaml(options).compose(new StringReader(yaml)));
    return docs;
  }

  private void collect(String path, Node node) {
    if (!(node instanceof MappingNode mapping)) {
      return;
    }
    for (NodeTuple tuple : mapping.getValue()) {
      String at = ConfigTree.join(path, ((ScalarNode) tuple.getKeyNode()).getValue());
      comments.put(at, text(tuple.getKeyNode()) + text(tuple.getValueNode()));
      collect(at, tuple.getValueNode());
    }
  }

  private static String text(Node node) {
    List<CommentLine> behind = node.getInLineComments();
    return behind == null
        ? ""
        : behind.stream().map(line -> line.getValue().strip()).collect(Collectors.joining(" "));
  }

  /** The comment of a key given by its dotted path, empty where there is none. */
  String about(String path) {
    return comments.getOrDefault(path, "");
  }
}
