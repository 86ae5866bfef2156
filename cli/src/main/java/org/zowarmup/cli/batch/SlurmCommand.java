package org.zowarmup.cli.batch;

import static java.util.Map.entry;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import org.zowarmup.error.ConfigException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.setup.ConfigResolver;
import org.zowarmup.sweep.Sweep;
import org.zowarmup.sweep.SweepGrid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zowarmup slurm}: a job script for Slurm that saves itself before its time limit. */
@Command(
    name = "slurm",
    description = {
      "Print a job script for Slurm. The job is told before its time limit, writes a checkpoint,",
      "is queued again and continues in its folder until it is done. Where a key has several",
      "values, the script is an array job with a task for every cell of the sweep."
    },
    footer = {
      "",
      "Examples:",
      "  zowarmup slurm configs/quickstart.yaml --time 2:00:00 > job.sh && sbatch job.sh",
      "  zowarmup slurm configs/quickstart.yaml --nodes 2 --gpus-per-node 4 --time 12:00:00",
      "  zowarmup slurm configs/quickstart.yaml zo.seeds=4,8 seed=1,2,3 --time 1:00:00",
    })
public final class SlurmCommand implements Callable<Integer> {
  private static final String OUTPUT = "output=";
  private static final Duration SHORTEST = Duration.ofMinutes(2);

  /** What the script sets itself, and the option of this command that says with what. */
  private static final Map<String, String> OWN =
      Map.ofEntries(
          entry("--time", "--time"),
          entry("-t", "--time"),
          entry("--nodes", "--nodes"),
          entry("-N", "--nodes"),
          entry("--ntasks", "--tasks-per-node"),
          entry("-n", "--tasks-per-node"),
          entry("--ntasks-per-node", "--tasks-per-node"),
          entry("--cpus-per-task", "--cpus-per-task"),
          entry("-c", "--cpus-per-task"),
          entry("--gpus-per-task", "--gpus-per-node"),
          entry("--gpus-per-node", "--gpus-per-node"),
          entry("--signal", "--signal-before"),
          entry("--array", "the values of the sweep, --at-once and --array-limit"),
          entry("-a", "the values of the sweep, --at-once and --array-limit"));

  @Parameters(index = "0", paramLabel = "CONFIG", description = "YAML file, as for train.")
  private Path config;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "KEY=VALUE",
      description = "Overrides, as for train; with KEY=A,B as for sweep.")
  private List<String> words = new ArrayList<>();

  @Option(
      names = "--time",
      required = true,
      paramLabel = "TIME",
      converter = StopOptions.Time.class,
      description = "Time limit of a start of the job, such as 12:00:00, 1-00:00:00 or 90m.")
  private Duration time;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "1",
      description = "Nodes of a run (default: ${DEFAULT-VALUE}).")
  private int nodes;

  @Option(
      names = "--gpus-per-node",
      paramLabel = "N",
      defaultValue = "0",
      description = "GPUs on each node, each with a task of its own (default: none).")
  private int gpus;

  @Option(
      names = "--tasks-per-node",
      paramLabel = "N",
      description = "Tasks on each node of a run without GPUs (default: 1).")
  private Integer tasks;

  @Option(
      names = "--cpus-per-task",
      paramLabel = "N",
      defaultValue = "8",
      description = "Threads of a task (default: ${DEFAULT-VALUE}).")
  private int cpus;

  @Option(
      names = "--signal-before",
      paramLabel = "SECONDS",
      description = {
        "How long before the time limit the job is told (default: a tenth of the time,",
        "60 to 300). Slurm may be up to a minute early."
      })
  private Integer signalBefore;

  @Option(
      names = "--mpi",
      paramLabel = "TYPE",
      defaultValue = "pmix",
      description = {
        "How srun starts several tasks: pmix for Open MPI, pmi2 for MPICH; see srun --mpi=list",
        "(default: ${DEFAULT-VALUE})."
      })
  private String mpi;

  @Option(
      names = "--at-once",
      paramLabel = "N",
      description = "Most tasks of an array that run at once (default: all).")
  private Integer atOnce;

  @Option(
      names = "--array-limit",
      paramLabel = "N",
      defaultValue = "1000",
      description = {
        "Most tasks of an array, below the MaxArraySize of `scontrol show config`; of a larger",
        "sweep a task has every N-th cell (default: ${DEFAULT-VALUE})."
      })
  private int arrayLimit;

  @Option(
      names = "--sbatch",
      paramLabel = "OPTION",
      description = "Another option of sbatch, such as --sbatch=--partition=gpu; may be repeated.")
  private List<String> options = new ArrayList<>();

  @Option(
      names = "--setup",
      paramLabel = "LINE",
      description = "A line of shell before the start, such as --setup='module load openmpi'.")
  private List<String> setup = new ArrayList<>();

  @Spec private CommandSpec spec;

  private final String launcher;

  /**
   * @param launcher what starts the program
   */
  public SlurmCommand(String launcher) {
    this.launcher = launcher;
  }

  @Override
  public Integer call() {
    requireSane();
    SweepGrid grid =
        SweepGrid.parse(words.stream().filter(word -> !word.startsWith(OUTPUT)).toList());
    boolean sweep = !grid.axes().isEmpty();
    if (sweep && nodes * tasksPerNode() > 1) {
      throw new UserErrorException(
          "a sweep's cell is trained by one task: expected --nodes 1 with one GPU or task, found %d; more tasks of the array run at once (--at-once)"
              .formatted(nodes * tasksPerNode()));
    }
    // of a sweep every cell is checked before anything is queued
    int cells = sweep ? new Sweep(config, grid, Path.of("unused")).check() : 0;
    RunConfig run = ConfigLoader.load(config, sweep ? grid.cells().get(0).overrides() : words);
    if (!sweep) {
      ConfigResolver.resolve(run);
    }
    PrintWriter out = spec.commandLine().getOut();
    script(run, cells).forEach(out::println);
    out.flush();
    return 0;
  }

  private void requireSane() {
    requireAtLeast("--nodes", nodes, 1);
    requireAtLeast("--gpus-per-node", gpus, 0);
    requireAtLeast("--cpus-per-task", cpus, 1);
    requireAtLeast("--tasks-per-node", tasks == null ? 1 : tasks, 1);
    requireAtLeast("--at-once", atOnce == null ? 1 : atOnce, 1);
    requireAtLeast("--array-limit", arrayLimit, 1);
    requireAtLeast("--signal-before", signalBefore == null ? 1 : signalBefore, 1);
    options.forEach(SlurmCommand::requireSbatch);
    requireShell();
    if (gpus > 0 && tasks != null && tasks != gpus) {
      throw new UserErrorException(
          "--tasks-per-node: expected as many tasks as GPUs, %d, since each has one; found %d; leave it out"
              .formatted(gpus, tasks));
    }
    if (time.compareTo(SHORTEST) < 0) {
      throw new UserErrorException(
          "--time: expected at least 2 minutes, since Slurm counts in minutes and tells the job"
              + " before; found "
              + clock(time));
    }
    if (signalSeconds() + 60 > time.toSeconds()) {
      throw new UserErrorException(
          "--signal-before: expected at most %d seconds, a minute less than the time limit, found %d; a job that is told sooner does nothing and is queued again for ever"
              .formatted(time.toSeconds() - 60, signalSeconds()));
    }
  }

  private static void requireSbatch(String option) {
    if (!option.matches("-[a-zA-Z].*|--[a-z].*")) {
      throw new UserErrorException(
          "--sbatch: expected an option of sbatch, such as --sbatch=--partition=gpu; found "
              + oneLine(option));
    }
    String name = option.replaceFirst("^(--[a-z-]+|-.).*", "$1");
    if (OWN.containsKey(name)) {
      throw new UserErrorException(
          "--sbatch: %s is set by the script itself; give it by %s".formatted(name, OWN.get(name)));
    }
  }

  /** Lines that no shell can read would end the job as soon as it starts. */
  private void requireShell() {
    if (setup.isEmpty()) {
      return;
    }
    try {
      Process bash =
          new ProcessBuilder("bash", "-n", "-c", String.join("\n", setup))
              .redirectErrorStream(true)
              .start();
      String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (bash.waitFor() != 0) {
        throw new UserErrorException(
            "--setup: expected lines of shell, found %s; bash says: %s"
                .formatted(oneLine(String.join("; ", setup)), oneLine(said.strip())));
      }
    } catch (IOException e) {
      throw new UserErrorException("--setup: needs bash to look at these lines: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserErrorException("--setup: interrupted while bash looked at these lines", e);
    }
  }

  private static void requireAtLeast(String option, int found, int least) {
    if (found < least) {
      throw new UserErrorException(
          "%s: expected a number of at least %d, found %d".formatted(option, least, found));
    }
  }

  private long signalSeconds() {
    return signalBefore != null ? signalBefore : Math.max(60, Math.min(300, time.toSeconds() / 10));
  }

  private boolean isQueuedAgain() {
    return !options.contains("--no-requeue");
  }

  private int tasksPerNode() {
    return gpus > 0 ? gpus : tasks == null ? 1 : tasks;
  }

  /**
   * @param cells of a sweep, 0 for a run
   */
  private List<String> script(RunConfig run, int cells) {
    List<String> lines = new ArrayList<>();
    lines.add("#!/bin/bash");
    lines.add(
        "# "
            + oneLine(String.join(" ", spec.root().commandLine().getParseResult().originalArgs())));
    lines.add("# Submit it with sbatch; sbatch --test-only says when it would start.");
    lines.add("#SBATCH --job-name=" + run.name());
    if (cells > 0) {
      int parts = Math.min(cells, arrayLimit);
      lines.add("#SBATCH --array=1-" + parts + (atOnce == null ? "" : "%" + atOnce));
    }
    lines.add("#SBATCH --nodes=" + nodes);
    lines.add("#SBATCH --ntasks-per-node=" + tasksPerNode());
    if (gpus > 0) {
      lines.add("#SBATCH --gpus-per-task=1");
    }
    lines.add("#SBATCH --cpus-per-task=" + cpus);
    lines.add("#SBATCH --time=" + clock(time));
    lines.add("#SBATCH --signal=USR1@" + signalSeconds());
    if (isQueuedAgain()) {
      lines.add("#SBATCH --requeue");
    }
    lines.add("#SBATCH --open-mode=append");
    lines.add("#SBATCH --output=%x-" + (cells > 0 ? "%A_%a" : "%j") + ".out");
    options.forEach(option -> lines.add("#SBATCH " + oneLine(option)));
    lines.add("");
    lines.add("cd -- " + quoted(Path.of("").toAbsolutePath().toString()) + " || exit 2");
    lines.addAll(setup);
    lines.add("# srun does not take this from sbatch by itself (Slurm 22.05 and newer)");
    lines.add("export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK");
    lines.add(cells > 0 ? "id=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" : "id=$SLURM_JOB_ID");
    lines.add("echo \"job $id on $SLURM_JOB_NODELIST, start $((${SLURM_RESTART_COUNT:-0} + 1))\"");
    lines.add("");
    lines.addAll(start(run, cells));
    lines.add("code=$?");
    if (isQueuedAgain()) {
      lines.add("if [ $code -eq 75 ]; then");
      lines.add("  # stopped with a checkpoint: the same job again, which continues in its folder");
      lines.add("  scontrol requeue \"$id\"");
      lines.add("fi");
    }
    lines.add("exit $code");
    return lines;
  }

  private List<String> start(RunConfig run, int cells) {
    boolean several = nodes * tasksPerNode() > 1;
    List<String> parts = new ArrayList<>();
    parts.add("srun --kill-on-bad-exit=1" + (several ? " --mpi=" + quoted(mpi) : ""));
    parts.add(quoted(launcher) + (cells > 0 ? " sweep " : " train ") + quoted(config.toString()));
    words.forEach(word -> parts.add(quoted(word)));
    device(run).forEach(word -> parts.add(quoted(word)));
    if (words.stream().noneMatch(word -> word.startsWith(OUTPUT))) {
      String id = cells > 0 ? "$SLURM_ARRAY_JOB_ID" : "$SLURM_JOB_ID";
      parts.add("\"output=runs/" + run.name() + "-" + id + "\"");
    }
    parts.add(
        cells == 0
            ? "--resume-if-exists"
            : cells <= arrayLimit
                ? "--cell \"$SLURM_ARRAY_TASK_ID\""
                : "--shard \"$SLURM_ARRAY_TASK_ID/" + arrayLimit + "\"");
    parts.add("--progress lines");
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      lines.add((i == 0 ? "" : "  ") + parts.get(i) + (i == parts.size() - 1 ? "" : " \\"));
    }
    return lines;
  }

  /** A run that was given GPUs must not fall back to processors without a word. */
  private List<String> device(RunConfig run) {
    if (gpus == 0 && run.device().startsWith("cuda")) {
      throw new ConfigException(
          "device", "expected --gpus-per-node with device " + run.device() + ", found none");
    }
    if (gpus > 0 && !run.device().startsWith("cuda") && !run.device().equals("auto")) {
      throw new ConfigException(
          "device", "expected cuda or auto with --gpus-per-node, found " + run.device());
    }
    // each task sees its own GPU alone, which is then the first
    return gpus > 0 && run.device().equals("auto") ? List.of("device=cuda:0") : List.of();
  }

  private static String clock(Duration time) {
    long minutes = (time.toSeconds() + 59) / 60;
    return String.format(
        Locale.ROOT, "%d-%02d:%02d:00", minutes / 1440, minutes / 60 % 24, minutes % 60);
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\R", " ");
  }

  /** One word for a shell, whatever is in it. */
  private static String quoted(String word) {
    return word.matches("[A-Za-z0-9=./,:_@%+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
