package org.zowarmup;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command of a process that runs a class of this class path. */
public final class JavaProcess {
  private JavaProcess() {}

  /**
   * With one compiler and one collector, as the tests' own processes have them (pom.xml): one that
   * lives for seconds takes half of the time. Without the file of counters, which one that is
   * killed would leave.
   *
   * @param options of Java, such as -Xmx256m
   */
  public static List<String> command(Class<?> main, List<String> options, List<String> words) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.addAll(options);
    command.add(main.getName());
    command.addAll(words);
    return command;
  }
}
