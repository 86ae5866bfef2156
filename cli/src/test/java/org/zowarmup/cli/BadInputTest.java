package org.zowarmup.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.JavaProcess;
import org.zowarmup.run.RealRun;
import org.zowarmup.run.TinyImages;

/**
 * Whatever is wrong with what a person gave: one line that says so, exit code 2, nothing on the
 * output stream and no run folder. It runs on 18 training images of 8 x 8 pixels and 3 clients.
 */
class BadInputTest {
  @TempDir Path root;
  private Path images;
  private Path config;
  private Path output;

  @BeforeEach
  void writeConfig() throws IOException {
    images = TinyImages.gray(root.resolve("images"), 6, 2);
    output = root.resolve("run");
    config = TinyImages.config(root.resolve("bad.yaml"), images);
  }

  private static Set<Path> below(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return new TreeSet<>(files.toList());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The line after the program's name. */
  private static String refusal(RealRun run) {
    assertEquals("", run.out());
    assertTrue(run.err().startsWith("zowarmup: ") && run.err().endsWith("\n"), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertEquals(2, run.code(), run.err());
    return run.err().substring("zowarmup: ".length(), run.err().length() - 1);
  }

  private String refused(String... overrides) {
    Set<Path> before = below(root);
    long bytes = Pointer.totalBytes();
    String line = refusal(RealRun.train(() -> false, config, output, overrides));
    assertEquals(before, below(root), "something is left");
    assertTrue(Pointer.totalBytes() <= bytes, "off-heap memory is left");
    return line;
  }

  private void assertRefused(String message, String... overrides) {
    assertEquals(message, refused(overrides));
  }

  /** The base of all that follows is no bad input itself. */
  @Test
  void withoutAMistakeItRuns() {
    RealRun run = RealRun.train(() -> false, config, output);
    assertEquals("", run.err());
    assertEquals(0, run.code());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          zo.epsilom=1 | zo.epsilom: unknown key; did you mean zo.epsilon? Keys of zo: rounds, cohort, seeds, ownSeeds, batch, freshBatchPerSeed, epsilon, estimate, distribution, precision, lr, schedule, localSteps, augment, epsilonSchedule, poolSeeds, server
          model.width=3 | model.width: unknown key. Keys of model with kind cnn: channels, normGroups
          data.partition.beta=1 | data.partition.beta: unknown key. Keys of data.partition with kind dirichlet: alpha, sizes, minSize
          zo.epsilon=0 | zo.epsilon: expected a number above 0, at most 1.0, found 0.0
          zo.epsilon=.nan | zo.epsilon: expected a YAML value, found '.nan': a syntax error: Malformed numeric value '.nan'
          zo.estimate=fzoo | zo.freshBatchPerSeed: expected false, because zo.estimate is fzoo and compares losses of the same images; found true
          zo.batch=0 | zo.freshBatchPerSeed: expected false, because zo.batch is 0 (the whole local set); found true
          zo.precision=fp16 | zo.precision: expected one of fp32, tf32, bf16; found fp16
          zo.precision=tf32 | zo.precision: expected fp32, all that device cpu computes in here; found tf32
          warmup.precision=tf32 | warmup.precision: expected fp32, all that device cpu computes in here; found tf32
          evaluate.precision=tf32 | evaluate.precision: expected fp32, all that device cpu computes in here; found tf32
          zo.distribution=uniform | zo.distribution: expected one of rademacher, gaussian; found uniform
          zo.cohort=4 | zo.cohort: expected at most clients.count, 3; found 4
          warmup.cohort=2 | warmup.cohort: expected at most the number of high-resource clients, 1 (clients.count 3, clients.high 0.34); found 2
          warmup.rounds=-1 | warmup.rounds: expected a whole number from 0 to 1000000, found -1
          warmup.momentum=1 | warmup.momentum: expected a number from 0.0 to 0.9999, found 1.0
          clients.count=0 | clients.count: expected a whole number from 1 to 1000000, found 0
          clients.high=1.5 | clients.high: expected a number above 0, at most 1.0, found 1.5
          data.validation=0.6 | data.validation: expected a number from 0.0 to 0.5, found 0.6
          data.partition.alpha=0 | data.partition.alpha: expected a number above 0, at most 1000000.0, found 0.0
          evaluate.batch=0 | evaluate.batch: expected a whole number from 1 to 65536, found 0
          repeats=0 | repeats: expected a whole number from 1 to 1000, found 0
          threads=0 | threads: expected a whole number from 1 to 4096, found 0
          threads=4097 | threads: expected a whole number from 1 to 4096, found 4097
          threads=two | threads: expected a whole number, found the text 'two'
          seed=1.5 | seed: expected a whole number of 64 bits, found the number 1.5
          zo.seeds=many | zo.seeds: expected a whole number, found the text 'many'
          warmup.lr=fast | warmup.lr: expected a number, found the text 'fast'
          data=5 | data: expected a section with the keys source, path, cache, partition, validation, size, background, testPart, transposed, normalize, found the number 5
          methods=5        | methods: expected a list such as [a, b], found the number 5
          methods=[] | methods: expected at least one method, such as [zowarmup]; found []
          methods=[zowarmup,fedsgd] | methods: expected a list of decomfl, fedadam, fedavg-all, fedavgm, fedkseed, fedprox, fedyogi, fedzo, heterofl, high-res-only, mezo-local, zo-only, zowarmup, zowarmup-auto, zowarmup-mixed; found fedsgd
          model.kind=vgg | model.kind: expected one of cnn, cnn-pfl, resnet18, vit, vit-tiny; found vgg
          model={kind: vit, heads: 7} | model.heads: expected a divisor of dim 512, found 7
          model={kind: vit-tiny, pooling: max} | model.pooling: expected one of mean, class; found max
          model={kind: vit, depth: 0} | model.depth: expected a whole number from 1 to 128, found 0
          model={kind: resnet18, width: 0.3} | model.width: expected a multiple of 1/64 = 0.015625, found 0.3
          model={kind: vit, patch: 3} | model: expected a network that fits images of 8x8x1 (height x width x channels), found kind vit with layer patch_embed.proj: expected images whose sides 3 divides, found 8x8x1; choose another kind or other keys of it
          data.partition.kind=sorted | data.partition.kind: expected one of dirichlet, file, iid, natural, power-law, shards; found sorted
          device=tpu | device: expected one of auto, cuda:0, cpu, reference; found tpu; did you mean cpu?
          device=CPU | device: expected one of auto, cuda:0, cpu, reference; found CPU; did you mean cpu?
          device=cudo | device: expected one of auto, cuda:0, cpu, reference; found cudo
          data.path=null | data.path: expected a folder with train/ and test/ for data.source image-folder, found nothing
          data.path="a\\0b" | data.path: expected the name of a folder, found 'a?b' (Nul character not allowed)
          model.channels=[] | model.channels: expected a list of 1 to 4 whole numbers, found []
          model.channels=[4,5] | model.normGroups: expected a divisor of every entry of channels [4, 5], found 2
          model.channels=[4,4,4,4] | model: expected a network that fits images of 8x8x1 (height x width x channels), found kind cnn with layer pool4: expected an input of at least 2 pixels a side, found 1x1x4; choose another kind or other keys of it
          """)
  void aValueThatCannotBe(String override, String message) {
    assertRefused(message, override);
  }

  /** The model of the base has 4 channels in 2 groups. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          heterofl.width=0 | heterofl.width: expected a number above 0, at most 1.0, found 0.0
          heterofl.width=1.5 | heterofl.width: expected a number above 0, at most 1.0, found 1.5
          heterofl.depth=1 | heterofl.depth: unknown key. Keys of heterofl: width, scaler
          heterofl.width=0.3 | heterofl.width: expected a width at which model cnn has a sub-network, found 0.3 with layer conv1: expected a whole number of channels, found 1.2, which is 0.3 of 4; choose another width or model, or leave heterofl out of methods
          heterofl.width=0.75 | heterofl.width: expected a width at which model cnn has a sub-network, found 0.75 with layer norm1: expected a number of groups that the width makes whole, or that divides the 3 channels left of 4, found 2; choose another width or model, or leave heterofl out of methods
          model={kind: vit-tiny} | heterofl.width: expected a width at which model vit-tiny has a sub-network, found 0.5 with layer tokens: expected a convolution, linear layer, group norm, ReLU, addition, pooling or flatten, the layers that a part of the channels can be taken of, found Embedding; choose another width or model, or leave heterofl out of methods
          model={kind: cnn-pfl} | heterofl.scaler: expected false for model cnn-pfl, found true with layer conv1: expected a group norm after it, into which the scaler goes, found Relu; set heterofl.scaler=false or choose another model
          """)
  void aSubNetworkThatCannotBe(String override, String message) {
    assertRefused(message, "methods=[heterofl]", override);
  }

  @Test
  void anUnknownDataSource() {
    String line = refused("data.source=imagenet");
    assertTrue(line.startsWith("data.source: expected one of auto, "), line);
    assertTrue(line.endsWith("; found imagenet; did you mean imagenet32?"), line);
  }

  @Test
  void moreClientsThanImages() {
    assertRefused(
        "clients.count: expected 1 to 18, as the training set has 18 samples and each client needs"
            + " one; found 19",
        "clients.count=19",
        "clients.high=0.1");
  }

  @Test
  void dataThatIsNotThere() throws IOException {
    Path none = root.resolve("none");
    assertRefused(
        "bad data in " + none + ": expected a folder with train/ and test/, found no such folder",
        "data.path=" + none);
    assertRefused(
        "bad data in " + config + ": expected a folder with train/ and test/, found a file",
        "data.path=" + config);
    assertRefused(
        "data.path: expected nothing, data.source fashion-mnist-mini is built in; found "
            + images
            + "; remove it",
        "data.source=fashion-mnist-mini");
    Files.move(images.resolve("test"), root.resolve("elsewhere"));
    assertRefused(
        "bad data in "
            + images.resolve("test")
            + ": expected a folder test/ (or val/) with the test images, one sub-folder a class,"
            + " found none; data.testPart=0.2 draws a test set from the training images");
  }

  @Test
  void anImageThatIsNone() throws IOException {
    Path image = images.resolve("train/class1/3.png");
    byte[] whole = Files.readAllBytes(image);
    Files.write(image, ByteBuffer.allocate(40).put(whole, 0, 40).array());
    String line = refused();
    assertTrue(line.startsWith("bad data in " + image + ": expected "), line);
    Files.write(image, new byte[0]);
    assertRefused(
        "bad data in "
            + image
            + ", offset 0: expected a JPEG, PNG, BMP, GIF or TIFF image, found an"
            + " empty file");
  }

  private Path writeIdx(int missingBytes) throws IOException {
    Path folder = Files.createDirectory(root.resolve("idx" + missingBytes));
    for (String set : List.of("train", "t10k")) {
      Files.write(
          folder.resolve(set + "-labels-idx1-ubyte"),
          ByteBuffer.allocate(8 + 20).putInt(0x801).putInt(20).array());
    }
    ByteBuffer header = ByteBuffer.allocate(16 + 20 * 64);
    header.putInt(0x803).putInt(20).putInt(8).putInt(8);
    Files.write(folder.resolve("t10k-images-idx3-ubyte"), header.array());
    byte[] cut = new byte[header.capacity() - missingBytes];
    System.arraycopy(header.array(), 0, cut, 0, cut.length);
    Files.write(folder.resolve("train-images-idx3-ubyte"), cut);
    return folder;
  }

  @Test
  void aTruncatedIdxFile() throws IOException {
    Path folder = writeIdx(13);
    assertRefused(
        "bad data in "
            + folder.resolve("train-images-idx3-ubyte")
            + ", offset 1283: expected 1280 bytes after the header of 16 bytes, found the end of"
            + " the file after 1267: it is truncated",
        "data.source=idx",
        "data.path=" + folder);
    Path whole = writeIdx(0);
    RealRun run =
        RealRun.train(() -> false, config, output, "data.source=idx", "data.path=" + whole);
    assertEquals(0, run.code(), run.err());
  }

  @Test
  void anOutputThatCannotBe() {
    Set<Path> before = below(root);
    assertEquals(
        "output: expected a folder that does not exist yet or is empty, found "
            + images
            + "; give another name, or continue a run in it with --resume-if-exists",
        refusal(RealRun.train(() -> false, config, images)));
    assertEquals(
        "output: expected a folder that does not exist yet or is empty, found "
            + config
            + "; give another name, or continue a run in it with --resume-if-exists",
        refusal(RealRun.train(() -> false, config, config)));
    Path below = config.resolve("run");
    assertEquals(
        "output: expected a folder that can be made, found "
            + below
            + ": "
            + config
            + " is not a folder; give another place",
        refusal(RealRun.train(() -> false, config, below)));
    assertEquals(
        "output: expected the name of a folder, found 'a?b' (Nul character not allowed)",
        refusal(RealRun.main(() -> false, output, "train", config.toString(), "output=\"a\\0b\"")));
    assertEquals(before, below(root));
  }

  private String refusedConfig(String text) throws IOException {
    Path file = Files.writeString(root.resolve("other.yaml"), text);
    String line = refusal(RealRun.train(() -> false, file, output));
    assertFalse(Files.exists(output));
    return line.replace(file.toString(), "FILE");
  }

  @Test
  void aConfigThatIsNone() throws IOException {
    Path none = root.resolve("none.yaml");
    assertEquals(
        "config file "
            + none
            + ": expected a YAML file, found no such file (working folder "
            + Path.of("").toAbsolutePath()
            + ")",
        refusal(RealRun.train(() -> false, none, output)));
    assertEquals(
        "config file " + images + ": expected a YAML file, found a folder or device",
        refusal(RealRun.train(() -> false, images, output)));
    String broken = refusedConfig("zo: [\n");
    assertTrue(
        broken.matches(
            "bad data in FILE, line \\d, column \\d: expected YAML, found a syntax error: expected"
                + " the node content, but found '<stream end>'"),
        broken);
    assertEquals(
        "bad data in FILE: expected sections of key: value lines, found the list [1, 2]",
        refusedConfig("[1, 2]\n"));
    assertTrue(refusedConfig("zo:\n\trounds: 3\n").contains("expected YAML, found a syntax error"));
    assertTrue(refusedConfig("seed: 1\nseed: 2\n").contains("expected every key once"));
    assertTrue(
        refusedConfig("")
            .startsWith("data.path: expected a folder or file for data.source auto, "));
  }

  @ParameterizedTest
  @ValueSource(strings = {"trian", "train", "--sede=3", "devices x"})
  void wordsThatAreNoCommand(String words) {
    String line = refusal(RealRun.main(() -> false, output, words.split(" ", -1)));
    assertTrue(line.contains("--help"), line);
  }

  /** The batch system's own variable cannot be set within a process, so this starts one. */
  @Test
  @Timeout(60)
  void aNumberOfThreadsThatTheBatchSystemGarbled() throws IOException, InterruptedException {
    Path err = root.resolve("err");
    List<String> words = List.of("train", config.toString(), "output=" + output);
    ProcessBuilder builder =
        new ProcessBuilder(JavaProcess.command(Main.class, List.of(), words))
            .redirectError(err.toFile());
    builder.environment().put("SLURM_CPUS_PER_TASK", "4(x2)");
    Process process = builder.start();
    assertEquals("", new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    assertEquals(2, process.waitFor());
    assertEquals(
        "zowarmup: threads: expected the environment variable SLURM_CPUS_PER_TASK to be a whole"
            + " number above 0, found 4(x2); fix it or set threads in the config\n",
        Files.readString(err));
    assertFalse(Files.exists(output));
  }
}
