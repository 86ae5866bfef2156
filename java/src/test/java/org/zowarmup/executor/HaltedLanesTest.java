package org.zowarmup.executor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Vector;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Custom;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;

/**
 * Rounds that end early: no lane takes another job, and the caller gets no answer while one
 * computes.
 */
class HaltedLanesTest {
  private static final int JOBS = 12;

  /** A layer that lets a test decide what happens in each job. */
  private abstract static class Scripted implements Custom {
    /** Runs once a job, in the place of the computation. */
    abstract void job() throws InterruptedException;

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
      y.put(0, x.get(0));
      try {
        job();
      } catch (InterruptedException e) {
        throw new AssertionError("lanes are never interrupted", e);
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

  /** Evaluates one image a job on two lanes, and closes all afterwards. */
  private static void evaluate(Scripted layer) {
    Graph.Builder builder = Graph.builder("scripted", Shape.flat(1));
    builder.add("fc", new Linear(2), builder.add("scripted", layer, Graph.INPUT));
    Graph graph = builder.build(new Loss(2));
    Plan one = Plan.forward(graph, 1);
    Workload workload = new Workload(one, 2, Plan.forwardBackward(graph, 1), 2, one);
    try (BytePointer pixels = new BytePointer(new byte[JOBS]);
        Device device = Devices.open("reference", 2).device();
        ResidentImages images =
            device.upload(new ImagePixels(pixels, graph.input(), new int[JOBS], new float[256]));
        Vector weights = device.allocate(graph.layout());
        Executor executor = new LaneExecutor(device, workload, () -> false)) {
      executor.evaluate(weights, images, IntStream.range(0, JOBS).toArray());
    }
  }

  /** Otherwise a round of hours would run to its end before the failure is reported. */
  @RepeatedTest(4)
  @Timeout(30)
  void noJobBeginsAfterAnotherFailed() {
    CountDownLatch started = new CountDownLatch(1);
    AtomicReference<Thread> failed = new AtomicReference<>();
    AtomicInteger others = new AtomicInteger();
    Scripted layer =
        new Scripted() {
          @Override
          void job() throws InterruptedException {
            // the caller waits for lane 0 first, so it does not see at once that lane 1 failed
            if (Thread.currentThread().getName().equals("lane-1")) {
              assertTrue(started.await(10, TimeUnit.SECONDS), "the other lane never started");
              failed.set(Thread.currentThread());
              throw new IllegalStateException("on lane 1");
            }
            others.incrementAndGet();
            started.countDown();
            // continues once the failed lane waits for work again
            while (failed.get() == null || failed.get().getState() != Thread.State.WAITING) {
              TimeUnit.MILLISECONDS.sleep(1);
            }
          }
        };
    UserErrorException e = assertThrows(UserErrorException.class, () -> evaluate(layer));
    assertEquals("on lane 1", e.getCause().getMessage());
    assertEquals(0, e.getSuppressed().length);
    assertEquals(1, others.get());
  }

  /** Whoever asked frees the weights next: also when interrupted it must wait for the lanes. */
  @RepeatedTest(2)
  @Timeout(30)
  void anInterruptedCallerWaitsForTheJobsThatRun() {
    Thread caller = Thread.currentThread();
    AtomicInteger running = new AtomicInteger();
    AtomicInteger started = new AtomicInteger();
    Scripted layer =
        new Scripted() {
          @Override
          void job() throws InterruptedException {
            running.incrementAndGet();
            if (started.incrementAndGet() == 2) {
              caller.interrupt();
            }
            TimeUnit.MILLISECONDS.sleep(100);
            running.decrementAndGet();
          }
        };
    IllegalStateException e = assertThrows(IllegalStateException.class, () -> evaluate(layer));
    assertEquals(0, running.get(), "a lane is still computing");
    assertTrue(Thread.interrupted(), "the interruption must not be lost");
    assertEquals("interrupted while lanes were running", e.getMessage());
    assertEquals(0, e.getSuppressed().length, "closing the executor and the device");
    assertTrue(started.get() < JOBS, "every job started");
  }
}
