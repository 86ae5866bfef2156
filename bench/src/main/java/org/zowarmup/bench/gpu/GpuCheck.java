package org.zowarmup.bench.gpu;

import static org.zowarmup.device.Precision.BF16;
import static org.zowarmup.device.Precision.FP32;
import static org.zowarmup.device.Precision.TF32;

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
import org.zowarmup.device.Precision;
import org.zowarmup.error.UserErrorException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Tries a device, compares it with the cpu device and measures it; a line of JSON a finding. */
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

  @Option(
      names = "--models",
      split = ",",
      description = "of parity and determinism; default: all that are measured, with --tiny cnn")
  private List<String> models;

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
    switch (step) {
      case "smoke" -> {
        Smoke smoke = new Smoke(findings, device);
        if (tiny) {
          smoke.run(List.of(BenchModel.CNN), 2, 3);
        } else {
          smoke.run(List.of(BenchModel.RESNET18, BenchModel.CNN, BenchModel.VIT_TINY), 64, 800);
        }
      }
      case "parity" -> {
        Parity parity = new Parity(findings, device, tiny ? 4 : 16, tiny ? 4 : 24);
        compared().forEach(parity::run);
      }
      case "determinism" -> {
        Determinism determinism = new Determinism(findings, device, tiny ? 4 : 16);
        compared().forEach(determinism::run);
      }
      case "throughput" -> throughput(findings);
      default ->
          throw new CommandLine.ParameterException(
              new CommandLine(this),
              "--steps: expected smoke, parity, determinism or throughput, found " + step);
    }
  }

  private List<BenchModel> compared() {
    if (models != null) {
      return models.stream().map(BenchModel::of).toList();
    }
    return tiny ? List.of(BenchModel.CNN) : List.of(BenchModel.values());
  }

  /** What says most comes first, because the check may run out of time. */
  private void throughput(Findings findings) {
    if (tiny) {
      Throughput.Round few = new Throughput.Round(2, 2, 4);
      try (Throughput cnn = new Throughput(findings, device, BenchModel.CNN, 1)) {
        cnn.round(few, false, 1, FP32);
        cnn.round(few, true, 2, FP32);
        cnn.epoch(8, 4, FP32);
        cnn.forward(4, FP32);
      }
      return;
    }
    Throughput.Round round = new Throughput.Round(50, 3, 64);
    Throughput.Round many = new Throughput.Round(50, 12, 16);
    try (Throughput resnet = new Throughput(findings, device, BenchModel.RESNET18, 5)) {
      for (int lanes : new int[] {4, 1, 8, 16}) {
        resnet.round(round, false, lanes, BF16);
      }
      resnet.round(round, true, 4, BF16);
      resnet.round(round, true, 1, BF16);
      resnet.epoch(1024, 64, BF16);
      resnet.round(round, false, 4, TF32);
      resnet.round(many, false, 4, BF16);
      resnet.round(many, true, 4, BF16);
      resnet.forward(64, BF16);
      resnet.forward(1024, BF16);
      resnet.epoch(1024, 64, TF32);
      resnet.round(round, false, 4, FP32);
      resnet.epoch(1024, 64, FP32);
      resnet.forward(1024, FP32);
    }
    try (Throughput vit = new Throughput(findings, device, BenchModel.VIT_TINY, 5)) {
      vit.round(round, false, 4, BF16);
      vit.epoch(1024, 64, BF16);
    }
    try (Throughput cnn = new Throughput(findings, device, BenchModel.CNN, 5)) {
      cnn.round(many, false, 4, FP32);
    }
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

  /**
   * On the host the check tries itself in fp32: another precision is not of every network there.
   */
  static boolean runs(Device device, Precision precision) {
    boolean onHost = device.name().equals("cpu");
    return device.supports(precision) && (!onHost || precision == Precision.FP32);
  }
}
