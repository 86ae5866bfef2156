package org.zowarmup.experiment;

import java.util.List;
import java.util.function.BooleanSupplier;
import org.zowarmup.config.RunConfig;

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
}
