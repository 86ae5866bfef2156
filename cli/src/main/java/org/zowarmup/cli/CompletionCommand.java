package org.zowarmup.cli;

import java.util.List;
import org.zowarmup.error.UserErrorException;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zowarmup completion}: commands and options at the press of a key. */
@Command(
    name = "completion",
    description = "Print a script that completes commands and options in a shell.",
    footer = {
      "",
      "Examples:",
      "  source <(zowarmup completion bash)",
      "  source <(zowarmup completion zsh)",
    })
final class CompletionCommand extends Main.Printing {
  @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
  private String shell;

  @Spec private CommandSpec spec;

  @Override
  List<String> result() {
    if (!shell.equals("bash") && !shell.equals("zsh")) {
      throw new UserErrorException("completion: expected bash or zsh, found " + shell);
    }
    // picocli's script is for both: in zsh it loads the functions of bash
    return AutoComplete.bash("zowarmup", spec.root().commandLine()).lines().toList();
  }
}
