package org.zowarmup.run;

import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.zowarmup.config.RunConfig;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunResult;

/** Runs one experiment from its config to its run folder. */
public interface Trainer {
  /**
   * @param commandLine what the program was started with, for the provenance
   * @param stopRequested asked at every round boundary; once true, the run writes what there is and
   *     returns
   * @throws org.zowarmup.error.UserErrorException where the config asks for what cannot be
   */
  RunResult train(
      RunConfig config,
      List<String> commandLine,
      RunListener listener,
      BooleanSupplier stopRequested);

  /**
   * Goes on with the run in a folder, as if it had never stopped.
   *
   * @param folder of a run; its config.yaml is what the run was begun with
   * @param config what it is to be under: the same but for keys that may change
   * @throws org.zowarmup.error.UserErrorException where the folder holds another run
   */
  default RunResult resume(
      Path folder,
      RunConfig config,
      List<String> commandLine,
      RunListener listener,
      BooleanSupplier stopRequested) {
    throw new UnsupportedOperationException("this trainer keeps no checkpoints");
  }
}
