package org.zowarmup.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProvenanceTest {
  @TempDir Path folder;

  @Test
  void saysWhatARunWasMadeWith() throws IOException {
    Path file = folder.resolve("provenance.json");
    Provenance.write(
        file,
        Map.of("oneDNN", "3.11", "javacpp", "1.5.13"),
        List.of("zowarmup", "train", "a b.yaml"),
        Instant.ofEpochSecond(1_700_000_000L, 123_456_789));
    JsonNode tree = new ObjectMapper().readTree(Files.readString(file));
    assertEquals("2023-11-14T22:13:20.123Z", tree.get("start").textValue());
    assertEquals("a b.yaml", tree.at("/commandLine/2").textValue());
    assertEquals("3.11", tree.at("/libraries/oneDNN").textValue());
    assertEquals(Runtime.getRuntime().availableProcessors(), tree.get("coresAllowed").intValue());
    for (String key : List.of("version", "commit", "dirty", "jdk", "os", "cpu")) {
      assertTrue(!tree.path(key).asText().isBlank(), key);
    }
    assertTrue(tree.get("jdk").textValue().contains(System.getProperty("java.vm.version")));
  }

  @Test
  void theProcessorIsNamedWhereTheKernelNamesIt() throws IOException {
    Path cpuInfo = folder.resolve("cpuinfo");
    Files.writeString(
        cpuInfo,
        "processor\t: 0\nmodel\t\t: 1\nmodel name\t: AMD EPYC 7R13\nmodel name\t: other\n");
    assertEquals("AMD EPYC 7R13", Provenance.cpuModel(cpuInfo));
    Files.writeString(cpuInfo, "processor\t: 0\nCPU part\t: 0xd40\n");
    assertEquals("unknown", Provenance.cpuModel(cpuInfo));
    assertEquals("unknown", Provenance.cpuModel(folder.resolve("none")));
  }

  @Test
  void aBuildWithoutGitIsUnknownNotWrong() {
    Properties build = new Properties();
    assertEquals(new Provenance("unknown", "unknown", "unknown"), Provenance.of(build));
    build.setProperty("git.build.version", "0.1.0");
    build.setProperty("git.commit.id.full", "${git.commit.id.full}");
    assertEquals("0.1.0", Provenance.of(build).line());
    build.setProperty("git.commit.id.full", "1389461e325b912f2ab720e60969583b055b7209");
    build.setProperty("git.dirty", "true");
    assertEquals("0.1.0 (commit 1389461, modified)", Provenance.of(build).line());
    build.setProperty("git.dirty", "false");
    assertEquals("0.1.0 (commit 1389461)", Provenance.of(build).line());
  }
}
