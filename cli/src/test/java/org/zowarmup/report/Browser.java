package org.zowarmup.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** One page in a headless Chromium, driven over the DevTools protocol. */
final class Browser implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final ObjectMapper json = new ObjectMapper();
  private final BlockingQueue<JsonNode> replies = new LinkedBlockingQueue<>();
  private final Process process;
  private final WebSocket socket;
  private int calls;

  /** Opens a page and waits until it is loaded; the test is skipped where there is no Chromium. */
  static Browser open(Path profile, int width, int height, URI page) throws Exception {
    Browser browser = new Browser(profile, width, height);
    browser.call("Page.enable", Map.of());
    browser.call("Page.navigate", Map.of("url", page.toString()));
    browser.await("document.readyState === 'complete' && location.href !== 'about:blank'");
    return browser;
  }

  private Browser(Path profile, int width, int height) throws Exception {
    String program =
        Stream.of("chromium", "chromium-browser", "google-chrome")
            .filter(
                name ->
                    Stream.of(System.getenv("PATH").split(":", -1))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, name))))
            .findFirst()
            .orElse(null);
    Assumptions.assumeTrue(program != null, "no Chromium on the path: pages were not opened");
    process =
        new ProcessBuilder(
                List.of(
                    program,
                    "--headless=new",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--remote-debugging-port=0",
                    "--window-size=" + width + "," + height,
                    "--user-data-dir=" + profile,
                    "about:blank"))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    Path port = profile.resolve("DevToolsActivePort");
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!Files.exists(port) || Files.size(port) == 0) {
      if (System.nanoTime() > end || !process.isAlive()) {
        process.destroyForcibly();
        throw new IOException("Chromium did not start");
      }
      Thread.sleep(50);
    }
    HttpClient http = HttpClient.newHttpClient();
    JsonNode pages =
        json.readTree(
            URI.create("http://127.0.0.1:" + Files.readAllLines(port).get(0) + "/json/list")
                .toURL());
    String address = "";
    for (JsonNode page : pages) {
      if (page.path("type").asText().equals("page")) {
        address = page.path("webSocketDebuggerUrl").asText();
      }
    }
    socket = http.newWebSocketBuilder().buildAsync(URI.create(address), new Replies()).get();
  }

  private final class Replies implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        try {
          JsonNode message = json.readTree(text.toString());
          if (message.has("id")) {
            replies.add(message);
          }
        } catch (IOException e) {
          throw new AssertionError(text.toString(), e);
        }
        text.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  JsonNode call(String method, Map<String, ?> parameters) throws Exception {
    int id = ++calls;
    String text = json.writeValueAsString(Map.of("id", id, "method", method, "params", parameters));
    socket.sendText(text, true).get();
    while (true) {
      JsonNode reply = replies.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (reply == null || reply.has("error")) {
        throw new AssertionError(method + ": " + reply);
      }
      if (reply.path("id").asInt() == id) {
        return reply.path("result");
      }
    }
  }

  /** The value of an expression in the page. */
  JsonNode evaluate(String expression) throws Exception {
    JsonNode result =
        call(
            "Runtime.evaluate",
            Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
    if (result.has("exceptionDetails")) {
      throw new AssertionError(expression + ": " + result);
    }
    return result.path("result").path("value");
  }

  /** Waits until an expression is true. */
  void await(String expression) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!evaluate(expression).asBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("never: " + expression);
      }
      Thread.sleep(50);
    }
  }

  /** Moves the pointer, in pixels of the window. */
  void point(double x, double y) throws Exception {
    call("Input.dispatchMouseEvent", Map.of("type", "mouseMoved", "x", x, "y", y));
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
