package org.zowarmup;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The command of a process that runs a class of this class path. */
public final class JavaProcess {
  private static final String PROGRAM = "org.zowarmup.cli.";

  /** What the program's classes are loaded by when their archive is made. */
  private static final String SHORT_RUN =
      """
      device: cpu
      repeats: 1
      data: {source: fashion-mnist-mini, partition: {kind: iid}}
      clients: {count: 500, high: 0.004}
      model: {kind: cnn, channels: [4, 4], normGroups: 2}
      warmup: {rounds: 1, cohort: 2, localEpochs: 1, batch: 8}
      zo: {rounds: 1, cohort: 6, seeds: 2, batch: 4}
      methods: [zowarmup]
      evaluate: {everyRounds: 2, batch: 64, maxImages: 64, diagnostics: false}
      """;

  private static List<String> ofProgram; // where its classes are, once an archive is made

  private JavaProcess() {}

  /**
   * With one compiler and one collector, as the tests' own processes have them (pom.xml): one that
   * lives for seconds takes half of the time. Without the file of counters, which one that is
   * killed would leave. The program's own classes come from an archive of Java's (CDS), which saves
   * a quarter of a short run.
   *
   * @param options of Java, such as -Xmx256m
   */
  public static List<String> command(Class<?> main, List<String> options, List<String> words) {
    boolean archived = main.getName().startsWith(PROGRAM) && !options.contains("-cp");
    List<String> command = new ArrayList<>(java());
    command.addAll(archived ? ofProgram() : classPath(System.getProperty("java.class.path")));
    command.addAll(options);
    command.add(main.getName());
    command.addAll(words);
    return command;
  }

  private static List<String> java() {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return List.of(java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData");
  }

  private static List<String> classPath(String path) {
    return List.of("-cp", path);
  }

  private static synchronized List<String> ofProgram() {
    if (ofProgram == null) {
      Path folder = Path.of("target/class-archive").toAbsolutePath();
      try {
        Files.createDirectories(folder);
        try (FileChannel lock =
                FileChannel.open(
                    folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock held = lock.lock()) {
          if (!held.isValid()) {
            throw new IOException("no lock on " + folder);
          }
          ofProgram = archive(folder);
        }
      } catch (IOException e) {
        throw new UncheckedIOException("an archive of the program's classes", e);
      }
    }
    return ofProgram;
  }

  /** Made once for all test processes; anew where a class has changed. */
  private static List<String> archive(Path folder) throws IOException {
    List<Path> entries =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .filter(Files::exists)
            .toList();
    StringBuilder state = new StringBuilder().append(Runtime.version());
    List<String> jars = new ArrayList<>();
    for (Path entry : entries) {
      try (Stream<Path> files = Files.walk(entry)) {
        for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
          state.append(file).append(Files.getLastModifiedTime(file)).append(Files.size(file));
        }
      }
      // only jars can be in an archive's class path
      jars.add(
          Files.isDirectory(entry)
              ? folder.resolve(jars.size() + ".jar").toString()
              : entry.toString());
    }
    List<String> path = classPath(jars.stream().collect(Collectors.joining(File.pathSeparator)));
    Path archive = folder.resolve("classes.jsa");
    List<String> options = new ArrayList<>(List.of("-XX:SharedArchiveFile=" + archive));
    options.addAll(path);
    Path made = folder.resolve("made-of");
    if (Files.exists(made) && Files.readString(made).contentEquals(state)) {
      return options;
    }
    Files.deleteIfExists(made);
    for (int i = 0; i < jars.size(); i++) {
      if (Files.isDirectory(entries.get(i))) {
        String[] words = {"-c0f", jars.get(i), "-C", entries.get(i).toString(), "."};
        int code = ToolProvider.findFirst("jar").orElseThrow().run(System.out, System.err, words);
        if (code != 0) {
          throw new IOException("jar of " + entries.get(i) + " ended with " + code);
        }
      }
    }
    run(folder, archive, path);
    Files.writeString(made, state);
    return options;
  }

  private static void run(Path folder, Path archive, List<String> path) throws IOException {
    Path config = Files.writeString(folder.resolve("short.yaml"), SHORT_RUN);
    Path output = Files.createTempDirectory(folder, "run");
    List<String> command = new ArrayList<>(java());
    command.add("-XX:ArchiveClassesAtExit=" + archive);
    command.addAll(path);
    command.addAll(List.of(PROGRAM + "Main", "train", config.toString(), "output=" + output));
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      // a Java that makes no archive goes without: it takes a file that is missing for none
      if (process.waitFor() != 0) {
        throw new IOException("a run for an archive of classes: " + Files.readString(log));
      }
    } catch (InterruptedException e) {
      throw new IOException("an archive of classes was not waited for", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
