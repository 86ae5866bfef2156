package org.zowarmup.setup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.error.ConfigException;
import org.zowarmup.executor.ranks.Ranks;
import org.zowarmup.executor.ranks.ThreadRanks;

/** The devices that a name makes ranks of. */
class PlacementTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "cuda:0,1 cuda:0;cuda:1",
        "cuda:2,0 cuda:2;cuda:0",
        "cuda:07,11,3 cuda:7;cuda:11;cuda:3"
      })
  void gpusKeepTheOrderInWhichTheyAreNamed(String name, String expected) {
    assertEquals(List.of(expected.split(";")), Placement.devices(name, Ranks.one()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cuda:0,0", "cuda:1,0,01"})
  void aGpuTwiceIsRefused(String name) {
    ConfigException refused =
        assertThrows(ConfigException.class, () -> Placement.devices(name, Ranks.one()));
    assertEquals("device", refused.path());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cuda:0,",
        "cuda:,1",
        "cuda:0,x",
        "cuda:0,-1",
        "cuda:0 1",
        "cuda:0,10000",
        "cpu,cpu"
      })
  void whatNamesNoDeviceIsRefused(String name) {
    assertThrows(ConfigException.class, () -> Placement.devices(name, Ranks.one()));
  }

  /** Each of them would take all the GPUs. */
  @Test
  void severalGpusAreRefusedToEachOfSeveralRanks() {
    ConfigException refused =
        assertThrows(
            ConfigException.class,
            () -> ThreadRanks.run(2, ranks -> Placement.devices("cuda:0,1", ranks)));
    assertEquals(
        "device: expected one GPU a rank, device=cuda, on 2 ranks; found cuda:0,1, whose GPUs are"
            + " ranks of one process",
        refused.getMessage());
  }
}
