package org.zowarmup.config;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.zowarmup.error.ConfigException;

/**
 * The section {@code own}: keys of methods and data sources that come from a user's jars, by the
 * name of each. Such a plug-in is a record of its keys, as a kind of model is.
 *
 * @param sections name to keys; a copy, changing it changes nothing here
 */
public record OwnKeys(@JsonValue ObjectNode sections) {
  static final String PATH = "own";

  /** Of no plug-in. */
  static final OwnKeys NONE = new OwnKeys(ConfigTree.object());

  public OwnKeys {
    sections = sections.deepCopy();
  }

  @Override
  public ObjectNode sections() {
    return sections.deepCopy();
  }

  /** The keys that are given for a plug-in, as text; empty for none. */
  public String text(String name) {
    return sections.path(name).toString();
  }

  /**
   * The plug-in with its keys; one that is no record has none and is returned as it is.
   *
   * @param plugin a record with its defaults
   * @throws ConfigException with the full path of a key that is unknown or does not fit
   */
  public <T> T bind(String name, T plugin) {
    if (!(plugin instanceof Record) || !sections.has(name)) {
      return plugin;
    }
    ObjectNode base = ConfigTree.treeOf(plugin);
    ObjectNode own = (ObjectNode) sections.get(name);
    String path = ConfigTree.join(PATH, name);
    @SuppressWarnings("unchecked")
    Class<T> type = (Class<T>) plugin.getClass();
    return new TreeBinder(ConfigLayers.merge(base, own), base, path, "Keys of " + path).bind(type);
  }

  /**
   * Refuses a section of no plug-in that has keys.
   *
   * @param known those that have keys, by name
   */
  public void requireKnown(Map<String, ?> known) {
    for (Map.Entry<String, ?> section : sections.properties()) {
      if (!known.containsKey(section.getKey())) {
        List<String> names = new ArrayList<>(known.keySet());
        throw new ConfigException(
            ConfigTree.join(PATH, section.getKey()),
            "expected the name of a method or data source with keys of its own, of which there %s; found %s"
                .formatted(
                    names.isEmpty() ? "is none" : "are " + String.join(", ", names),
                    section.getKey()));
      }
    }
  }

  /** These keys and the defaults of those that are not given. */
  OwnKeys filled(Map<String, ?> plugins) {
    ObjectNode all = sections();
    plugins.forEach((name, plugin) -> all.set(name, ConfigTree.treeOf(bind(name, plugin))));
    return new OwnKeys(all);
  }
}
