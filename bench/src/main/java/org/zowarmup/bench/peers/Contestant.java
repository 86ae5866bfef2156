package org.zowarmup.bench.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/**
 * One way of doing an operation under one setting of the threads, with threads of its own: both
 * libraries take the size of their teams from the calling thread.
 */
final class Contestant implements AutoCloseable {
  private final String name;
  private final String setting;
  private final List<ExecutorService> workers = new ArrayList<>();
  private final List<Side> sides = new ArrayList<>();

  /**
   * @param sideOfThreads makes a side for so many threads, on the thread that will run it
   */
  Contestant(
      String name, String variant, Setting setting, int threads, IntFunction<Side> sideOfThreads)
      throws InterruptedException {
    this.name = name;
    this.setting = variant.isEmpty() ? setting.text() : variant + ", " + setting.text();
    int sideCount = setting == Setting.TEAM ? 1 : threads;
    int perSide = setting == Setting.TEAM ? threads : 1;
    for (int i = 0; i < sideCount; i++) {
      ExecutorService worker = Executors.newSingleThreadExecutor();
      workers.add(worker);
      sides.add(result(worker.submit(() -> sideOfThreads.apply(perSide))));
    }
  }

  String name() {
    return name;
  }

  String setting() {
    return setting;
  }

  /** Runs so many operations on every side; returns the seconds of one, over all sides. */
  double secondsEach(int perSide) throws InterruptedException {
    for (int i = 0; i < sides.size(); i++) {
      result(workers.get(i).submit(sides.get(i)::prepare));
    }
    long start = System.nanoTime();
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < sides.size(); i++) {
      Side side = sides.get(i);
      running.add(
          workers
              .get(i)
              .submit(
                  () -> {
                    for (int k = 0; k < perSide; k++) {
                      side.run();
                    }
                  }));
    }
    for (Future<?> future : running) {
      result(future);
    }
    return (System.nanoTime() - start) / 1e9 / perSide / sides.size();
  }

  private static <T> T result(Future<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public void close() {
    for (int i = 0; i < sides.size(); i++) {
      Side side = sides.get(i);
      workers.get(i).execute(side::close);
      workers.get(i).shutdown();
    }
  }
}
