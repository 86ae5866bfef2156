package org.zowarmup.device.kernels;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The program {@code kernels/check/harness.cu}, one build a compute type: by default made here with
 * g++, on the shim, under the address and undefined-behaviour sanitizers. With {@code
 * -Dzowarmup.kernels.harness=DIR} the programs {@code DIR/harness-fp32} and {@code
 * DIR/harness-bf16}, built by nvcc, run the same cases on a GPU; with {@code
 * -Dzowarmup.kernels.cases=DIR} the files of cases are left in DIR for other tools.
 */
final class KernelHarness {
  static final Path KERNELS = Path.of("..", "kernels");
  private static final Path BUILD = Path.of("target", "kernel-harness");
  private static final String GIVEN = System.getProperty("zowarmup.kernels.harness");
  private static final String KEPT = System.getProperty("zowarmup.kernels.cases");

  private final String type;
  private final Path program;

  private KernelHarness(String type, Path program) {
    this.type = type;
    this.program = program;
  }

  /** True if the kernels run on a GPU, where threads have no order to choose. */
  static boolean isOnGpu() {
    return GIVEN != null;
  }

  static KernelHarness build(boolean bf16) throws IOException, InterruptedException {
    String type = bf16 ? "bf16" : "fp32";
    if (isOnGpu()) {
      return new KernelHarness(type, Path.of(GIVEN, "harness-" + type));
    }
    List<String> command =
        new ArrayList<>(
            List.of("g++", "-x", "c++", "-std=c++17", "-O1", "-g1", "-ffp-contract=off"));
    command.addAll(List.of("-fsanitize=address,undefined", "-fno-sanitize-recover=all"));
    command.addAll(List.of("-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas"));
    command.add("-DZOWARMUP_BF16=" + (bf16 ? 1 : 0));
    command.addAll(List.of("-I" + KERNELS.resolve("shim"), "-I" + KERNELS.resolve("src")));
    command.add(KERNELS.resolve("check").resolve("harness.cu").toString());
    Path program = BUILD.resolve("harness-" + type + "-" + key(command));
    if (!Files.exists(program)) {
      Files.createDirectories(BUILD);
      Path fresh = Files.createTempFile(BUILD, "harness", ".new");
      command.addAll(List.of("-o", fresh.toString()));
      run(command, Map.of());
      Files.move(fresh, program);
    }
    return new KernelHarness(type, program);
  }

  /** Of the command and all sources: the same key is the same program. */
  private static String key(List<String> command) throws IOException {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(String.join(" ", command).getBytes(StandardCharsets.UTF_8));
      for (String folder : List.of("src", "shim", "check")) {
        try (Stream<Path> files = Files.list(KERNELS.resolve(folder))) {
          for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
            sha.update(Files.readAllBytes(file));
          }
        }
      }
      return HexFormat.of().formatHex(sha.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Runs a command to its end; throws with its output where it fails. */
  static String run(List<String> command, Map<String, String> environment)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output;
    try (var in = process.getInputStream()) {
      output = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    int code = process.waitFor();
    if (code != 0) {
      throw new AssertionError(
          "exit code " + code + " of " + String.join(" ", command) + "\n" + output);
    }
    return output;
  }

  /**
   * @param order of the threads on the shim: 0 ascending, 1 descending, 2 mixed
   */
  List<KernelCase.Outcome> run(List<KernelCase> cases, int order)
      throws IOException, InterruptedException {
    Path input = Files.createTempFile("kernel-cases", ".bin");
    Path output = Files.createTempFile("kernel-results", ".bin");
    try {
      writeCases(cases, input);
      if (KEPT != null) {
        Files.copy(input, Path.of(KEPT, "cases-" + type + ".bin"), REPLACE_EXISTING);
      }
      run(
          List.of(program.toString(), input.toString(), output.toString()),
          Map.of("SHIM_ORDER", Integer.toString(order), "ASAN_OPTIONS", "detect_leaks=1"));
      ByteBuffer results =
          ByteBuffer.wrap(Files.readAllBytes(output)).order(ByteOrder.LITTLE_ENDIAN);
      return cases.stream().map(c -> c.readOutcome(results)).toList();
    } finally {
      Files.delete(input);
      Files.delete(output);
    }
  }

  private static void writeCases(List<KernelCase> cases, Path file) {
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      out.writeInt(Integer.reverseBytes(cases.size()));
      for (KernelCase c : cases) {
        c.write(out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
