package org.zowarmup.cli.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.run.RealRun;

/**
 * The job scripts, read and run by bash; a Slurm of its own runs them in .ci/slurm-story. Here the
 * two commands of Slurm only write down what they are called with.
 */
class SlurmCommandTest {
  @TempDir private Path folder;
  private Path config;

  @BeforeEach
  void writeConfig() throws IOException {
    config = Files.writeString(folder.resolve("it's a config.yaml"), "{name: my_run}\n");
  }

  private String script(String... words) throws Exception {
    RealRun run = slurm(words);
    assertEquals("", run.err());
    assertEquals(0, run.code());
    Path file = Files.writeString(folder.resolve("job.sh"), run.out());
    assertEquals("", bash(Map.of(), "-n", file.toString()));
    return run.out();
  }

  private RealRun slurm(String... words) {
    List<String> all = new ArrayList<>(List.of("slurm", config.toString()));
    all.addAll(List.of(words));
    return RealRun.main(() -> false, folder, all.toArray(String[]::new));
  }

  private String bash(Map<String, String> environment, String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("bash"));
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return out;
  }

  private static void assertLines(String script, String... lines) {
    List<String> all = script.lines().toList();
    for (String line : lines) {
      assertTrue(all.contains(line), () -> "no line " + line + " in\n" + script);
    }
  }

  @Test
  void aRunOnGpusHasATaskAGpuAndIsToldBeforeItsLimit() throws Exception {
    String script = script("--nodes", "2", "--gpus-per-node", "4", "--time", "12:00:00", "seed=7");
    assertEquals("#!/bin/bash", script.lines().findFirst().orElseThrow());
    assertLines(
        script,
        "#SBATCH --job-name=my_run",
        "#SBATCH --nodes=2",
        "#SBATCH --ntasks-per-node=4",
        "#SBATCH --gpus-per-task=1",
        "#SBATCH --cpus-per-task=8",
        "#SBATCH --time=0-12:00:00",
        "#SBATCH --signal=USR1@300",
        "#SBATCH --requeue",
        "#SBATCH --open-mode=append",
        "#SBATCH --output=%x-%j.out",
        "srun --kill-on-bad-exit=1 --mpi=pmix \\",
        "  seed=7 \\",
        "  device=cuda:0 \\",
        "  \"output=runs/my_run-$SLURM_JOB_ID\" \\",
        "  --resume-if-exists \\");
    assertFalse(script.contains("--array"), script);
  }

  @Test
  void optionsAndSetupAreTakenAsTheyAre() throws Exception {
    String script =
        script(
            "--time",
            "30m",
            "--tasks-per-node",
            "3",
            "--cpus-per-task",
            "2",
            "--mpi",
            "pmi2",
            "--sbatch=--partition=cpu",
            "--sbatch=--mem=8G",
            "--setup",
            "module load mpich",
            "output=mine");
    assertLines(
        script,
        "#SBATCH --time=0-00:30:00",
        "#SBATCH --signal=USR1@180",
        "#SBATCH --ntasks-per-node=3",
        "#SBATCH --partition=cpu",
        "#SBATCH --mem=8G",
        "module load mpich",
        "srun --kill-on-bad-exit=1 --mpi=pmi2 \\",
        "  output=mine \\");
    assertFalse(script.contains("gpus"), script);
    assertFalse(script.contains("SLURM_JOB_ID\" \\"), script);
  }

  @Test
  void aJobThatMustNotBeQueuedAgainIsNot() throws Exception {
    String script = script("--time", "30m", "--sbatch=--no-requeue");
    assertLines(script, "#SBATCH --no-requeue", "exit $code");
    assertFalse(script.contains("#SBATCH --requeue"), script);
    assertFalse(script.contains("scontrol"), script);
  }

  @Test
  void aSweepIsAnArrayWithATaskForEveryCell() throws Exception {
    String script = script("--time", "1:00:00", "--at-once", "2", "zo.seeds=2,4", "seed=1,2,3");
    assertLines(
        script,
        "#SBATCH --array=1-6%2",
        "#SBATCH --output=%x-%A_%a.out",
        "id=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID",
        "  zo.seeds=2,4 \\",
        "  \"output=runs/my_run-$SLURM_ARRAY_JOB_ID\" \\",
        "  --cell \"$SLURM_ARRAY_TASK_ID\" \\");
    assertTrue(script.contains(" sweep "), script);
    assertLines(
        script("--time", "1:00:00", "--array-limit", "4", "zo.seeds=2,4", "seed=1,2,3"),
        "#SBATCH --array=1-4",
        "  --shard \"$SLURM_ARRAY_TASK_ID/4\" \\");
  }

  @Test
  void bashHandsOnEveryWordAndQueuesAJobAgainThatStoppedWithACheckpoint() throws Exception {
    Path bin = Files.createDirectories(folder.resolve("bin"));
    for (String name : List.of("srun", "scontrol")) {
      Path file =
          Files.writeString(
              bin.resolve(name),
              "#!/bin/bash\nprintf '<%s>' "
                  + name
                  + " \"$@\"\necho\nexit ${"
                  + name
                  + "_code:-0}\n");
      assertTrue(file.toFile().setExecutable(true));
    }
    script("--time", "10:00", "data.path='it''s $HOME `x` \"q\"'", "seed=2");
    Map<String, String> job =
        Map.of(
            "PATH",
            bin + ":" + System.getenv("PATH"),
            "SLURM_JOB_ID",
            "17",
            "SLURM_CPUS_PER_TASK",
            "8",
            "SLURM_JOB_NODELIST",
            "n1",
            "srun_code",
            "75");
    String out = bash(job, folder.resolve("job.sh").toString());
    List<String> lines = out.lines().toList();
    assertEquals("job 17 on n1, start 1", lines.get(0), out);
    String words =
        "<srun><--kill-on-bad-exit=1><zowarmup><train><%s><data.path='it''s $HOME `x` \"q\"'><seed=2>"
            .formatted(config);
    assertTrue(lines.get(1).startsWith(words), out);
    assertTrue(lines.get(1).contains("-17><--resume-if-exists><--progress><lines>"), out);
    assertEquals("<scontrol><requeue><17>", lines.get(2), out);
    script("--time", "10:00", "seed=1,2");
    Map<String, String> done = new HashMap<>(job);
    done.putAll(Map.of("srun_code", "0", "SLURM_ARRAY_JOB_ID", "16", "SLURM_ARRAY_TASK_ID", "2"));
    String array = bash(done, folder.resolve("job.sh").toString());
    assertTrue(array.contains("<output=runs/my_run-16><--cell><2>"), array);
    assertFalse(array.contains("scontrol"), array);
  }

  @Test
  void whatCannotBeIsRefusedBeforeAnythingIsQueued() {
    for (String[] words :
        new String[][] {
          {},
          {"--time", "1m"},
          {"--time", "soon"},
          {"--time", "1h", "--nodes", "0"},
          {"--time", "1h", "--signal-before", "3600"},
          {"--time", "5m", "--signal-before", "241"},
          {"--time", "1h", "--gpus-per-node", "2", "--tasks-per-node", "3"},
          {"--time", "1h", "device=cuda:0"},
          {"--time", "1h", "device=cpu", "--gpus-per-node", "1"},
          {"--time", "1h", "zo.seeds=0"},
          {"--time", "1h", "zo.seeds=1,0"},
          {"--time", "1h", "zo.seeds=1,2", "--nodes", "2"},
          {"--time", "1h", "zo.seeds=1,2", "--gpus-per-node", "2"},
          {"--time", "1h", "zo.seeds=1,2", "--tasks-per-node", "4"},
          {"--time", "1h", "--sbatch=partition=gpu"},
          {"--time", "1h", "--sbatch="},
          {"--time", "1h", "--sbatch=--mem=8G\nrm -r x"},
          {"--time", "1h", "--sbatch=--time=2:00:00"},
          {"--time", "1h", "--sbatch=-N2"},
          {"--time", "1h", "--sbatch=--signal=USR1@10"},
          {"--time", "1h", "--setup", "module load 'openmpi"},
          {"--time", "1h", "--setup", "if true; then", "--setup", "module load openmpi"},
        }) {
      RealRun run = slurm(words);
      assertEquals(2, run.code(), String.join(" ", words) + run.out());
      assertEquals("", run.out());
      assertFalse(run.err().isBlank());
    }
  }
}
