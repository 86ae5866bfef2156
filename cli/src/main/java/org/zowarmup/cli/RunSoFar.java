package org.zowarmup.cli;

import java.util.Optional;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.checkpoint.CheckpointFolder;

/** What is on the disk of the run that this process is at, for words that may be its last. */
final class RunSoFar {
  private static volatile RunFolder folder;
  private static volatile boolean failed;

  private RunSoFar() {}

  /** Learns where the run is. */
  static RunListener listener() {
    return new RunListener() {
      @Override
      public void started(RunDescription run) {
        folder = new RunFolder(run.folder());
      }
    };
  }

  /** Called before a failure is told. */
  static void fail() {
    failed = true;
  }

  /** Whether a failure is known, which is all that there is to tell. */
  static boolean hasFailed() {
    return failed;
  }

  /** The newest checkpoint and how to continue from it; empty where no run has started. */
  static Optional<String> line() {
    RunFolder run = folder;
    if (run == null) {
      return Optional.empty();
    }
    String newest = CheckpointFolder.newest(run.checkpoints()).orElse("none yet");
    return Optional.of(
        "newest checkpoint so far: %s in %s; to continue: zowarmup resume %s"
            .formatted(newest, run.path(), CommandHint.word(run.path())));
  }
}
