package org.zowarmup.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code zowarmup data}: commands about data sets; without one, what there is. */
@Command(
    name = "data",
    description = "Look at data sets.",
    subcommands = {DataInspectCommand.class, DataPartitionCommand.class, DataConvertCommand.class})
final class DataCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return Main.EXIT_USER_ERROR;
  }
}
