package org.zowarmup.config;

import java.nio.file.Path;
import java.util.List;

/** Reads a config: the defaults, over them a file, over that the command line. */
public final class ConfigLoader {
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
            new ConfigLayers.Layer("command line", Overrides.parse(overrides))));
  }

  /** The defaults with their comments: the reference of all keys. */
  public static String defaultsText() {
    return Defaults.text();
  }
}
