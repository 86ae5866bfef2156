package org.zowarmup.bench.gpu;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.zowarmup.bench.BenchModel;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.error.UserErrorException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Compares a device with the cpu device and measures it; a line of JSON a finding. */
@Command(
    name = "gpu-check",
    mixinStandardHelpOptions = true,
    description = "Parity, determinism and throughput of a device, a line of JSON a finding.")
public final class GpuCheck implements Callable<Integer> {
  private static final int BROKEN = 1;
  private static final int USER_ERROR = 2;

  @Option(names = "--device", defaultValue = "cuda:0", description = "default: cuda:0")
  private String device;

  @Option(
      names = "--steps",
      split = ",",
      defaultValue = "parity,determinism,throughput",
      description = "default: parity,determinism,throughput")
  private List<String> steps;

  @Option(names = "--out", required = true, description = "file of the findings")
  private Path out;

  @Option(names = "--tiny", description = "a few images: whether it runs, no figures")
  private boolean tiny;

  @Override
  public Integer call() throws IOException {
    try (PrintStream file =
        new PrintStream(Files.newOutputStream(out), true, StandardCharsets.UTF_8)) {
      Findings findings = new Findings(file);
      try (Device opened = Devices.open(device, 1).device()) {
        findings.report(
            "about",
            device,
            Map.of("description", opened.description(), "libraries", opened.libraries()));
      }
      for (String step : steps) {
        run(step, findings);
      }
      if (findings.broken() > 0) {
        System.err.println("gpu-check: " + findings.broken() + " bounds do not hold, see " + out);
      }
      return findings.broken() == 0 ? 0 : BROKEN;
    }
  }

  private void run(String step, Findings findings) {
    List<BenchModel> models =
        tiny
            ? List.of(BenchModel.CNN)
            : List.of(BenchModel.CNN, BenchModel.RESNET18, BenchModel.VIT_TINY);
    switch (step) {
      case "parity" -> {
        Parity parity = new Parity(findings, device, tiny ? 4 : 16, tiny ? 4 : 24);
        models.forEach(parity::run);
      }
      case "determinism" -> {
        Determinism determinism = new Determinism(findings, device, tiny ? 4 : 16);
        models.forEach(determinism::run);
      }
      case "throughput" -> throughput(new Throughput(findings, device, tiny ? 1 : 7));
      default ->
          throw new CommandLine.ParameterException(
              new CommandLine(this),
              "--steps: expected parity, determinism or throughput, found " + step);
    }
  }

  private void throughput(Throughput throughput) {
    BenchModel model = tiny ? BenchModel.CNN : BenchModel.RESNET18;
    for (int batch : tiny ? new int[] {4} : new int[] {64, 1024}) {
      throughput.forward(model, batch);
    }
    List<Throughput.Round> rounds =
        tiny
            ? List.of(new Throughput.Round(2, 2, 4))
            : List.of(new Throughput.Round(50, 3, 64), new Throughput.Round(50, 12, 16));
    for (Throughput.Round round : rounds) {
      for (int lanes : tiny ? new int[] {1} : new int[] {1, 2, 4, 8}) {
        throughput.round(model, round, false, lanes);
      }
      throughput.round(model, round, true, 1);
    }
    throughput.epoch(model, tiny ? 8 : 1024, tiny ? 4 : 64);
  }

  public static void main(String[] arguments) {
    CommandLine command = new CommandLine(new GpuCheck());
    command.setExecutionExceptionHandler(
        (e, line, result) -> {
          if (e instanceof UserErrorException) {
            System.err.println("gpu-check: " + e.getMessage());
            return USER_ERROR;
          }
          throw e;
        });
    System.exit(command.execute(arguments));
  }
}
