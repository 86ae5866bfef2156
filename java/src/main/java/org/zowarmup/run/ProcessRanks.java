package org.zowarmup.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.zowarmup.executor.ranks.Launch;
import org.zowarmup.executor.ranks.MpiLibrary;
import org.zowarmup.executor.ranks.MpiRanks;
import org.zowarmup.executor.ranks.Ranks;

/**
 * The ranks that this process is one of, from the first question to the last: one process has one
 * MPI. It sees to it that a failure of all is told once, one of a single rank by that rank, and
 * that MPI is finalized where all ranks end and aborted where they do not.
 */
public final class ProcessRanks {
  private static final double MEET_SECONDS = 5;
  private static final double LAST_FILES_SECONDS = 600;
  private static final long FINALIZE_SECONDS = 10;

  /**
   * The file that {@code ./zowarmup --ranks} names for the code with which all ranks end. Launchers
   * of ranks differ in what they make of a code, and some remark on any but 0, so they get 0 then.
   */
  private static final String CODE_FILE = System.getenv("ZOWARMUP_RANKS_CODE");

  private static final Launch LAUNCH = Launch.current();
  private static boolean wanted;
  private static MpiRanks mpi;
  private static List<Long> met = List.of();

  private ProcessRanks() {}

  /** Makes this process one rank of a run, where a launcher has started several of them. */
  public static synchronized void open() {
    wanted = true;
    if (LAUNCH.size() > 1 && mpi == null) {
      mpi = MpiRanks.open(LAUNCH);
    }
  }

  /** Those of {@link #open}; else this process has runs of its own, whatever has started it. */
  public static synchronized Ranks get() {
    return mpi == null ? Ranks.one() : mpi;
  }

  /** True where {@link #open} found others, with which this process shares its run. */
  public static synchronized boolean areSeveral() {
    return mpi != null;
  }

  /** True where this process writes and speaks. */
  public static synchronized boolean isFirst() {
    return mpi == null || mpi.isFirst();
  }

  /** True where {@code ./zowarmup --ranks} started all ranks: it sends every signal on as USR1. */
  public static boolean areSentUsr1() {
    return LAUNCH.size() > 1 && CODE_FILE != null;
  }

  /** Processes that the launcher started. */
  public static int size() {
    return LAUNCH.size();
  }

  /** True for every process of a launcher but the first. */
  public static boolean isOneOfMany() {
    return LAUNCH.rank() > 0;
  }

  /**
   * Compiles the shim between this program and a cluster's own MPI.
   *
   * @return the file that was made
   */
  public static Path build(String compiler) {
    return MpiLibrary.build(compiler);
  }

  /**
   * Asks before a failure is told.
   *
   * @return what to put before the message; null where the first rank has the same to tell
   */
  public static synchronized String prefix(int code) {
    if (!wanted || LAUNCH.rank() == 0) {
      return "";
    }
    if (mpi == null) {
      sleep(); // the first rank comes first, and the launcher then ends this one
      return "rank " + LAUNCH.rank() + " of " + LAUNCH.size() + " on " + Ranks.host() + ": ";
    }
    met = mpi.end(code, MEET_SECONDS);
    boolean told = !met.isEmpty() && met.get(0) != 0;
    return told ? null : mpi.name() + ": ";
  }

  private static void sleep() {
    try {
      TimeUnit.MILLISECONDS.sleep(1500);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Ends MPI.
   *
   * @param code with which this rank wants to end
   * @param stopped the code of a run that was stopped
   * @return the one with which this process is to end
   */
  public static synchronized int end(int code, int stopped) {
    if (mpi == null) {
      return code;
    }
    boolean well = code == 0 || code == stopped;
    if (met.isEmpty()) {
      met = mpi.end(code, well ? LAST_FILES_SECONDS : MEET_SECONDS);
    }
    if (met.isEmpty()) {
      write(code);
      mpi.abort(code); // some are still at work, and cannot be told otherwise
      return code;
    }
    int all = Math.toIntExact(Collections.max(met));
    int own = areSentUsr1() && (!mpi.isFirst() || write(all)) ? 0 : all;
    Thread watchdog = new Thread(() -> halt(own), "finalize-watchdog");
    watchdog.setDaemon(true);
    watchdog.start(); // all files are written, and some libraries never return from MPI_Finalize
    mpi.close();
    return own;
  }

  /** True where the launcher has got the code; on another node than its own there is no file. */
  private static boolean write(int code) {
    if (!areSentUsr1()) {
      return false;
    }
    try {
      Files.writeString(
          Path.of(CODE_FILE),
          String.valueOf(code),
          StandardOpenOption.WRITE,
          StandardOpenOption.TRUNCATE_EXISTING);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static void halt(int code) {
    try {
      TimeUnit.SECONDS.sleep(FINALIZE_SECONDS);
      Runtime.getRuntime().halt(code);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
