package org.zowarmup.executor.ranks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.zowarmup.device.Owned;

/** Ranks that are threads of one process: a machine with several GPUs needs no MPI. */
public final class ThreadRanks extends Ranks {
  private final Meeting meeting;

  /** What the threads of a run share, and where they wait for each other. */
  private static final class Meeting {
    final Object[] places;
    private int arrived;
    private int generation;
    private Throwable failure;

    Meeting(int size) {
      places = new Object[size];
    }

    synchronized void await() {
      requireAll();
      arrived++;
      if (arrived == places.length) {
        arrived = 0;
        generation++;
        notifyAll();
        return;
      }
      int mine = generation;
      while (mine == generation) {
        try {
          wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException("interrupted while waiting for other ranks", e);
        }
        if (mine == generation) {
          requireAll();
        }
      }
    }

    private void requireAll() {
      if (failure != null) {
        throw new EndedException(failure);
      }
    }

    synchronized void end(Throwable cause) {
      failure = failure == null ? cause : failure;
      notifyAll();
    }

    synchronized Throwable failure() {
      return failure;
    }
  }

  /** Another rank has ended; why is that rank's to say. */
  private static final class EndedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    EndedException(Throwable cause) {
      super("another rank of this process has ended", cause);
    }
  }

  private ThreadRanks(int rank, int size, Meeting meeting) {
    super(rank, size);
    this.meeting = meeting;
  }

  /**
   * Runs a task on every rank, the first on the calling thread, and waits for all.
   *
   * @return what each rank returned
   * @throws RuntimeException or Error that the first rank to fail threw; the others end at their
   *     next exchange
   */
  public static <T> List<T> run(int size, Function<Ranks, T> task) {
    Meeting meeting = new Meeting(size);
    List<AtomicReference<T>> results = new ArrayList<>();
    List<Thread> others = new ArrayList<>();
    Runnable first = () -> {};
    for (int r = 0; r < size; r++) {
      AtomicReference<T> result = new AtomicReference<>();
      results.add(result);
      ThreadRanks ranks = new ThreadRanks(r, size, meeting);
      Runnable rank =
          () -> {
            try {
              result.set(task.apply(ranks));
            } catch (Throwable e) {
              meeting.end(e);
            }
          };
      if (r > 0) {
        Thread thread = new Thread(rank, "rank-" + r);
        thread.setDaemon(true);
        thread.start();
        others.add(thread);
      } else {
        first = rank;
      }
    }
    first.run(); // on this thread, since it belongs to whoever called
    boolean interrupted = false;
    for (Thread thread : others) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
          meeting.end(e);
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    Throwable failure = meeting.failure();
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
    if (failure != null) {
      throw new IllegalStateException("interrupted while ranks were running", failure);
    }
    return results.stream().map(AtomicReference::get).toList();
  }

  @Override
  public boolean inOneProcess() {
    return true;
  }

  @Override
  public <T extends AutoCloseable> T once(Supplier<T> make, UnaryOperator<T> share) {
    Owned unfinished = new Owned();
    try {
      T own = isFirst() ? unfinished.add(make.get()) : null;
      meeting.places[rank()] = own;
      meeting.await();
      if (!isFirst()) {
        @SuppressWarnings("unchecked") // the first rank is at this call too
        T first = (T) meeting.places[0];
        own = unfinished.add(share.apply(first));
      }
      meeting.await(); // the first may close its own once all have theirs
      return own;
    } catch (RuntimeException | Error e) {
      unfinished.closeAfter(e);
      throw e;
    }
  }

  @Override
  public String carrier() {
    return "threads of one process";
  }

  @Override
  protected byte[][] gather(byte[] own, int[] sizes) {
    meeting.places[rank()] = own;
    meeting.await();
    byte[][] all = new byte[size()][];
    for (int r = 0; r < size(); r++) {
      all[r] = ((byte[]) meeting.places[r]).clone();
    }
    meeting.await(); // no one may put the next message in place before all have read this one
    return all;
  }

  @Override
  public float[] scatter(float[] wholeOrNull, int length, int root) {
    meeting.places[rank()] = wholeOrNull;
    meeting.await();
    float[] whole = (float[]) meeting.places[root];
    float[] own = Arrays.copyOfRange(whole, slice(length, rank()), slice(length, rank() + 1));
    countReceived((long) Float.BYTES * own.length);
    meeting.await();
    return own;
  }

  @Override
  public float[] join(float[] own, int length) {
    meeting.places[rank()] = own;
    meeting.await();
    float[] all = new float[length];
    for (int r = 0; r < size(); r++) {
      float[] part = (float[]) meeting.places[r];
      System.arraycopy(part, 0, all, slice(length, r), part.length);
    }
    countReceived((long) Float.BYTES * length);
    meeting.await();
    return all;
  }

  @Override
  public void abort(int code) {
    meeting.end(new IllegalStateException(name() + " has ended with code " + code));
  }

  @Override
  public void close() {
    // the threads end by themselves
  }
}
