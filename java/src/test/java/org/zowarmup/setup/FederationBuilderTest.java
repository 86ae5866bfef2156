package org.zowarmup.setup;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.zowarmup.config.ClientsConfig;
import org.zowarmup.config.HighResource;
import org.zowarmup.config.MemoryBudgets;
import org.zowarmup.error.ConfigException;

class FederationBuilderTest {
  private static final ClientMemory NEEDS = new ClientMemory(50_000_000, 8_000_000);

  private static int[] high(ClientsConfig config) {
    boolean[] high = FederationBuilder.high(config, () -> NEEDS, 42);
    return IntStream.range(0, high.length).filter(i -> high[i]).toArray();
  }

  private static ClientsConfig memory(int clients, Map<String, Double> shares) {
    return new ClientsConfig(clients, new HighResource.ByMemory(), new MemoryBudgets(shares));
  }

  private static Map<String, Double> shares(
      String first, double part, String second, double otherPart) {
    Map<String, Double> shares = new LinkedHashMap<>();
    shares.put(first, part);
    shares.put(second, otherPart);
    return shares;
  }

  /** Numbers from known_draws.py. */
  @Test
  void whoCanHoldATrainingStepIsHighResource() {
    int[] drawn = {19, 24, 27, 29, 35};
    assertArrayEquals(drawn, high(new ClientsConfig(50, new HighResource.Share(0.1), null)));
    assertArrayEquals(drawn, high(memory(50, shares("50MB", 0.1, "49.9MB", 0.9))));
    assertEquals(45, high(memory(50, shares("8MB", 0.1, "1GiB", 0.9))).length);
    assertEquals(50, high(memory(50, shares("50MB", 0.1, "1GiB", 0.9))).length);
  }

  @Test
  void listedClientsAreTaken() {
    HighResource listed = new HighResource.Listed(List.of(7, 2));
    assertArrayEquals(new int[] {2, 7}, high(new ClientsConfig(13, listed, null)));
  }

  @Test
  void budgetsThatHoldTooLittleAreRefusedWithTheNumbers() {
    ConfigException noProbe =
        assertThrows(
            ConfigException.class, () -> high(memory(50, shares("50MB", 0.1, "7.9MB", 0.9))));
    assertEquals(
        "clients.memory: expected at least 8,000,000 bytes for every client, what a probe needs;"
            + " found 45 clients with 7,900,000; give them more, lower zo.batch, or choose a"
            + " smaller model",
        noProbe.getMessage());
    ConfigException noOne =
        assertThrows(
            ConfigException.class, () -> high(memory(50, shares("49MB", 0.1, "8MB", 0.9))));
    assertEquals(
        "clients.memory: expected at least one client with 50,000,000 bytes, what a training step"
            + " needs; found none; give some more, lower warmup.batch, or choose a smaller model",
        noOne.getMessage());
  }
}
