package org.zowarmup.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** The words that started the program, for the provenance. */
final class CommandWords {
  private CommandWords() {}

  static List<String> of(CommandSpec spec) {
    List<String> words = new ArrayList<>(List.of("zowarmup"));
    words.addAll(spec.root().commandLine().getParseResult().originalArgs());
    return words;
  }
}
