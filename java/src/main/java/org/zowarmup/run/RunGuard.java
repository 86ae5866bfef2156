package org.zowarmup.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunResult;
import org.zowarmup.record.file.AtomicFile;

/**
 * Watches the folder of a run, at most once a second: files that were deleted take writes without a
 * word, so a run folder that is gone would be found out at its end only; and a clock that jumps
 * would make times of day in the logs a riddle.
 */
final class RunGuard implements RunListener {
  private static final long INTERVAL_NANOS = 1_000_000_000L;
  private static final long JUMP_MILLIS = 30_000;

  private final RunFolder folder;
  private final LongSupplier nanoTime;
  private final LongSupplier wallMillis;
  private final Consumer<String> warn;
  private final Runnable write;
  private final Object key;
  private long lastNanos;
  private long lastMillis;

  /**
   * @param nanoTime a clock that never jumps
   * @param wallMillis the system's time of day
   * @param warn takes one line
   * @param write writes config.yaml and identity.json, without which no run is resumed
   */
  RunGuard(
      RunFolder folder,
      LongSupplier nanoTime,
      LongSupplier wallMillis,
      Consumer<String> warn,
      Runnable write) {
    this.folder = folder;
    this.warn = warn;
    this.write = write;
    this.nanoTime = nanoTime;
    this.wallMillis = wallMillis;
    this.key = key();
    this.lastNanos = nanoTime.getAsLong();
    this.lastMillis = wallMillis.getAsLong();
  }

  @Override
  public void roundFinished(RoundMetrics metrics) {
    long nanos = nanoTime.getAsLong();
    if (nanos - lastNanos < INTERVAL_NANOS) {
      return;
    }
    long millis = wallMillis.getAsLong();
    long jump = millis - lastMillis - (nanos - lastNanos) / 1_000_000;
    if (Math.abs(jump) >= JUMP_MILLIS) {
      warn.accept(
          String.format(
              "the system's clock jumped by %+d s; times of day before and after do not fit"
                  + " together, durations and --max-time go by another clock and are not affected",
              jump / 1000));
    }
    lastNanos = nanos;
    lastMillis = millis;
    if (!Objects.equals(key, key())) {
      throw AtomicFile.failure(
          folder.path(),
          new NoSuchFileException(folder.path() + " as it was when the run started"));
    }
  }

  @Override
  public void checkpointing() {
    if (!folder.isResumable() && Files.isDirectory(folder.path())) {
      warn.accept(
          "config.yaml or identity.json was removed from "
              + folder.path()
              + " during the run; both are written again");
      write.run();
    }
  }

  @Override
  public void finished(RunResult result) {
    checkpointing();
  }

  /** Distinguishes the folder from another of the same name. */
  private Object key() {
    try {
      return Files.readAttributes(folder.path(), BasicFileAttributes.class).fileKey();
    } catch (IOException e) {
      throw AtomicFile.failure(folder.path(), e);
    }
  }
}
