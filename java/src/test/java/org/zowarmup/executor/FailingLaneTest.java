package org.zowarmup.executor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Custom;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;

/** A lane that fails while another computes: the caller may free the weights only after both. */
class FailingLaneTest {
  /** Lacks the memory for black images, and takes its time for others. */
  private record Fragile(CountDownLatch started, AtomicBoolean ended) implements Custom {
    @Override
    public Shape outputShape(String node, List<Shape> inputs) {
      return inputs.get(0);
    }

    @Override
    public long flops(List<Shape> inputs, Shape output) {
      return 0;
    }

    @Override
    public void forward(int samples, FloatBuffer x, List<FloatBuffer> parameters, FloatBuffer y) {
      boolean black = x.get(0) == 0;
      y.put(0, x.get(0));
      try {
        if (black) {
          assertTrue(started.await(10, TimeUnit.SECONDS), "the other lane never started");
          throw new OutOfMemoryError("black");
        }
        started.countDown();
        TimeUnit.MILLISECONDS.sleep(100);
        ended.set(true);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void backward(
        int samples,
        FloatBuffer x,
        List<FloatBuffer> parameters,
        FloatBuffer dy,
        FloatBuffer dx,
        List<FloatBuffer> gradients) {
      dx.put(0, dy.get(0));
    }
  }

  /** Which of the lanes takes which image is theirs to choose, hence several times. */
  @RepeatedTest(6)
  @Timeout(30)
  void theOthersAreWaitedFor() {
    Fragile fragile = new Fragile(new CountDownLatch(1), new AtomicBoolean());
    Graph.Builder builder = Graph.builder("fragile", Shape.flat(1));
    builder.add("fc", new Linear(2), builder.add("fragile", fragile, Graph.INPUT));
    Graph graph = builder.build(new Loss(2));
    float[] table = new float[256];
    table[255] = 1;
    Workload workload =
        new Workload(
            Plan.forward(graph, 1), 2, Plan.forwardBackward(graph, 1), 2, Plan.forward(graph, 1));
    try (BytePointer pixels = new BytePointer((byte) 0, (byte) 255);
        Device device = Devices.open("cpu", 2).device();
        ResidentImages images =
            device.upload(new ImagePixels(pixels, graph.input(), new int[] {0, 1}, table));
        Executor executor = new LaneExecutor(device, workload, () -> false);
        Vector weights = executor.allocate()) {
      OutOfMemoryError error =
          assertThrows(
              OutOfMemoryError.class, () -> executor.evaluate(weights, images, new int[] {0, 1}));
      assertEquals("black", error.getMessage());
      assertTrue(fragile.ended().get(), "the other lane is still computing");
    }
  }

  /** A device like another whose executables are closed, but say that they failed to. */
  private static Device failingToClose(Device device) {
    return wrapped(
        Device.class,
        device,
        (method, result) ->
            method.equals("compile")
                ? wrapped(
                    Executable.class,
                    result,
                    (called, value) -> {
                      if (called.equals("close")) {
                        throw new IllegalStateException("close failed");
                      }
                      return value;
                    })
                : result);
  }

  private static <T> T wrapped(
      Class<T> type, Object inner, BiFunction<String, Object, Object> changed) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                changed.apply(method.getName(), method.invoke(inner, arguments))));
  }

  @Test
  void aFailingCloseLeavesNoOtherExecutableOpen() {
    Graph.Builder builder = Graph.builder("small", Shape.flat(1));
    builder.add("fc", new Linear(2), Graph.INPUT);
    Graph graph = builder.build(new Loss(2));
    Workload workload =
        new Workload(
            Plan.forward(graph, 1), 2, Plan.forwardBackward(graph, 1), 2, Plan.forward(graph, 1));
    Device device = Devices.open("cpu", 1).device();
    try (BytePointer pixels = new BytePointer(new byte[] {0});
        ResidentImages images =
            device.upload(new ImagePixels(pixels, graph.input(), new int[] {0}, new float[256]))) {
      Executor executor = new LaneExecutor(failingToClose(device), workload, () -> false);
      try (Vector weights = executor.allocate();
          Vector gradient = executor.allocate()) {
        executor.evaluate(weights, images, new int[] {0});
        executor.gradient(weights, images, new int[] {0}, gradient);
      }
      IllegalStateException first = assertThrows(IllegalStateException.class, executor::close);
      assertEquals("close failed", first.getMessage());
      assertEquals(1, first.getSuppressed().length);
    }
    device.close(); // refuses while an executable is open
  }
}
