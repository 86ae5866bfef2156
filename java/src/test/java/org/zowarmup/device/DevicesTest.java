package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.error.ConfigException;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;

/** Devices by name, and who must be closed before whom. */
final class DevicesTest {
  private static boolean hasGpu() {
    return Devices.list(1).stream().anyMatch(d -> d.name().equals("cuda:0") && d.available());
  }

  @Test
  void autoTakesTheFirstThatStartsAndSaysWhyNotTheOthers() {
    Devices.Choice choice = Devices.open(Devices.AUTO, 1);
    try (Device device = choice.device()) {
      assertTrue(choice.reason().startsWith("auto: "), choice.reason());
      if (hasGpu()) {
        assertEquals("cuda:0", device.name());
      } else {
        assertEquals("cpu", device.name());
        assertTrue(choice.reason().contains("; no cuda:0: "), choice.reason());
        assertTrue(device.libraries().containsKey("oneDNN"));
      }
    }
  }

  @Test
  void unknownNamesAreRefusedWithTheChoices() {
    ConfigException e = assertThrows(ConfigException.class, () -> Devices.open("tpu", 1));
    assertEquals(
        "device: expected one of auto, cuda:0, cpu, reference; found tpu; did you mean cpu?",
        e.getMessage());
  }

  @Test
  void theListNamesEveryDevice() {
    List<String> names = Devices.list(2).stream().map(Devices.Line::name).toList();
    assertEquals("cuda:0", names.get(0));
    List<String> rest = names.subList(names.indexOf("cpu"), names.size());
    assertEquals(List.of("cpu", "reference", "nd4j", "nd4j-cuda"), rest);
    assertTrue(Devices.list(2).get(names.indexOf("cpu")).available());
  }

  @ParameterizedTest
  @CsvSource({"nd4j, start with ./zowarmup --with nd4j", "nd4j-cuda, for GPUs there is cuda:0"})
  void aDeviceOfAModuleThatIsNotThereIsNamedWithTheWayToIt(String name, String way) {
    ConfigException e = assertThrows(ConfigException.class, () -> Devices.open(name, 1));
    assertTrue(
        e.getMessage()
            .startsWith(
                "device: expected a device on the class path, found %s, which is in a module of its own; %s"
                    .formatted(name, way)),
        e.getMessage());
    Devices.Line line =
        Devices.list(1).stream().filter(l -> l.name().equals(name)).findFirst().orElseThrow();
    assertFalse(line.available());
    assertTrue(line.description().startsWith("in a module of its own; " + way), line.description());
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void aDeviceIsClosedLast(String name) {
    Graph.Builder builder = Graph.builder("g", Shape.flat(2));
    builder.add("fc", new Linear(2), Graph.INPUT);
    Graph graph = builder.build(new Loss(2));
    Device device = Devices.open(name, 1).device();
    Vector v = device.allocate(graph.layout());
    IllegalStateException e = assertThrows(IllegalStateException.class, device::close);
    assertTrue(e.getMessage().contains("closed while 1 "), e.getMessage());
    v.close();
    v.close();
    device.close();
  }
}
