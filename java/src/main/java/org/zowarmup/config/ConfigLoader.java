package org.zowarmup.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Reads a config: the embedded defaults, over them a file, over that the command line. */
public final class ConfigLoader {
  private static final String DEFAULTS = "defaults.yaml";

  private ConfigLoader() {}

  /**
   * @param file a YAML file with the keys that differ from the defaults
   * @param overrides words {@code section.key=value}, the value in YAML; the last one wins
   * @throws org.zowarmup.error.UserErrorException where a file, key or value is not what it should
   *     be
   */
  public static RunConfig load(Path file, List<String> overrides) {
    ObjectNode defaults = YamlReader.readSections(DEFAULTS, defaultsText());
    ObjectNode tree = Layers.merge(defaults, YamlReader.readFile(file));
    tree = Layers.merge(tree, Overrides.parse(overrides));
    return new TreeBinder(tree, defaults, "", "Top-level keys").bind(RunConfig.class);
  }

  /** The embedded defaults with their comments: the reference of all keys. */
  public static String defaultsText() {
    try (InputStream in = ConfigLoader.class.getResourceAsStream(DEFAULTS)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("the embedded " + DEFAULTS, e);
    }
  }
}
