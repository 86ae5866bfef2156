package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Pool;

/** A device is closed last, and says how much of it is still open. */
final class OpenResourcesTest {
  private static Graph graph() {
    Graph.Builder graph = Graph.builder("g", Shape.flat(2));
    graph.add("fc", new Linear(2), Graph.INPUT);
    return graph.build(new Loss(2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void whatIsOpenIsCountedUntilItIsClosed(String name) {
    Graph graph = graph();
    Device device = Devices.open(name, 3).device();
    try (BytePointer pixels = new BytePointer((byte) 1, (byte) 2)) {
      List<AutoCloseable> open = new ArrayList<>();
      open.add(device.allocate(graph.layout()));
      open.add(device.upload(new ImagePixels(pixels, graph.input(), new int[1], new float[512])));
      open.add(device.allocate(graph.layout()));
      for (int left = open.size(); left > 0; left--) {
        String message = assertThrows(IllegalStateException.class, device::close).getMessage();
        assertTrue(message.startsWith("device " + name + " closed while " + left + " "), message);
        close(open.get(left - 1));
        close(open.get(left - 1)); // a second time counts nothing
      }
    }
    device.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void anOpenExecutableKeepsTheDeviceOpen(String name) {
    Graph graph = graph();
    for (Plan plan : List.of(Plan.forward(graph, 3), Plan.forwardBackward(graph, 3))) {
      Device device = Devices.open(name, 2).device();
      Executable executable = device.compile(plan, 1);
      String message = assertThrows(IllegalStateException.class, device::close).getMessage();
      // the executable itself, and its copies w + eps z and w - eps z or its gradient
      int open = plan.kind() == Plan.Kind.FORWARD ? 3 : 2;
      assertTrue(message.startsWith("device " + name + " closed while " + open + " "), message);
      executable.close();
      executable.close();
      device.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void whatCouldNotBeMadeIsNotOpen(String name) {
    Graph graph = graph();
    try (Device device = Devices.open(name, 1).device()) {
      assertThrows(RuntimeException.class, () -> device.allocate(deep().layout()));
      Plan plan = Plan.forward(wide(), 1 << 20);
      assertThrows(RuntimeException.class, () -> device.compile(plan, 1));
      try (Executable compiled = device.compile(Plan.forward(graph, 2), 1)) {
        assertEquals(2, compiled.plan().batch());
      }
    } // closes only when nothing is open
  }

  /** More than 2^46 parameters, which no address space holds. */
  private static Graph deep() {
    int features = 1 << 15;
    Graph.Builder graph = Graph.builder("deep", Shape.flat(features));
    int x = Graph.INPUT;
    for (int i = 0; i < 1 << 16; i++) {
      x = graph.add("hidden" + i, new Linear(features), x);
    }
    graph.add("fc", new Linear(2), x);
    return graph.build(new Loss(2));
  }

  /** 2^27 inputs a sample: with a batch of 2^20, more than any address space holds as well. */
  private static Graph wide() {
    Graph.Builder graph = Graph.builder("wide", new Shape(1 << 10, 1 << 10, 1 << 7));
    int x = graph.add("pool", Pool.globalAverage(), Graph.INPUT);
    graph.add("fc", new Linear(2), x);
    return graph.build(new Loss(2));
  }

  private static void close(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      throw new AssertionError("closing " + resource, e);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void theReferenceDeviceHasALaneAThread(int threads) {
    try (Device device = Devices.open("reference", threads).device()) {
      assertEquals(threads, device.maxLanes());
    }
  }
}
