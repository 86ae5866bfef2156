package org.zowarmup.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.zowarmup.error.ConfigException;
import org.zowarmup.error.Printable;

/** Reads a config: the defaults, over them a file, over that the command line. */
public final class ConfigLoader {
  /** No section lies deeper, those of a user's own either. */
  private static final int MAX_PARTS = 64;

  private ConfigLoader() {}

  /**
   * @param file a YAML file with the keys that differ from the defaults
   * @param overrides words {@code section.key=value}, the value in YAML; the last one wins
   * @throws org.zowarmup.error.UserErrorException where a file, key or value is not what it should
   *     be
   */
  public static RunConfig load(Path file, List<String> overrides) {
    return layers(file, overrides).config();
  }

  /** The same, with where each value came from. */
  public static ConfigLayers layers(Path file, List<String> overrides) {
    return new ConfigLayers(
        List.of(
            new ConfigLayers.Layer("default", Defaults.tree()),
            new ConfigLayers.Layer(file.toString(), YamlReader.readFile(file)),
            new ConfigLayers.Layer("command line", overrides(overrides))));
  }

  /** The defaults, over them words {@code section.key=value}. */
  public static RunConfig ofWords(List<String> overrides) {
    return new ConfigLayers(
            List.of(
                new ConfigLayers.Layer("default", Defaults.tree()),
                new ConfigLayers.Layer("command line", overrides(overrides))))
        .config();
  }

  /**
   * Values laid over the defaults, in this order.
   *
   * @param layers each of {@link #text} or {@link #values}
   */
  public static ConfigLayers layers(List<ConfigLayers.Layer> layers) {
    List<ConfigLayers.Layer> all = new ArrayList<>();
    all.add(new ConfigLayers.Layer("default", Defaults.tree()));
    all.addAll(layers);
    return new ConfigLayers(all);
  }

  /**
   * A layer of YAML text.
   *
   * @param origin how messages call it
   */
  public static ConfigLayers.Layer text(String origin, String yaml) {
    return new ConfigLayers.Layer(origin, YamlReader.readSections(origin, yaml));
  }

  /** A layer of a YAML file. */
  public static ConfigLayers.Layer file(Path file) {
    return new ConfigLayers.Layer(file.toString(), YamlReader.readFile(file));
  }

  /** A layer of sections as maps, lists and plain values, or of a record of keys. */
  public static ConfigLayers.Layer values(String origin, Object values) {
    return new ConfigLayers.Layer(origin, (ObjectNode) tree(origin, values));
  }

  private static JsonNode tree(String path, Object values) {
    try {
      return ConfigTree.nodeOf(values);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          path,
          "expected numbers, texts, truth values, enums, and lists, maps or records of these; found %s of %s"
              .formatted(ConfigTree.oneLine(e.getMessage()), values.getClass().getName()),
          e);
    }
  }

  /**
   * A word of {@link #words}.
   *
   * @param value of a text, what YAML reads it as
   */
  public static String word(String key, Object value) {
    if (value instanceof CharSequence) {
      return key + "=" + value;
    }
    Object plain = value instanceof Path ? value.toString() : value;
    return key + "=" + ConfigTree.flow(tree(key, plain));
  }

  /** A layer of words {@code section.key=value}, the value in YAML; the last one wins. */
  public static ConfigLayers.Layer words(List<String> words) {
    return new ConfigLayers.Layer("given", overrides(words));
  }

  /** The defaults with their comments: the reference of all keys. */
  public static String defaultsText() {
    return Defaults.text();
  }

  /**
   * A path in a config.
   *
   * @param key dotted path of the key that holds the text
   * @param textOrNull null stays null
   * @throws ConfigException where the text can name no file on this system
   */
  public static Path pathOrNull(String key, String textOrNull) {
    if (textOrNull == null) {
      return null;
    }
    try {
      return Path.of(textOrNull);
    } catch (InvalidPathException e) {
      throw new ConfigException(
          key,
          "expected the name of a folder, found '%s' (%s)"
              .formatted(Printable.text(textOrNull), e.getReason()),
          e);
    }
  }

  /** Turns {@code section.key=value} words of a command line into a tree; the last word wins. */
  static ObjectNode overrides(List<String> words) {
    ObjectNode tree = ConfigTree.object();
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals < 0) {
        throw new ConfigException(
            word, "expected key=value with a dotted key, such as zo.epsilon=1e-3; found no '='");
      }
      String path = word.substring(0, equals).strip();
      List<String> keys = Arrays.asList(path.split("\\.", -1));
      if (keys.size() > MAX_PARTS) {
        throw new ConfigException(
            ConfigTree.show(path),
            "expected a key of at most %d names joined by dots, found %d"
                .formatted(MAX_PARTS, keys.size()));
      }
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
      String expected = YamlReader.expected(e);
      boolean any = expected.equals("YAML");
      throw new ConfigException(
          path,
          any
              ? "expected a YAML value, found "
                  + ConfigTree.show(yaml)
                  + ": "
                  + YamlReader.problem(e)
              : "expected " + expected + ", found " + YamlReader.problem(e));
    }
  }
}
