package org.zowarmup.report;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.zowarmup.error.UserErrorException;

/**
 * Serves the report of runs that may still be training, by this process or any other, on a port of
 * the loopback interface. Its address holds a token that no other user of the machine knows.
 */
public final class LiveReport implements AutoCloseable {
  private static final int TOKEN_BYTES = 16;

  private final List<Path> folders;
  private final List<String> labels;
  private final String home;
  private final HttpServer server;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread one = new Thread(task, "live report");
            one.setDaemon(true);
            return one;
          });

  /**
   * @param folders run folders, or sweep folders, which mean all their cells
   * @param labels a name for each run, or none
   * @param port 0 for any free one
   */
  public LiveReport(List<Path> folders, List<String> labels, int port) {
    if (port < 0 || port > 65535) {
      throw new UserErrorException("--port: expected 0 to 65535, found " + port);
    }
    for (Path run : Report.runFolders(folders)) {
      if (!RunRecords.isRun(run)) {
        throw RunRecords.noRun(run);
      }
    }
    this.folders = List.copyOf(folders);
    this.labels = List.copyOf(labels);
    byte[] token = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(token);
    home = "/" + HexFormat.of().formatHex(token) + "/";
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    } catch (IOException e) {
      throw new UserErrorException(
          "--port: expected a free port, found %d: %s; 0 takes any free one"
              .formatted(port, e.getMessage()),
          e);
    }
    server.setExecutor(thread);
    server.createContext("/", this::answer);
    server.start();
  }

  /** Where the page is. */
  public URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + home);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      if (path.equals(home)) {
        send(exchange, 200, "text/html", page());
      } else if (path.equals(home + "version")) {
        send(exchange, 200, "text/plain", version());
      } else {
        send(exchange, 404, "text/plain", "nothing is here\n");
      }
    }
  }

  /** The report as far as there is one: a run that has just begun has no round yet. */
  private String page() {
    try {
      return Report.page(folders, labels, true);
    } catch (UserErrorException e) {
      ReportPage page = new ReportPage("waiting", true);
      page.footer(e.getMessage());
      return page.html();
    }
  }

  /** Changes whenever any of the runs has written something. */
  private String version() throws IOException {
    StringBuilder state = new StringBuilder();
    for (Path run : Report.runFolders(folders)) {
      for (String file : List.of("metrics.jsonl", "summary.json")) {
        Path path = run.resolve(file);
        state.append(Files.exists(path) ? Files.size(path) : -1).append(' ');
        if (file.equals("summary.json") && Files.exists(path)) {
          state.append(Files.getLastModifiedTime(path).toMillis()).append(' ');
        }
      }
    }
    return state.toString();
  }

  private static void send(HttpExchange exchange, int code, String type, String text)
      throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type + "; charset=utf-8");
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    exchange.sendResponseHeaders(code, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
    thread.shutdownNow();
  }
}
