package org.zowarmup.cli;

import java.nio.file.Path;
import org.zowarmup.record.file.OutputFile;
import picocli.CommandLine.Option;

/** Of commands that write a file where a person wants it. */
final class OutputOptions {
  @Option(
      names = "--force",
      description = "Replace a file that is there; without it, that is refused.")
  private boolean force;

  boolean force() {
    return force;
  }

  /** The checked file; null for none. */
  OutputFile file(String name, Path pathOrNull) {
    return pathOrNull == null ? null : OutputFile.of(name, pathOrNull, force);
  }
}
