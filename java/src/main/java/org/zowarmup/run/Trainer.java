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
   * @param config of a run that is resumed: what it is to be under, the same as its config.yaml but
   *     for keys that may change
   * @param existingOrNull folder of a run to resume as if it had never stopped; null for a new one
   * @param commandLine what the program was started with, for the provenance
   * @param stopRequested asked at every round boundary; once true, the run writes what there is and
   *     returns
   * @throws org.zowarmup.error.UserErrorException where the config asks for what cannot be, or the
   *     folder holds another run
   */
  RunResult run(
      RunConfig config,
      Path existingOrNull,
      List<String> commandLine,
      RunListener listener,
      BooleanSupplier stopRequested);
}
