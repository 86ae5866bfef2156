package org.zowarmup.setup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.error.ConfigException;

/** The schema says about a config what the program says about it. */
class ConfigSchemaTest {
  private static final String TEXT = ConfigResolver.schema().json();
  private static final JsonSchema SCHEMA =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(TEXT);

  private static final BigDecimal TWO = BigDecimal.valueOf(2);

  @TempDir static Path folder;

  private static boolean accepts(String yaml) throws IOException {
    return SCHEMA.validate(new YAMLMapper().readTree(yaml)).isEmpty();
  }

  static Stream<Path> committedConfigs() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("../configs"))) {
      return files.filter(file -> file.toString().endsWith(".yaml")).toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("committedConfigs")
  void committedConfigsFit(Path file) throws IOException {
    assertEquals(
        "[]", SCHEMA.validate(new YAMLMapper().readTree(Files.readString(file))).toString());
  }

  @Test
  void everyDefaultFits() throws IOException {
    JsonNode defaults = new YAMLMapper().readTree(ConfigLoader.defaultsText());
    assertEquals("[]", SCHEMA.validate(defaults).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zo: {sedes: 4}",
        "zo: {seeds: many}",
        "zo: {seeds: 0}",
        "zo: {seeds: 1.5}",
        "zo: {epsilon: 0}",
        "zo: {lr: automatic}",
        "zo: {lr: 0}",
        "zo: {estimate: three-sided}",
        "zo: {distribution: uniform}",
        "zo: 3",
        "model: {kind: resnet19}",
        "model: {kind: resnet18, channels: [8]}",
        "data: {source: cifar}",
        "data: {partition: {alpha: high}}",
        "methods: [zowarmup, unknown]",
        "methods: unknown",
        "threads: 0",
        "unknown: 1",
      })
  void whatTheProgramRefusesTheSchemaRefuses(String yaml) throws IOException {
    assertFalse(accepts(yaml), yaml);
    Path file =
        Files.writeString(
            folder.resolve("bad.yaml"),
            yaml.startsWith("data") ? yaml : yaml + "\ndata: {source: fashion-mnist-mini}");
    assertThrows(
        RuntimeException.class,
        () -> {
          var run = ConfigLoader.load(file, List.of());
          ConfigResolver.resolve(run);
          org.zowarmup.data.DataSources.find(run.data().source());
        },
        yaml);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zo: {lr: auto}",
        "zo: {lr: 1e-3, seeds: 4, batch: 0}",
        "zo: {estimate: fzoo, freshBatchPerSeed: false, lr: 1e-4}",
        "threads: null",
        "model: {channels: [4, 4]}",
        "model: {kind: resnet18, normGroups: 4}",
        "data: {partition: {kind: iid}}",
      })
  void whatTheProgramTakesTheSchemaTakes(String yaml) throws IOException {
    assertTrue(accepts(yaml), yaml);
  }

  /** Paths of numeric keys with a bound, from the schema itself. */
  static Stream<String> outOfRange() throws IOException {
    List<String> words = new ArrayList<>();
    collect(new ObjectMapper().readTree(TEXT), "", words);
    assertTrue(words.size() > 40, words.toString());
    return words.stream();
  }

  private static void collect(JsonNode section, String path, List<String> words) {
    section
        .path("properties")
        .fields()
        .forEachRemaining(
            field -> {
              String at = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
              JsonNode value = field.getValue();
              value = value.has("anyOf") ? value.get("anyOf").path(1) : value;
              if (value.has("properties") || at.equals("model") || at.equals("data.partition")) {
                collect(field.getValue(), at, words);
                return;
              }
              if (value.has("minimum")) {
                words.add(at + "=" + (value.get("minimum").decimalValue().intValue() - 1));
              }
              if (value.has("exclusiveMinimum")) {
                words.add(at + "=" + value.get("exclusiveMinimum"));
              }
              if (value.has("maximum")) {
                words.add(
                    at + "=" + value.get("maximum").decimalValue().multiply(TWO).toPlainString());
              }
              if (value.has("enum") && !List.of("data.source", "methods").contains(at)) {
                words.add(at + "=none-of-these");
              }
            });
  }

  @ParameterizedTest
  @MethodSource("outOfRange")
  void theRecordsHoldWhatTheCommentsSay(String word) throws IOException {
    Path file = Files.writeString(folder.resolve("one.yaml"), "data: {source: fashion-mnist-mini}");
    ConfigException refused =
        assertThrows(ConfigException.class, () -> ConfigLoader.load(file, List.of(word)), word);
    String section = word.substring(0, word.indexOf('='));
    assertTrue(
        refused.getMessage().contains(section.substring(section.lastIndexOf('.') + 1)),
        refused.getMessage());
  }
}
