package org.zowarmup.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.zowarmup.report.LiveReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zowarmup watch}: the report of runs while they train. */
@Command(
    name = "watch",
    description = {
      "Serve the report of runs that are still training, here or in another process, as a page",
      "that follows them. Only this machine can open it, at an address that holds a secret token;",
      "from elsewhere through ssh -L. Ctrl-C ends it, and no run."
    },
    footer = {
      "",
      "Examples:",
      "  zowarmup watch runs/imagenet32/20261124-180000",
      "  zowarmup watch runs/quickstart/sweep-1a2b3c4d --port 8080",
    })
final class WatchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "RUN",
      description = "Run folders; a sweep's folder means all its cells.")
  private List<Path> runs = new ArrayList<>();

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "0",
      description = "Port of the loopback interface, 1 to 65535; by default any free one.")
  private int port;

  @Option(
      names = "--label",
      paramLabel = "NAME",
      description = "Name of a run on the page, once for each RUN in their order.")
  private List<String> labels = new ArrayList<>();

  @Override
  public Integer call() throws InterruptedException {
    try (LiveReport report = new LiveReport(runs, labels, port)) {
      var out = spec.commandLine().getOut();
      int at = report.address().getPort();
      out.println("Watching at " + report.address());
      out.printf(
          "From another machine: ssh -L %d:127.0.0.1:%d HOST, then the same address%n", at, at);
      out.flush();
      new CountDownLatch(1).await();
      return 0;
    }
  }
}
