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
    return layers(file, overrides).config();
  }

  /** The same, with where each value came from. */
  public static ConfigLayers layers(Path file, List<String> overrides) {
    return new ConfigLayers(
        List.of(
            new ConfigLayers.Layer("default", defaults()),
            new ConfigLayers.Layer(file.toString(), YamlReader.readFile(file)),
            new ConfigLayers.Layer("command line", Overrides.parse(overrides))));
  }

  static ObjectNode defaults() {
    return YamlReader.readSections(DEFAULTS, defaultsText());
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
