package org.zowarmup.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.zowarmup.config.ConfigLayers;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.setup.ConfigResolver;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zowarmup config}: what a config says in full, and what a config can say. */
@Command(
    name = "config",
    description = {
      "Print a config with every key, each value followed by where it comes from; without a",
      "config, all keys with their meaning, default and range."
    },
    footer = {
      "",
      "Examples:",
      "  zowarmup config",
      "  zowarmup config configs/quickstart.yaml zo.seeds=4",
      "  zowarmup config --schema > configs/schema.json",
    })
final class ConfigCommand extends Main.Printing {
  @Option(
      names = "--schema",
      description = "Print the JSON schema that lets an editor complete and check configs.")
  private boolean schema;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "CONFIG",
      description = "YAML file with the keys that differ from the defaults.")
  private Path config;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "KEY=VALUE",
      description = "Overrides of keys, names joined by dots, values in YAML.")
  private List<String> overrides = new ArrayList<>();

  @Override
  List<String> result() {
    return text().lines().toList();
  }

  private String text() {
    if (schema) {
      return ConfigResolver.schema().json();
    }
    if (config == null) {
      return ConfigLoader.defaultsText();
    }
    ConfigLayers layers = ConfigLoader.layers(config, overrides);
    return ConfigResolver.resolve(layers.config()).toYaml(layers);
  }
}
