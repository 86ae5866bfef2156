package org.zowarmup.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.zowarmup.error.ConfigException;

class SweepGridTest {
  @Test
  void everyCombinationOnceTheLastKeyFastest() {
    SweepGrid grid = SweepGrid.parse(List.of("a=1,2", "seed=7", "b.c=x,y,z"));
    assertEquals(List.of("seed=7"), grid.fixed());
    assertEquals(
        List.of("a=1,b.c=x", "a=1,b.c=y", "a=1,b.c=z", "a=2,b.c=x", "a=2,b.c=y", "a=2,b.c=z"),
        grid.cells().stream().map(SweepGrid.Cell::label).toList());
    assertEquals(List.of("seed=7", "a=2", "b.c=z"), grid.cells().get(5).overrides());
  }

  @Test
  void commasWithinAValueSeparateNothing() {
    SweepGrid grid =
        SweepGrid.parse(List.of("m.channels=[8,16],[4]", "p={a: 1, b: 2}", "q='x,y',\"z,\""));
    assertEquals(List.of("[8,16]", "[4]"), grid.axes().get(0).values());
    assertEquals(List.of("p={a: 1, b: 2}"), grid.fixed());
    assertEquals(List.of("'x,y'", "\"z,\""), grid.axes().get(1).values());
  }

  @Test
  void labelsAreFolderNamesAndDifferWhereTheWordsDo() {
    List<SweepGrid.Cell> cells = SweepGrid.parse(List.of("a=[8;16],[8/16]")).cells();
    assertNotEquals(cells.get(0).label(), cells.get(1).label());
    cells.forEach(c -> assertEquals(c.label(), c.label().replaceAll("[^A-Za-z0-9=.,_+-]", "!")));
    SweepGrid long_ = SweepGrid.parse(List.of("a=" + "x".repeat(300) + "," + "x".repeat(301)));
    assertNotEquals(long_.cells().get(0).label(), long_.cells().get(1).label());
  }

  @Test
  void withoutSeveralValuesThereIsOneCell() {
    assertEquals(1, SweepGrid.parse(List.of("a=1")).cells().size());
  }

  @Test
  void refusesWhatIsNoGrid() {
    assertThrows(ConfigException.class, () -> SweepGrid.parse(List.of("a=1,1")));
    assertThrows(ConfigException.class, () -> SweepGrid.parse(List.of("a=1,,2")));
    assertThrows(ConfigException.class, () -> SweepGrid.parse(List.of("a=1,2", "a=3,4")));
    String hundred =
        "="
            + String.join(
                ",", java.util.stream.IntStream.range(0, 101).mapToObj(Integer::toString).toList());
    assertThrows(
        ConfigException.class, () -> SweepGrid.parse(List.of("a" + hundred, "b" + hundred)));
  }
}
