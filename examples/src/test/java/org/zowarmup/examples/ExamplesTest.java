package org.zowarmup.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.nn.op.CrossEntropy;
import org.zowarmup.record.weights.Safetensors;

/** Every example runs, from a jar of its own or as a program; a jar that is wrong is refused. */
class ExamplesTest {
  private static final String MAIN = "org.zowarmup.cli.Main";
  private static final Path CLASSES = Path.of("target/classes");
  private static final Path SOURCES = Path.of("src/main/java/org/zowarmup/examples");

  @TempDir static Path folder;
  private static Path jar;
  private static String program;

  private record Ended(int code, String out, String err) {}

  @BeforeAll
  static void pack() throws IOException {
    jar = folder.resolve("examples.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
        Stream<Path> files = Files.walk(CLASSES)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        out.putNextEntry(new JarEntry(CLASSES.relativize(file).toString()));
        Files.copy(file, out);
        out.closeEntry();
      }
    }
    program = without("examples" + File.separator + "target");
  }

  /** The tests' class path without entries that have one of these in their names. */
  private static String without(String... parts) {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> Arrays.stream(parts).noneMatch(entry::contains))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static Ended java(String... words) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of(words));
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    return new Ended(process.waitFor(), Files.readString(out), Files.readString(err));
  }

  /** What the launcher starts for {@code --with} and these jars. */
  private static Ended with(List<Path> jars, String... words) throws Exception {
    String given =
        jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    List<String> all = new ArrayList<>(List.of("-Dzowarmup.with=" + given, "-cp"));
    all.add(program + File.pathSeparator + given);
    all.add(MAIN);
    all.addAll(List.of(words));
    return java(all.toArray(String[]::new));
  }

  private static String config() throws IOException {
    return Files.writeString(
            folder.resolve("own.yaml"),
            """
            device: cpu
            threads: 1
            data: {source: stripes, partition: {kind: halves}}
            model: {kind: swish-net, hidden: 16}
            loss: {kind: label-smoothing, part: 0.2}
            clients: {count: 10, high: 0.5}
            warmup: {rounds: 2, cohort: 5}
            zo: {rounds: 4, cohort: 5, seeds: 8}
            methods: [zowarmup, one-bit]
            evaluate: {everyRounds: 2, diagnostics: false}
            own: {stripes: {images: 400}}
            """)
        .toString();
  }

  @Test
  void aRunOfNothingButOwnPartsCountsEveryByte() throws Exception {
    Path run = folder.resolve("run");
    Ended ended = with(List.of(jar), "train", config(), "own.one-bit.step=0.01", "output=" + run);
    assertEquals(0, ended.code(), ended.err());
    assertTrue(ended.out().contains("best of one-bit: "), ended.out());
    List<String> rows = Files.readAllLines(run.resolve("metrics.jsonl"));
    long rounds = 0;
    for (String row : rows) {
      if (row.contains("\"one-bit\"")) {
        rounds++;
        // 8 signs are a byte, of each of 5 clients
        assertEquals(5, number(row, "bytesUpHigh") + number(row, "bytesUpLow"), row);
        assertTrue(number(row, "bytesDownHigh") + number(row, "bytesDownLow") > 0, row);
      }
    }
    assertEquals(6, rounds);
    List<String> metrics = Files.readAllLines(run.resolve("own-metrics.csv"));
    assertEquals("method,seed,round,worst-class", metrics.get(0));
    assertEquals(7, metrics.size());
    Ended report = with(List.of(jar), "report", run.toString());
    assertEquals(0, report.code(), report.err());
    String page = Files.readString(run.resolve("report/report.html"));
    assertTrue(page.contains("Metric worst-class over rounds"), report.out());
    String stored = Files.readString(run.resolve("config.yaml"));
    assertTrue(stored.contains("step: 0.01") && stored.contains("images: 400"), stored);
    String identity = Files.readString(run.resolve("identity.json"));
    assertTrue(identity.contains("method one-bit "), identity);
    assertTrue(identity.contains("loss label-smoothing "), identity);
    assertTrue(stored.contains("part: 0.2"), stored);
    // the wrong class costs a tenth of the gap between the logits, however sure the answer is
    double least = Math.log1p(Math.exp(-Math.log(9))) + 0.1 * Math.log(9);
    assertTrue(rows.stream().allMatch(row -> trainLoss(row) >= least), rows.toString());
  }

  private static long number(String row, String key) {
    String rest = row.substring(row.indexOf("\"" + key + "\":") + key.length() + 3);
    return Long.parseLong(rest.substring(0, rest.indexOf(rest.contains(",") ? ',' : '}')));
  }

  private static double trainLoss(String row) {
    String rest = row.substring(row.indexOf("\"trainLoss\":") + "\"trainLoss\":".length());
    return Double.parseDouble(rest.substring(0, rest.indexOf(',')));
  }

  @Test
  void keysOfOnesOwnAreCheckedAndInTheSchema() throws Exception {
    Ended wrong = with(List.of(jar), "config", config(), "own.one-bit.stepp=1");
    assertEquals(2, wrong.code(), wrong.err());
    assertTrue(wrong.err().contains("own.one-bit.stepp: unknown key; did you mean"), wrong.err());
    Ended schema = with(List.of(jar), "config", "--schema");
    for (String part :
        List.of(
            "\"one-bit\"",
            "step along each direction",
            "\"swish-net\"",
            "a label that all classes")) {
      assertTrue(schema.out().contains(part), part);
    }
  }

  @Test
  void layersAreChecked() throws Exception {
    Ended right = with(List.of(jar), "check-layer", config());
    assertEquals(0, right.code(), right.err());
    assertTrue(right.out().contains("33 values agree"), right.out());
    assertTrue(right.out().contains("loss (org.zowarmup.examples.LabelSmoothing): 80 values"));
    Ended none =
        with(
            List.of(jar),
            "check-layer",
            config(),
            "model={kind: mlp}",
            "loss={kind: cross-entropy}");
    assertEquals(2, none.code(), none.err());
    assertTrue(none.err().contains("expected a layer or a loss of your own"), none.err());
  }

  /** A jar of one model, whose layer forgets a factor in its backward pass, or fails. */
  private static Path wrongLayer() throws IOException {
    String source =
        """
        package wrong;
        import java.nio.FloatBuffer;
        import java.util.List;
        import org.zowarmup.nn.*;
        import org.zowarmup.nn.op.*;

        public record Net(String which) implements org.zowarmup.nn.models.Model {
          public Net() { this("gradient"); }
          record Twice(String which) implements Custom {
            public Shape outputShape(String node, List<Shape> in) { return in.get(0); }
            public long flops(List<Shape> in, Shape out) { return out.elements(); }
            public void forward(int n, FloatBuffer x, List<FloatBuffer> p, FloatBuffer y) {
              if (which.equals("throw")) throw new IllegalStateException("boom");
              float factor = which.equals("nan") ? Float.NaN : 2;
              for (int i = 0; i < x.capacity(); i++) y.put(i, factor * x.get(i));
            }
            public void backward(int n, FloatBuffer x, List<FloatBuffer> p, FloatBuffer dy,
                FloatBuffer dx, List<FloatBuffer> g) {
              for (int i = 0; i < x.capacity(); i++) dx.put(i, dy.get(i));
            }
          }
          public String kind() { return "wrong"; }
          public Graph build(Shape input, int classes) {
            Graph.Builder graph = Graph.builder("wrong", input);
            int x = graph.add("flatten", new Flatten(), Graph.INPUT);
            x = graph.add("twice", new Twice(which), x);
            graph.add("fc", new Linear(classes), x);
            return graph.build(new Loss(classes));
          }
        }
        """;
    Path sources = Files.createDirectories(folder.resolve("wrong"));
    Path file = Files.writeString(sources.resolve("Net.java"), source);
    String out = folder.toString();
    assertEquals(
        0,
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-d", out, "-cp", program, file.toString()));
    Path made = folder.resolve("wrong.jar");
    try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(made))) {
      for (String name : List.of("wrong/Net.class", "wrong/Net$Twice.class")) {
        jar.putNextEntry(new JarEntry(name));
        Files.copy(folder.resolve(name), jar);
      }
      jar.putNextEntry(new JarEntry("META-INF/services/org.zowarmup.nn.models.Model"));
      jar.write("wrong.Net".getBytes(StandardCharsets.UTF_8));
    }
    return made;
  }

  @Test
  void aLayerWithAWrongGradientIsNamed() throws Exception {
    List<Path> jars = List.of(jar, wrongLayer());
    Map<String, String> lines =
        Map.of(
            "gradient",
            "layer twice (wrong.Net$Twice): expected the gradient",
            "nan",
            "layer twice (wrong.Net$Twice): expected a number at every place of its output",
            "throw",
            "layer twice wrong.Net$Twice of wrong.jar: its forward threw"
                + " java.lang.IllegalStateException: boom, Net.java:");
    for (Map.Entry<String, String> line : lines.entrySet()) {
      String model = "model={kind: wrong, which: %s}".formatted(line.getKey());
      Ended wrong = with(jars, "check-layer", config(), model);
      assertEquals(2, wrong.code(), wrong.err());
      assertTrue(wrong.err().contains(line.getValue()), wrong.err());
      assertEquals(1, wrong.err().lines().count(), wrong.err());
    }
  }

  @Test
  void jarsThatCannotBeMeantAreRefusedInOneLine() throws Exception {
    Path empty = folder.resolve("empty.jar");
    new JarOutputStream(Files.newOutputStream(empty), new java.util.jar.Manifest()).close();
    Path text = Files.writeString(folder.resolve("text.jar"), "no jar");
    Path other = Files.createDirectories(folder.resolve("other")).resolve("examples.jar");
    Files.copy(jar, other);
    assertRefused("expected a jar that names a service of ZOWarmUp, found none", List.of(empty));
    assertRefused("expected a jar, found a file that is none", List.of(text));
    assertRefused("expected a jar, found no such file", List.of(folder.resolve("none.jar")));
    assertRefused("expected jars of different names, found another", List.of(jar, other));
  }

  private static void assertRefused(String message, List<Path> jars) throws Exception {
    Ended ended = with(jars, "devices");
    assertEquals(2, ended.code(), ended.err());
    assertTrue(ended.err().contains(message), ended.err());
    assertEquals(1, ended.err().lines().count(), ended.err());
  }

  /** Values of -sum(target log(softmax)) in numpy, the target 0.75 on class 2 and 0.25 spread. */
  @Test
  void labelSmoothingIsTheCrossEntropyOfASmoothTarget() {
    LabelSmoothing loss = new LabelSmoothing(0.25);
    double[] logits = {1.5, -0.5, 0.25};
    double[] gradient = new double[3];
    loss.gradient(logits, 2, gradient);
    assertEquals(1.560285197136, loss.of(logits, 2), 1e-9);
    assertArrayEquals(
        new double[] {0.619980642688, 0.011849862816, -0.631830505504}, gradient, 1e-9);
    assertEquals(new CrossEntropy().of(logits, 0), new LabelSmoothing(0).of(logits, 0), 1e-15);
  }

  private static String printed(Runnable main) {
    PrintStream before = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      main.run();
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theCallbackStopsItsRun() {
    String out = printed(() -> TrainWithCallback.main(new String[0]));
    List<String> lines = out.lines().filter(line -> line.endsWith(" rounds")).toList();
    assertEquals(1, lines.size(), out);
    assertTrue(Double.parseDouble(lines.get(0).split(" ", -1)[0]) >= 40, out);
  }

  @Test
  void weightsOfARunPredict() {
    Path run = folder.resolve("weights");
    org.zowarmup.api.Simulation.builder()
        .config("{methods: [high-res-only], clients: {count: 50, high: 0.1}, device: cpu}")
        .with("data.source", "fashion-mnist-mini")
        .with("warmup.rounds", 2)
        .with("zo.rounds", 0)
        .output(run)
        .build()
        .run();
    String out = printed(() -> Predict.main(new String[] {run.toString(), "high-res-only", "1"}));
    List<String> lines = out.lines().filter(line -> line.startsWith("image ")).toList();
    assertEquals(10, lines.size(), out);
    assertTrue(lines.get(0).contains(", is "), out);
  }

  /**
   * On the class path is what the library needs, and no logging back end; {@code .ci/library} does
   * the same in a project of its own, by Maven.
   */
  @Test
  void twentyLinesEmbedTheLibraryWithoutALineOfItsLog() throws Exception {
    Path file = Path.of("embed/src/main/java/Embed.java");
    assertEquals(20, Files.readAllLines(file).size());
    String library =
        without(
            "examples",
            "cli/target",
            "picocli",
            "logback",
            "progressbar",
            "jline",
            "junit",
            "opentest4j");
    int compiled =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-d", folder.toString(), "-cp", library, file.toString());
    assertEquals(0, compiled);
    Path weights = folder.resolve("embedded.safetensors");
    Ended ended = java("-cp", library + File.pathSeparator + folder, "Embed", weights.toString());
    assertEquals(0, ended.code(), ended.err());
    assertEquals(
        "[conv1.weight, norm1.weight, norm1.bias, conv2.weight, norm2.weight, norm2.bias,"
            + " fc.weight, fc.bias]\n3 rounds\n",
        ended.out());
    assertEquals(8, Safetensors.read(weights).tensors().size());
    // slf4j says that no one receives logs; nothing else is said
    assertEquals(List.of(), ended.err().lines().filter(line -> !line.startsWith("SLF4J")).toList());
  }

  @Test
  void examplesAreShortAndInTheDocs() throws IOException {
    String docs = Files.readString(Path.of("../docs/extending.md"));
    try (Stream<Path> files = Files.list(SOURCES)) {
      for (Path file : files.toList()) {
        assertTrue(Files.readAllLines(file).size() < 60, file + " has 60 lines or more");
        assertTrue(docs.contains(file.getFileName().toString()), file + " is not in the docs");
      }
    }
  }
}
