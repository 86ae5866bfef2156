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
   * The folder of a run to resume.
   *
   * @param discard whether what does not fit together in it may be removed
   * @param otherSchedule whether rounds may follow a schedule that those before them did not
   */
  record Existing(Path folder, boolean discard, boolean otherSchedule) {
    /** One that is resumed to the bit, or not at all. */
    public Existing(Path folder) {
      this(folder, false, false);
    }
  }

  /**
   * @param config of a run that is resumed: what it is to be under, the same as its config.yaml but
   *     for keys that may change
   * @param existingOrNull a run to resume as if it had never stopped; null for a new one
   * @param commandLine what the program was started with, for the provenance
   * @param stopRequested asked at every round boundary; once true, the run writes what there is and
   *     returns
   * @throws org.zowarmup.error.UserErrorException where the config asks for what cannot be, or the
   *     folder holds another run
   */
  RunResult run(
      RunConfig config,
      Existing existingOrNull,
      List<String> commandLine,
      RunListener listener,
      BooleanSupplier stopRequested);
}
