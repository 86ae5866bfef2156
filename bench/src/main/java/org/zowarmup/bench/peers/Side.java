package org.zowarmup.bench.peers;

/** One way of doing an operation, ready to be timed. Made, run and closed by one thread. */
public interface Side extends AutoCloseable {
  /** Before some runs, not timed. */
  default void prepare() {}

  /** Once. */
  void run();

  @Override
  default void close() {}
}
