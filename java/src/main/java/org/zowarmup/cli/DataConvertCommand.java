package org.zowarmup.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.zowarmup.setup.DataConversion;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zowarmup data convert}: a copy in one file that opens at once. */
@Command(
    name = "convert",
    description = {
      "Write a data set into one file that a run maps to memory instead of loading it;",
      "data.path=FILE then takes the place of the original."
    })
final class DataConvertCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "PATH", description = "As data.path: a folder or file.")
  private String path;

  @Parameters(
      index = "1",
      paramLabel = "FILE",
      description = "What to write, for example x.zowdata.")
  private Path file;

  @Option(
      names = "--source",
      paramLabel = "NAME",
      defaultValue = "auto",
      description = "As data.source (default: auto, by the content).")
  private String source;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    long bytes = DataConversion.convert(source, path, file);
    return Main.print(spec, List.of("%s: %s".formatted(file, Units.bytes((double) bytes))));
  }
}
