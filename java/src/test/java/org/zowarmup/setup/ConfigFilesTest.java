package org.zowarmup.setup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.DataSources;
import org.zowarmup.federated.methods.Methods;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;

/** The config files that come with the program name nothing that is not there. */
class ConfigFilesTest {
  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("../configs"))) {
      return files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void loads(Path file) {
    RunConfig config = ConfigLoader.load(file, List.of());
    config.methods().forEach(Methods::find);
    ConfigResolver.partitioner(config);
    if (!config.data().source().equals("auto")) {
      DataSources.find(config.data().source());
    }
    Graph graph = ConfigResolver.graph(config, new Shape(32, 32, 3), 10);
    assertTrue(graph.layout().parameters() > 1000);
    assertEquals(file.getFileName().toString(), config.name() + ".yaml");
  }

  @Test
  void theyAreFound() throws IOException {
    assertTrue(files().contains(Path.of("../configs/quickstart.yaml")));
  }
}
