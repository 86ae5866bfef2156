package org.zowarmup.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.cli.terminal.Units;
import org.zowarmup.record.weights.Safetensors;
import org.zowarmup.run.RealRun;
import org.zowarmup.run.TinyImages;

/** The commands before and after a run, and its display, on real runs on tiny images. */
class EvaluatePlanTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path folder;
  private static Path config;
  private static RealRun run;

  @BeforeAll
  static void trainOnce() throws IOException {
    TinyImages.gray(folder.resolve("images"), 20, 5);
    config =
        Files.writeString(
            folder.resolve("tiny.yaml"),
            """
            name: tiny
            threads: 1
            data: {source: image-folder, path: "%s", partition: {kind: iid}}
            clients: {count: 6, high: 0.5}
            model: {kind: cnn, channels: [2], normGroups: 1}
            warmup: {rounds: 3, cohort: 2, localEpochs: 2, batch: 8}
            zo: {rounds: 5, cohort: 4, seeds: 3, batch: 4}
            methods: [zowarmup]
            """
                .formatted(folder.resolve("images")));
    run =
        RealRun.train(
            () -> false, config, folder.resolve("run"), "--progress=json", "--tensorboard");
    assertEquals(0, run.code(), run.err());
  }

  private static RealRun zowarmup(String... words) {
    return RealRun.main(() -> false, folder, words);
  }

  private static JsonNode summary(Path run) throws IOException {
    return JSON.readTree(run.resolve("summary.json").toFile()).get("results").get(0);
  }

  @Test
  void evaluateScoresStoredWeightsAsTheRunDid() throws IOException {
    String weights = run.folder().resolve("weights-zowarmup-seed1.safetensors").toString();
    RealRun scored = zowarmup("evaluate", weights);
    assertEquals(0, scored.code(), scored.err());
    String expected = Units.percent(summary(run.folder()).get("testAccuracy").asDouble());
    assertTrue(scored.out().contains("accuracy " + expected), scored.out());
    Map<String, String> about = Safetensors.read(Path.of(weights)).metadata();
    assertEquals("pt", about.get("format"), "what Hugging Face's loaders ask for");
    RealRun elsewhere =
        zowarmup("evaluate", weights, "--data", folder.resolve("images").toString());
    assertEquals(scored.out(), elsewhere.out());
    RealRun other = zowarmup("evaluate", weights, "model.channels=[4]");
    assertEquals(2, other.code());
    assertTrue(other.err().contains("of shape [4, 1, 3, 3]"), other.err());
  }

  /**
   * Mean and deviation belong to the weights: on brighter training images beside the same test
   * images they score what they scored, unless their own normalization is asked for.
   */
  @Test
  void weightsAreEvaluatedWithTheNormalizationThatTheyWereTrainedWith() throws IOException {
    String weights = run.folder().resolve("weights-zowarmup-seed1.safetensors").toString();
    String own =
        Safetensors.read(Path.of(weights)).metadata().get("normalize"); // as the run folder has it
    assertEquals(
        own,
        JSON.readTree(run.folder().resolve("identity.json").toFile()).get("normalize").asText());
    Path brighter = folder.resolve("brighter");
    TinyImages.gray(brighter, 20, 5);
    BufferedImage white = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
    white.getGraphics().fillRect(0, 0, 8, 8);
    for (int i = 0; i < 20; i++) {
      ImageIO.write(white, "png", brighter.resolve("train/class1/" + i + ".png").toFile());
    }
    String there = brighter.toString();
    String scored =
        zowarmup("evaluate", weights, "--data", folder.resolve("images").toString()).out();
    RealRun moved = zowarmup("evaluate", weights, "--data", there);
    assertTrue(
        moved.out().contains("images normalized by " + own + " (of the weights)"), moved.out());
    String numbers = "mean loss [0-9.]+";
    assertEquals(found(numbers, scored), found(numbers, moved.out()));
    RealRun other = zowarmup("evaluate", weights, "--data", there, "data.normalize=own");
    assertNotEquals(found(numbers, scored), found(numbers, other.out()));
    RealRun unit = zowarmup("evaluate", weights, "--data", there, "data.normalize=unit");
    assertTrue(unit.out().contains("mean 0.0, std 1.0 (of data.normalize)"), unit.out());
    RealRun given = zowarmup("evaluate", weights, "data.normalize={mean: [0, 0.5], std: [1, 0.5]}");
    assertEquals(2, given.code());
    assertEquals(
        "zowarmup: data.normalize: expected 1 numbers (one a channel of the images) as mean, and as"
            + " many above 0 as std, in units of pixel / 255; found [0.0, 0.5] and [1.0, 0.5]",
        given.err().strip());
    for (String wrong : List.of("{mean: [127.5], std: [0.5]}", "{mean: [1e300], std: [1]}")) {
      RealRun levels = zowarmup("evaluate", weights, "data.normalize=" + wrong);
      assertEquals(2, levels.code(), levels.err());
      assertTrue(levels.err().contains("in units of pixel / 255"), levels.err());
    }
    RealRun folder = zowarmup("evaluate", run.folder().toString());
    assertEquals(2, folder.code());
    assertTrue(folder.err().contains("expected a file, found a folder"), folder.err());
  }

  private static String found(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertTrue(matcher.find(), text);
    return matcher.group();
  }

  /** Phase 2 from stored pivot weights is phase 2 after the warm-up that made them. */
  @Test
  void aSecondPhaseBeginsFromStoredWeights() throws IOException {
    Path pivot = folder.resolve("pivot");
    assertEquals(0, RealRun.train(() -> false, config, pivot, "zo.rounds=0").code());
    Path weights = pivot.resolve("weights-zowarmup-seed1.safetensors");
    Path second = folder.resolve("second");
    RealRun phase =
        RealRun.train(
            () -> false,
            config,
            second,
            "warmup.rounds=0",
            "zo.rounds=1",
            "model.init='" + weights + "'");
    assertEquals(0, phase.code(), phase.err());
    assertTrue(Files.readString(second.resolve("config.yaml")).contains("init:"));
    JsonNode first = JSON.readTree(Files.readAllLines(second.resolve("metrics.jsonl")).get(0));
    JsonNode scratch = summary(pivot);
    // one small step away from the pivot: nothing like the loss of weights drawn at random
    assertEquals(scratch.get("testLoss").asDouble(), first.get("testLoss").asDouble(), 0.1);
    RealRun missing =
        RealRun.train(() -> false, config, folder.resolve("none"), "model.init=nowhere");
    Path pointer = Files.writeString(folder.resolve("lfs"), "version https://git-lfs.github.com");
    RealRun lfs =
        RealRun.train(() -> false, config, folder.resolve("lfs-run"), "model.init=" + pointer);
    assertTrue(lfs.err().contains("found a Git LFS pointer"), lfs.err());
    assertFalse(Files.exists(folder.resolve("lfs-run")), "half a run folder is left");
    assertEquals(2, missing.code());
    assertTrue(missing.err().contains("nowhere"), missing.err());
  }

  /** Event files that a run has begun are continued unasked; of others there are none. */
  @Test
  void aResumedRunContinuesItsEventFiles() throws IOException {
    Path begun = folder.resolve("begun");
    assertEquals(
        0,
        RealRun.train(
                () -> false, config, begun, "zo.rounds=1", "zo.schedule=constant", "--tensorboard")
            .code());
    RealRun longer = zowarmup("resume", begun.toString(), "zo.rounds=2");
    assertEquals(0, longer.code(), longer.err());
    Path events = begun.resolve("tensorboard/zowarmup-seed1");
    assertEquals(2, events.toFile().list().length);
    Path weights = begun.resolve("weights-zowarmup-seed1.safetensors");
    byte[] before = Files.readAllBytes(weights);
    String[] replay = {"replay", begun.toString(), "--round", "4", "--out", weights.toString()};
    RealRun refused = zowarmup(replay);
    assertEquals(2, refused.code());
    assertTrue(refused.err().contains("--force"), refused.err());
    assertArrayEquals(before, Files.readAllBytes(weights));
  }

  /** Together the clients' hits are those of the validation split, which metrics know. */
  @Test
  void everyClientIsMeasuredOnItsOwnImages() throws IOException {
    Path clients = folder.resolve("clients");
    String[] words = {"evaluate.clientsEveryRounds=3", "evaluate.best=true", "data.validation=0.3"};
    RealRun run = RealRun.train(() -> false, config, clients, words);
    assertEquals(0, run.code(), run.err());
    List<String> lines = Files.readAllLines(clients.resolve("clients-zowarmup-seed1.csv"));
    assertEquals("round,client,class,train,heldOut,correct,accuracy", lines.get(0));
    assertEquals(3 * 6, lines.size() - 1, "rounds 3 (the pivot), 6 and 8, six clients");
    double best = 0;
    List<String> rows = Files.readAllLines(clients.resolve("metrics.jsonl"));
    for (int round : List.of(3, 6, 8)) {
      int right = 0;
      int all = 0;
      for (String line : lines.subList(1, lines.size())) {
        String[] cells = line.split(",", -1);
        if (cells[0].equals(round + "")) {
          all += Integer.parseInt(cells[4]);
          right += Integer.parseInt(cells[5]);
        }
      }
      JsonNode row = JSON.readTree(rows.get(round - 1));
      assertEquals(row.get("validationAccuracy").asDouble(), (double) right / all, 1e-12);
    }
    for (String row : rows) {
      best = Math.max(best, JSON.readTree(row).get("validationAccuracy").asDouble(0));
    }
    String of =
        Safetensors.read(clients.resolve("best-zowarmup-seed1.safetensors"))
            .metadata()
            .get("round");
    JsonNode at = JSON.readTree(rows.get(Integer.parseInt(of) - 1));
    assertEquals(best, at.get("validationAccuracy").asDouble());
    RealRun scored = zowarmup("evaluate", clients.toString(), "--best");
    String expected = "accuracy " + Units.percent(at.get("testAccuracy").asDouble());
    assertTrue(scored.out().contains(expected), scored.out() + scored.err());
    assertTrue(run.out().contains("Final accuracy of clients"), run.out());
    RealRun none = zowarmup("evaluate", folder.resolve("run").toString(), "--best");
    assertTrue(none.err().contains("evaluate.best=true"), none.err());
    assertEquals(0, zowarmup("report", clients.toString()).code());
    assertTrue(Files.readString(clients.resolve("report/report.html")).contains("worst tenth"));
  }

  @Test
  void exportedWeightsScoreAsTheRunsDo() throws IOException {
    Path weights = run.folder().resolve("weights-zowarmup-seed1.safetensors");
    RealRun npz = zowarmup("export", run.folder().toString(), "--to", "npz");
    assertEquals(0, npz.code(), npz.err());
    Path file = run.folder().resolve("weights-zowarmup-seed1.npz");
    String expected = zowarmup("evaluate", weights.toString()).out();
    // an npz has no place for what images were normalized by: the run beside it says it
    assertEquals(expected, zowarmup("evaluate", file.toString()).out());
    Path again = run.folder().resolve("again.safetensors");
    assertEquals(
        0,
        zowarmup("export", file.toString(), "--to", "safetensors", "--out", again.toString())
            .code());
    RealRun back = zowarmup("evaluate", again.toString());
    assertEquals(expected, back.out());
    RealRun onnx = zowarmup("export", run.folder().toString(), "--to", "onnx", "--raw");
    assertEquals(0, onnx.code(), onnx.err());
    assertTrue(onnx.out().contains("images uint8 [N, "), onnx.out());
    assertTrue(Files.size(run.folder().resolve("weights-zowarmup-seed1.onnx")) > 1000);
  }

  @Test
  void anExportThatCannotBeIsRefusedInOneLine() {
    String folder = run.folder().toString();
    for (String[] words :
        new String[][] {
          {"export", folder, "--to", "npz", "--raw", "", "--raw: expected --to onnx, found npz"},
          {
            "export",
            folder,
            "--to",
            "onnx",
            "--method",
            "fedavg",
            "--method: expected one of zowarmup"
          },
          {"export", folder, "--to", "safetensors", "", "", "found " + folder},
          {"export", folder + "/none", "--to", "npz", "", "", "found no such folder"}
        }) {
      String[] command =
          Arrays.stream(words, 0, 6).filter(w -> !w.isEmpty()).toArray(String[]::new);
      RealRun refused = zowarmup(command);
      assertEquals(2, refused.code());
      assertTrue(refused.err().contains(words[6]), refused.err());
      assertEquals(1, refused.err().lines().count(), refused.err());
    }
  }

  @Test
  void thePlanCountsTheBytesThatTheRunSends() throws IOException {
    RealRun plan = zowarmup("plan", config.toString());
    assertEquals(0, plan.code(), plan.err());
    JsonNode bytes = summary(run.folder());
    for (String key : List.of("Up", "Down")) {
      String high = Units.bytes(bytes.get("bytes" + key + "High").asDouble() / 3);
      String low = Units.bytes(bytes.get("bytes" + key + "Low").asDouble() / 3);
      assertTrue(run.err().isEmpty() && bytes.get("firstHigh").asInt() == 3, bytes.toString());
      assertTrue(plan.out().contains(high), high + plan.out());
      assertTrue(plan.out().contains(low), low + plan.out());
    }
    assertFalse(Files.exists(Path.of("runs", "tiny")));
    RealRun two =
        zowarmup("plan", config.toString(), "--gpu", "a100", "methods=[zowarmup, zo-only]");
    assertTrue(two.out().contains("  2 methods, 1 seed: together about "), two.out());
    assertTrue(two.out().contains("  ZO-Only    diagnostics "), two.out());
    RealRun gpu = zowarmup("plan", config.toString(), "--gpu", "a100");
    assertTrue(
        gpu.out().contains("times: estimated for one A100 SXM 80 GB, never measured"), gpu.out());
    RealRun unknown = zowarmup("plan", config.toString(), "--gpu", "v100");
    assertEquals(2, unknown.code());
    assertEquals(
        "zowarmup: --gpu: expected one of h100, a100, rtx4090, found v100", unknown.err().strip());
  }

  /** Three seeds: six forward passes of a client, or three and one. */
  @Test
  void thePlanCountsTheForwardPassesOfTheEstimate() {
    double two = zoFlops();
    double one = zoFlops("zo.estimate=one-sided", "zo.freshBatchPerSeed=false");
    assertEquals(4 / 6.0, one / two, 0.01);
  }

  private static double zoFlops(String... words) {
    List<String> all = new ArrayList<>(List.of("plan", config.toString(), "--gpu", "h100"));
    all.addAll(List.of(words));
    RealRun plan = zowarmup(all.toArray(String[]::new));
    assertEquals(0, plan.code(), plan.err());
    String row = plan.out().lines().filter(l -> l.contains("zeroth-order round")).findFirst().get();
    String[] cells = row.trim().split(" {2,}", -1);
    return Double.parseDouble(cells[cells.length - 3]);
  }

  @Test
  void progressAsJsonIsAnObjectALineAndNothingElse() throws IOException {
    List<String> lines = run.out().lines().toList();
    assertEquals(1 + 2 + 8 + 1, lines.size(), run.out());
    for (String line : lines) {
      assertTrue(JSON.readTree(line).has("event"), line);
    }
    assertEquals("finished", JSON.readTree(lines.get(11)).get("event").asText());
  }

  @Test
  void theRunKeepsItsLogAndEventFiles() throws IOException {
    List<String> log = Files.readAllLines(run.folder().resolve("run.log"));
    assertTrue(log.stream().anyMatch(line -> line.contains("round 8/8")), log.toString());
    log.forEach(line -> assertTrue(line.matches("\\d{4}-\\d\\d-\\d\\dT.* (INFO|WARN) .*"), line));
  }

  /** By tag and step, of scalars; the sums of all frames are those that TensorFlow asks for. */
  private static Map<String, Map<Long, Float>> scalars(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    Map<String, Map<Long, Float>> scalars = new TreeMap<>();
    while (bytes.hasRemaining()) {
      byte[] event = new byte[(int) bytes.getLong()];
      bytes.getInt();
      bytes.get(event);
      CRC32C sum = new CRC32C();
      sum.update(event);
      assertEquals(Integer.rotateRight((int) sum.getValue(), 15) + 0xa282ead8, bytes.getInt());
      UnknownFieldSet fields = UnknownFieldSet.parseFrom(event);
      List<Long> steps = fields.getField(2).getVarintList();
      for (ByteString summary : fields.getField(5).getLengthDelimitedList()) {
        for (ByteString value :
            UnknownFieldSet.parseFrom(summary).getField(1).getLengthDelimitedList()) {
          UnknownFieldSet one = UnknownFieldSet.parseFrom(value);
          String tag = one.getField(1).getLengthDelimitedList().get(0).toStringUtf8();
          List<Integer> bits = one.getField(2).getFixed32List();
          scalars
              .computeIfAbsent(tag, t -> new TreeMap<>())
              .put(
                  steps.isEmpty() ? 0 : steps.get(0),
                  bits.isEmpty() ? Float.NaN : Float.intBitsToFloat(bits.get(0)));
        }
      }
    }
    return scalars;
  }

  @Test
  void tensorBoardGetsCurvesClassesAndHyperparameters() throws IOException {
    Path[] files;
    try (Stream<Path> all = Files.list(run.folder().resolve("tensorboard/zowarmup-seed1"))) {
      files = all.toArray(Path[]::new);
    }
    assertEquals(1, files.length);
    Map<String, Map<Long, Float>> scalars = scalars(files[0]);
    float accuracy = summary(run.folder()).get("testAccuracy").floatValue();
    assertEquals(accuracy, scalars.get("accuracy/test").get(8L));
    assertEquals(Map.of(8L, accuracy), scalars.get("accuracy at the end/test"));
    assertEquals(Set.of(1L, 2L, 3L), scalars.get("learning rate/warmup.lr").keySet());
    double zoLr =
        0.2 * 4 * 3 / description().get("parameters").asDouble(); // zo.lr=auto: 0.2 Q S / d
    for (int i = 0; i < 5; i++) {
      double cosine = 0.5 * (1 + Math.cos(Math.PI * i / 5));
      assertEquals(zoLr * cosine, scalars.get("learning rate/zo.lr").get(4L + i), 1e-8);
    }
    JsonNode matrix =
        JSON.readTree(run.folder().resolve("confusion-zowarmup-seed1.json").toFile()).get("matrix");
    for (int c = 0; c < 3; c++) {
      Map<Long, Float> ofClass = scalars.get("class/" + c + " class" + c);
      assertEquals(Set.of(3L, 5L, 8L), ofClass.keySet(), "the rounds that are evaluated");
      assertEquals(matrix.get(c).get(c).floatValue() / 5, ofClass.get(8L));
    }
    assertTrue(scalars.containsKey("_hparams_/session_start_info"), scalars.toString());
    assertTrue(scalars.containsKey("_hparams_/session_end_info"), scalars.toString());
  }

  /** Twice the same, and of a run that is longer the same folder with more. */
  @Test
  void aRunIsExportedForWeightsAndBiases() throws IOException {
    Path out = folder.resolve("off line");
    String[] words = {"export", run.folder().toString(), "--to", "wandb", "--out", out.toString()};
    List<byte[]> files = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      RealRun exported = zowarmup(words);
      assertEquals(0, exported.code(), exported.err());
      assertTrue(exported.out().contains("1 run, 8 rounds, for wandb"), exported.out());
      assertTrue(exported.out().contains("wandb sync '" + out + "'/offline-run-*"), exported.out());
      try (Stream<Path> all = Files.walk(out)) {
        List<Path> found = all.filter(Files::isRegularFile).sorted().toList();
        List<String> names = found.stream().map(file -> file.getFileName().toString()).toList();
        assertTrue(names.contains("summary.json"), names.toString());
        assertTrue(names.contains("weights-zowarmup-seed1.safetensors"), names.toString());
        Path record = found.get(found.size() - 1);
        assertTrue(record.getFileName().toString().matches("run-[0-9a-f]{16}\\.wandb"), names + "");
        files.add(Files.readAllBytes(record));
      }
    }
    assertArrayEquals(files.get(0), files.get(1));
    words[words.length - 1] = config.toString();
    RealRun refused = zowarmup(words);
    assertEquals(2, refused.code(), refused.err());
    assertTrue(refused.err().contains(config.toString()), refused.err());
    RealRun none = zowarmup("export", run.folder().toString(), "--to", "wandb", "--seed", "9");
    assertEquals(2, none.code());
    assertTrue(none.err().contains("expected rounds under seed 9, found none"), none.err());
  }

  private static JsonNode description() throws IOException {
    return JSON.readTree(run.folder().resolve("description.json").toFile());
  }
}
