package org.zowarmup.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import picocli.CommandLine.Parameters;

/** The words CONFIG and KEY=VALUE of the commands that take a config. */
final class ConfigArguments {
  @Parameters(
      index = "0",
      paramLabel = "CONFIG",
      description = "YAML file with the keys that differ from the defaults.")
  private Path config;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "KEY=VALUE",
      description = "Overrides of keys, names joined by dots, values in YAML.")
  private List<String> overrides = new ArrayList<>();

  RunConfig load() {
    return ConfigLoader.load(config, overrides);
  }

  Path config() {
    return config;
  }

  List<String> overrides() {
    return overrides;
  }
}
