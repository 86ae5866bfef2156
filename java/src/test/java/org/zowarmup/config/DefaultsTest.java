package org.zowarmup.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code defaults.yaml} is what the records say. */
class DefaultsTest {
  private static final Path FILE = Path.of("src/main/resources/org/zowarmup/config/defaults.yaml");

  /** After a change to the records, {@code -Dzowarmup.rewrite=true} writes the file anew. */
  @Test
  void theFileIsMadeFromTheRecords() throws IOException {
    if (Boolean.getBoolean("zowarmup.rewrite")) {
      Files.writeString(FILE, Defaults.text());
    }
    assertEquals(Defaults.text(), Files.readString(FILE));
  }
}
