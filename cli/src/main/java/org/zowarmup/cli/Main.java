package org.zowarmup.cli;

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.zowarmup.cli.batch.SlurmCommand;
import org.zowarmup.config.CheckpointConfig.Signal;
import org.zowarmup.device.Devices;
import org.zowarmup.device.NativeFolder;
import org.zowarmup.error.Printable;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.Provenance;
import org.zowarmup.record.file.OutputFile;
import org.zowarmup.run.Experiment;
import org.zowarmup.run.ProcessRanks;
import org.zowarmup.run.Trainer;
import org.zowarmup.setup.ThreadBudget;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program {@code zowarmup}. */
@Command(
    name = "zowarmup",
    scope = ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    usageHelpWidth = 90,
    synopsisHeading = "Usage: ",
    descriptionHeading = "%n",
    parameterListHeading = "%nParameters:%n",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n")
public final class Main implements Callable<Integer> {
  static final int EXIT_OK = 0;
  static final int EXIT_BUG = 1;
  static final int EXIT_USER_ERROR = 2;

  /** Cells of a sweep failed and the others are done. */
  static final int EXIT_CELLS_FAILED = 3;

  /** EX_TEMPFAIL of sysexits.h: stopped with a checkpoint, to be started again. */
  static final int EXIT_STOPPED = 75;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of an error.")
  private boolean debug;

  @Spec private CommandSpec spec;

  private static final String SERVICES = "META-INF/services/org.zowarmup.";

  private final CommandLine commandLine;
  private final ErrorLines errors;

  /**
   * @param trainer makes what runs experiments, when one is to be run
   * @param devices lists the devices, when they are asked for
   * @param signals lets signals ask for a stop; says whether a run should stop at its next boundary
   * @param out takes results
   * @param err takes messages
   */
  public Main(
      Supplier<Trainer> trainer,
      Supplier<List<Devices.Line>> devices,
      Function<List<Signal>, BooleanSupplier> signals,
      PrintWriter out,
      PrintWriter err) {
    errors = new ErrorLines(err);
    commandLine =
        new CommandLine(this)
            .addSubcommand(new TrainCommand(trainer, signals))
            .addSubcommand(new ResumeCommand(trainer, signals))
            .addSubcommand(new ReplayCommand())
            .addSubcommand(new SweepCommand(trainer, signals))
            .addSubcommand(new SlurmCommand(System.getProperty("zowarmup.launcher", "zowarmup")))
            .addSubcommand(new ReportCommand())
            .addSubcommand(new WatchCommand())
            .addSubcommand(new PlanCommand())
            .addSubcommand(new PlanCommand.CheckLayer())
            .addSubcommand(new EvaluateCommand())
            .addSubcommand(new ExportCommand())
            .addSubcommand(new ConfigCommand())
            .addSubcommand(new DevicesCommand(devices))
            .addSubcommand(new MpiCommand())
            .addSubcommand(new DataCommand())
            .addSubcommand(new CompletionCommand())
            .setOut(out)
            .setErr(err)
            // A value may start with @, and no file of arguments was promised.
            .setExpandAtFiles(false)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setParameterExceptionHandler((e, arguments) -> errors.usage(e))
            .setExecutionExceptionHandler((e, command, parsed) -> errors.failure(e, debug));
    commandLine
        .getCommandSpec()
        .usageMessage()
        .description(
            "Simulates ZOWarmUp: federated learning that warms up by back-propagation on a few",
            "high-resource clients, then trains on all clients with two forward passes a probe.")
        .footer(
            "",
            "Start here:  ./zowarmup train configs/quickstart.yaml",
            "Exit codes:  0 done, 1 a bug, 2 something to fix (one line says what),",
            "             3 cells of a sweep failed, and the same words try them again,",
            "             75 stopped by a signal or --max-time with a checkpoint: `zowarmup"
                + " resume`,",
            "             128 + n ended at once by signal n");
  }

  /** Runs one command line and returns the exit code; never throws. */
  public int run(String... arguments) {
    try {
      checkJars(System.getProperty("zowarmup.with", ""));
      NativeFolder.choose();
      if (ProcessRanks.isOneOfMany() && !isForRanks(arguments)) {
        return EXIT_OK; // the first of a launcher's processes does it
      }
      return commandLine.execute(arguments);
    } catch (Throwable e) {
      // Errors such as a lack of memory, which the command-line library lets through.
      return errors.failure(e, debug);
    }
  }

  /** True for commands whose work several processes share. */
  private static boolean isForRanks(String... words) {
    return Arrays.stream(words)
        .filter(word -> !word.startsWith("-"))
        .findFirst()
        .filter(Set.of("train", "resume", "sweep")::contains)
        .isPresent();
  }

  /** A command whose result is lines. */
  abstract static class Printing implements Callable<Integer> {
    @Spec private CommandSpec spec;

    abstract List<String> result();

    /** What {@link #result} has written; null for nothing. */
    OutputFile written() {
      return null;
    }

    @Override
    public final Integer call() {
      List<String> lines = result();
      return print(spec, written(), lines);
    }
  }

  /** Shows the result of a command that went well. */
  static int print(CommandSpec spec, List<String> lines) {
    return print(spec, null, lines);
  }

  /**
   * Shows the result of a command that wrote a file.
   *
   * @param file where it is a device or a pipe, standard output may be the same and takes no lines
   */
  static int print(CommandSpec spec, OutputFile file, List<String> lines) {
    boolean aside = file != null && file.isStream();
    PrintWriter out = aside ? spec.commandLine().getErr() : spec.commandLine().getOut();
    lines.forEach(line -> out.println(Printable.text(line)));
    out.flush();
    return EXIT_OK;
  }

  /** The words that started the program, for the provenance. */
  static List<String> words(CommandSpec spec) {
    List<String> words = new ArrayList<>(List.of("zowarmup"));
    words.addAll(spec.root().commandLine().getParseResult().originalArgs());
    return words;
  }

  /** Without a command there is nothing to do but to say what could be done. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return EXIT_USER_ERROR;
  }

  /** The version as the build knows it. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "zowarmup " + Provenance.current().line(),
        "Java " + Runtime.version() + " (" + System.getProperty("java.vm.name") + ")"
      };
    }
  }

  /**
   * Refuses jars that were given with {@code --with} and cannot be what was meant.
   *
   * @param jars paths with the system's separator between them, empty for none
   */
  static void checkJars(String jars) {
    Map<String, String> byName = new HashMap<>();
    for (String jar : jars.isEmpty() ? new String[0] : jars.split(File.pathSeparator, -1)) {
      File file = new File(jar);
      String other = byName.put(file.getName(), jar);
      if (other != null) {
        throw new UserErrorException(
            "--with %s: expected jars of different names, found another of that name, %s"
                .formatted(jar, other));
      }
      try (ZipFile zip = new ZipFile(file)) {
        List<String> named =
            zip.stream().map(ZipEntry::getName).filter(name -> name.startsWith(SERVICES)).toList();
        for (String name : named) {
          requireService(jar, name);
        }
        if (named.isEmpty()) {
          throw new UserErrorException(
              "--with %s: expected a jar that names a service of ZOWarmUp, found none below %s; see docs/extending.md"
                  .formatted(jar, SERVICES));
        }
      } catch (IOException e) {
        throw new UserErrorException(
            "--with %s: expected a jar, found %s"
                .formatted(jar, file.exists() ? "a file that is none" : "no such file"),
            e);
      }
    }
  }

  private static void requireService(String jar, String file) {
    try {
      Class.forName(file.substring(file.lastIndexOf('/') + 1), false, Main.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new UserErrorException(
          "--with %s: expected names of services of ZOWarmUp, found %s; docs/extending.md lists them"
              .formatted(jar, file),
          e);
    }
  }

  /** Whether the words have letters that a locale of ASCII alone made question marks of. */
  private static boolean lostLetters() {
    String encoding = System.getProperty("sun.jnu.encoding", "");
    if (!encoding.equals("ANSI_X3.4-1968") && !encoding.equals("US-ASCII")) {
      return false;
    }
    try {
      for (byte b : Files.readAllBytes(Path.of("/proc/self/cmdline"))) {
        if (b < 0) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      return false; // another system, which says nothing about it
    }
  }

  public static void main(String[] arguments) {
    StandardOutput stdout =
        new StandardOutput(new FileOutputStream(FileDescriptor.out), Path.of("/proc/self/fd/1"));
    PrintWriter out = new PrintWriter(stdout, true, Charset.defaultCharset());
    PrintWriter err = new PrintWriter(System.err, true, Charset.defaultCharset());
    Main main =
        new Main(
            Experiment::new,
            () -> Devices.list(ThreadBudget.threads(null)),
            new StopSignals(System.err)::listen,
            out,
            err);
    int code = lostLetters() ? main.errors.lostLetters() : main.run(arguments);
    out.flush();
    System.exit(ProcessRanks.end(stdout.exitCode(code, err), EXIT_STOPPED));
  }
}
