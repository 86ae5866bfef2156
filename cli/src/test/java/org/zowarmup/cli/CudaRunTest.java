package org.zowarmup.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.JavaProcess;
import org.zowarmup.device.cuda.EmulatedCuda;
import org.zowarmup.device.cuda.kernel.ReadyMadeImages;
import org.zowarmup.executor.ranks.Ranks;
import org.zowarmup.run.RealRun;

/**
 * The program as a process of its own, with the emulator's libraries and without any: it trains, it
 * lists, or it says what is missing. The emulator ends a process with code 99 that leaves device
 * memory, streams, graphs or handles.
 */
final class CudaRunTest {
  private static final String CONFIG =
      """
      name: emulated
      repeats: 1
      data: {source: fashion-mnist-mini, partition: {kind: iid}, validation: 0}
      clients: {count: 500, high: 0.004}
      model: {kind: cnn, channels: [4, 4], normGroups: 2}
      warmup: {rounds: 2, cohort: 2, localEpochs: 1, batch: 8, momentum: 0.9, augment: true}
      zo: {rounds: 2, cohort: 6, seeds: 2, batch: 4}
      methods: [zowarmup]
      evaluate: {everyRounds: 2, batch: 64, maxImages: 64, diagnostics: false}
      """;

  @TempDir Path folder;

  @BeforeAll
  static void emulator() {
    EmulatedCuda.build();
  }

  private record Ended(int code, String out, String err) {}

  private Ended start(Map<String, String> environment, String... words) throws Exception {
    return start(EmulatedCuda.build(), "", environment, words);
  }

  private Ended start(
      Path libraries, String classes, Map<String, String> environment, String... words)
      throws Exception {
    return start(Main.class, libraries, classes, environment, words);
  }

  /**
   * @param libraries of CUDA
   * @param classes before those of the program; empty for none
   */
  private Ended start(
      Class<?> main,
      Path libraries,
      String classes,
      Map<String, String> environment,
      String... words)
      throws Exception {
    List<String> options = new ArrayList<>();
    options.addAll(List.of("-Xmx512m", "-Dorg.bytedeco.javacpp.platform.preloadpath=" + libraries));
    if (!classes.isEmpty()) {
      options.addAll(List.of("-cp", classes + ":" + System.getProperty("java.class.path")));
    }
    if (!libraries.equals(EmulatedCuda.build())) { // else JavaCPP's links to all of them serve
      options.add("-Dorg.bytedeco.javacpp.cachedir=" + libraries.resolve("javacpp"));
    }
    ProcessBuilder builder = new ProcessBuilder(JavaProcess.command(main, options, List.of(words)));
    EmulatedCuda.environment(builder);
    builder.environment().putAll(environment);
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    assertTrue(process.waitFor(300, TimeUnit.SECONDS), "still running");
    return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  /** In this process: a run that needs no library of CUDA. */
  private static Ended here(Path run, String... words) {
    RealRun ended = RealRun.main(() -> false, run, words);
    return new Ended(ended.code(), ended.out(), ended.err());
  }

  private Path config() throws IOException {
    return Files.writeString(folder.resolve("config.yaml"), CONFIG);
  }

  private List<JsonNode> train(String name, String... overrides) throws Exception {
    List<String> words = new ArrayList<>(List.of("train", config().toString()));
    words.addAll(List.of(overrides));
    Path run = folder.resolve(name);
    words.add("output=" + run);
    String[] all = words.toArray(String[]::new);
    Ended ended = name.startsWith("cpu") ? here(run, all) : start(Map.of(), all);
    assertEquals(0, ended.code(), ended.err() + ended.out());
    ObjectMapper json = new ObjectMapper();
    List<JsonNode> rows = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      rows.add(json.readTree(line));
    }
    String said = ended.out().replaceAll("\\s+", " ");
    assertEquals(
        name.equals("gpu"), said.contains("the first that starts and passed its self test"), said);
    if (name.equals("gpu")) {
      String libraries =
          json.readTree(run.resolve("provenance.json").toFile()).get("libraries").toString();
      assertTrue(
          libraries.matches(".*cudnnConvolutionForward, [^:]*:\"algorithm 1, math type 3, .*"),
          libraries);
      assertTrue(libraries.contains("\"kernels\":\"sm_86, NVRTC 13.0\""), libraries);
    }
    if (name.equals("bf16")) {
      assertTrue(ended.out().contains("in bf16 and in fp32 correlate by "), ended.out());
    }
    return rows;
  }

  @Test
  void aShortRunAgreesWithTheProcessorAndLeavesNothingBehind() throws Exception {
    List<JsonNode> gpu = train("gpu", "device=auto");
    List<JsonNode> cpu = train("cpu", "device=cpu", "threads=2");
    assertEquals(4, gpu.size());
    assertEquals(cpu.size(), gpu.size());
    for (int i = 0; i < cpu.size(); i++) {
      double expected = cpu.get(i).get("trainLoss").doubleValue();
      assertEquals(expected, gpu.get(i).get("trainLoss").doubleValue(), 1e-4 * expected);
    }
  }

  /** Half of the clients train the whole network, half of them half of its channels. */
  @Test
  void heteroFlAgreesWithTheProcessor() throws Exception {
    String[] words = {"methods=[heterofl]", "clients.high=0.5", "warmup.cohort=6"};
    List<JsonNode> gpu = train("gpu-sub", with(words, "device=cuda:0"));
    List<JsonNode> cpu = train("cpu-sub", with(words, "device=cpu"));
    assertEquals(4, gpu.size());
    for (int i = 0; i < cpu.size(); i++) {
      double expected = cpu.get(i).get("trainLoss").doubleValue();
      assertEquals(expected, gpu.get(i).get("trainLoss").doubleValue(), 1e-4 * expected);
      for (String type : List.of("bytesUpHigh", "bytesUpLow")) {
        assertTrue(gpu.get(i).get(type).longValue() > 0, type + " of round " + i);
        assertEquals(cpu.get(i).get(type), gpu.get(i).get(type));
      }
    }
  }

  /**
   * The GPUs of one process are ranks of a run, on whose number, order and names no bit depends,
   * nor on GPUs between them that take no part.
   */
  @Test
  void anyGpusLeaveWhatOneDoes() throws Exception {
    Path one = folder.resolve("one");
    Ended alone = start(gpus(1), onGpus("cuda:all", one));
    assertEquals(0, alone.code(), alone.err() + alone.out());
    String first = alone.out().replaceAll("\\s+", " ");
    assertFalse(first.contains("0 " + Ranks.host()), first);
    for (String device : List.of("3 all", "8 all", "5 0,1", "5 2,0", "5 3,1,4")) {
      String[] words = device.split(" ", -1);
      int there = Integer.parseInt(words[0]);
      int[] taken =
          words[1].equals("all")
              ? IntStream.range(0, there).toArray()
              : Stream.of(words[1].split(",")).mapToInt(Integer::parseInt).toArray();
      Path run = folder.resolve(device);
      Ended ended = start(gpus(there), onGpus("cuda:" + words[1], run));
      assertEquals(0, ended.code(), ended.err() + ended.out());
      assertFalse(ended.err().contains("last bits"), ended.err());
      String said = ended.out().replaceAll("\\s+", " ");
      for (int rank = 0; rank < taken.length; rank++) {
        String row = "%d %s cuda:%d: Emulated".formatted(rank, Ranks.host(), taken[rank]);
        assertTrue(said.contains(row), row + " in " + said);
      }
      for (String file :
          List.of("weights-zowarmup-seed1.safetensors", "seeds-zowarmup-seed1.log")) {
        assertArrayEquals(
            Files.readAllBytes(one.resolve(file)),
            Files.readAllBytes(run.resolve(file)),
            file + " of " + device);
      }
    }
  }

  /**
   * A cache of its own for what is chosen of cuDNN, with the kernels of all tests.
   *
   * @param writable whether choices can be kept in it
   */
  private Map<String, String> cache(String name, boolean writable) throws IOException {
    Path own = Files.createDirectory(folder.resolve(name));
    Path common = EmulatedCuda.KERNELS;
    for (String part : List.of("kernels", "self-test")) {
      Files.createDirectories(common.resolve(part));
      Files.createSymbolicLink(own.resolve(part), common.resolve(part).toRealPath());
    }
    if (!writable) {
      Files.createFile(own.resolve("cudnn"));
    }
    return new HashMap<>(Map.of("ZOWARMUP_CACHE", own.toString()));
  }

  private byte[] weights(Path run) throws IOException {
    return Files.readAllBytes(run.resolve("weights-zowarmup-seed1.safetensors"));
  }

  /** A run of one round of each phase, and of one zeroth-order round more. */
  private Path shortRun(String name, Map<String, String> environment, int zoRounds)
      throws Exception {
    Path run = folder.resolve(name);
    Ended ended =
        start(
            environment,
            "train",
            config().toString(),
            "device=cuda:0",
            "warmup.rounds=1",
            "zo.rounds=" + zoRounds,
            "zo.schedule=constant",
            "evaluate.maxImages=16",
            "output=" + run);
    assertEquals(0, ended.code(), ended.err() + ended.out());
    return run;
  }

  private String resume(Path run, Map<String, String> environment) throws Exception {
    Ended ended = start(environment, "resume", run.toString(), "zo.rounds=2");
    assertEquals(0, ended.code(), ended.err() + ended.out());
    return (ended.out() + ended.err()).replaceAll("\\s+", " ");
  }

  @Test
  void aResumeTakesTheAlgorithmsOfTheRunOrSaysThatItCannot() throws Exception {
    Map<String, String> four = cache("four", true);
    four.put("ZOWARMUP_EMULATOR_FASTEST", "4");
    byte[] expected = weights(shortRun("whole", four, 2));
    Map<String, String> one = cache("one", true);
    one.put("NVIDIA_TF32_OVERRIDE", "0"); // which decides rounding, too
    Path others = shortRun("others", one, 2);
    assertFalse(Arrays.equals(weights(others), expected), "the algorithm shows in the weights");
    String tf32 = "\"library NVIDIA_TF32_OVERRIDE\" : \"0\"";
    assertTrue(Files.readString(others.resolve("identity.json")).contains(tf32));

    Path begun = shortRun("begun", four, 1);
    String identity = Files.readString(begun.resolve("identity.json"));
    assertTrue(
        identity.matches(
            "(?s).*\"choice for cudnnConvolutionForward, Conv[^\"]* fp32\" : \"algorithm 4, math"
                + " type 3, workspace \\d+ bytes\".*"),
        identity);
    Path refusing = RealRun.copy(begun, folder.resolve("refusing"));

    String said = resume(begun, cache("elsewhere", true)); // where the first is the faster
    assertFalse(said.contains("last bits"), said);
    assertArrayEquals(expected, weights(begun));

    Map<String, String> without = cache("without", true);
    without.put("ZOWARMUP_EMULATOR_FAULT", "algorithm 4");
    String warned = resume(refusing, without);
    assertTrue(
        warned.matches(
            ".* choice for cudnnConvolution\\S+, Conv.* and \\d+ more was algorithm 4, math type 3,"
                + " workspace \\d+ bytes and is algorithm 1, math type 3, .*last bits.*"),
        warned);
    assertEquals(1, warned.split("last bits", -1).length - 1, warned);
  }

  /** The GPUs find different algorithms the fastest and cannot tell one another by the cache. */
  @Test
  void allRanksTakeTheAlgorithmsOfTheFirst() throws Exception {
    byte[][] weights = new byte[2][];
    for (int gpus = 1; gpus <= 2; gpus++) {
      Path run = folder.resolve("gpus" + gpus);
      Map<String, String> environment = cache("cache" + gpus, false);
      environment.putAll(gpus(gpus));
      environment.put("ZOWARMUP_EMULATOR_FASTEST", "4,1");
      Ended ended = start(environment, onGpus("cuda:all", run));
      assertEquals(0, ended.code(), ended.err() + ended.out());
      weights[gpus - 1] = weights(run);
    }
    assertArrayEquals(weights[0], weights[1]);
  }

  @Test
  void gpusThatAreNamedTwiceOrNotThereAreRefusedInOneLine() throws Exception {
    Ended twice = start(gpus(3), onGpus("cuda:1,0,1", folder.resolve("twice")));
    assertEquals(2, twice.code(), twice.out());
    assertEquals(
        "zowarmup: device: expected every GPU once, found cuda:1 twice in cuda:1,0,1; name each GPU"
            + " that is to take part once",
        twice.err().strip());
    Ended none = start(gpus(3), onGpus("cuda:0,7", folder.resolve("none")));
    assertEquals(2, none.code(), none.out());
    assertEquals(
        "zowarmup: device cuda:7: this machine has 3 GPU(s), cuda:0 to cuda:2", none.err().strip());
  }

  /** What has no ranks takes the first: a plan here, and what opens a run's config later. */
  @Test
  void aPlanForSeveralGpusIsMadeOnTheFirstOfThem() throws Exception {
    for (String device : List.of("cuda:1,0", "cuda:all")) {
      Ended ended = start(Map.of(), "plan", config().toString(), "device=" + device, "repeats=1");
      assertEquals(0, ended.code(), ended.err() + ended.out());
      String first = device.equals("cuda:all") ? "cuda:0" : "cuda:1";
      assertTrue(ended.out().contains("device    " + first + ": Emulated"), ended.out());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {"cuda:all 1", "cuda:2,0 2", "cuda:2,0 0"})
  void aLostGpuEndsTheRunWithItsName(String device, int gpu) throws Exception {
    Path run = folder.resolve("lost");
    Map<String, String> lost = new HashMap<>(gpus(3));
    lost.put("ZOWARMUP_EMULATOR_LOST", gpu + ":1");
    lost.put("ZOWARMUP_EMULATOR_LEAKS_ALLOWED", "1");
    Ended ended = start(lost, onGpus(device, run));
    assertEquals(2, ended.code(), ended.err() + ended.out());
    // told by the rank itself or, with its number, by another one: whichever ends first
    String said = "device cuda:%d is lost: cudaGraphLaunch of ".formatted(gpu);
    assertTrue(ended.err().contains(said), ended.err());
    assertTrue(ended.err().contains(" failed: cudaErrorECCUncorrectable, "), ended.err());
  }

  private static Map<String, String> gpus(int count) {
    return Map.of("ZOWARMUP_EMULATOR_GPUS", String.valueOf(count));
  }

  private String[] onGpus(String device, Path run) throws IOException {
    return new String[] {
      "train",
      config().toString(),
      "device=" + device,
      "warmup.rounds=1",
      "zo.rounds=1",
      "evaluate.maxImages=16",
      "output=" + run
    };
  }

  private static String[] with(String[] words, String more) {
    String[] all = Arrays.copyOf(words, words.length + 1);
    all[words.length] = more;
    return all;
  }

  @Test
  void sharedSeedsAndReducedPrecisionRunToo() throws Exception {
    assertEquals(
        4, train("bf16", "device=cuda:0", "zo.ownSeeds=false", "zo.precision=bf16").size());
  }

  @Test
  void scalarsThatRoundingDrownsAreWarnedOfAtThePivot() throws Exception {
    Path run = folder.resolve("drowned");
    Ended ended =
        start(
            Map.of(),
            "train",
            config().toString(),
            "device=cuda:0",
            "zo.precision=bf16",
            "zo.epsilon=1e-7",
            "warmup.rounds=1",
            "zo.rounds=1",
            "zo.cohort=2",
            "output=" + run);
    assertEquals(0, ended.code(), ended.err());
    String said = (ended.out() + ended.err()).replaceAll("\\s+", " ");
    assertTrue(said.contains(", below 0.9: rounding moves a scalar by "), said);
    assertTrue(said.matches(".* use zo\\.epsilon=\\S+, zo\\.precision=tf32 or fp32 .*"), said);
  }

  /** The emulator's libraries without NVRTC, or with one that does not load. */
  private Path withoutNvrtc(boolean broken) throws IOException {
    Path libraries = Files.createTempDirectory(folder, "libraries");
    try (Stream<Path> all = Files.list(EmulatedCuda.build())) {
      for (Path library : all.filter(p -> p.toString().contains(".so.")).toList()) {
        if (!library.getFileName().toString().contains("nvrtc")) {
          Files.createSymbolicLink(
              libraries.resolve(library.getFileName()), library.toAbsolutePath());
        }
      }
    }
    if (broken) {
      Files.writeString(libraries.resolve("libnvrtc.so.13"), "no library");
    }
    return libraries;
  }

  @Test
  void nvrtcIsNeededOnlyWhereKernelsDoNotComeCompiled() throws Exception {
    Path made = folder.resolve("made");
    Path others = folder.resolve("others");
    String[] images = {
      made.toString(), "sm_75 sm_86 compute_120", others.toString(), "sm_75 sm_90 compute_90"
    };
    Ended written = start(ReadyMadeImages.class, EmulatedCuda.build(), "", Map.of(), images);
    assertEquals(0, written.code(), written.err());
    for (boolean broken : new boolean[] {false, true}) {
      Path libraries = withoutNvrtc(broken);
      Map<String, String> cache = Map.of("ZOWARMUP_CACHE", folder.resolve("c" + broken).toString());
      Ended listed = start(libraries, made.toString(), cache, "devices", "--test");
      String list = listed.out().replaceAll("\\s+", " ");
      assumeTrue(broken || !list.contains("NVRTC 1"), "this machine has an NVRTC of its own");
      assertTrue(list.contains("only kernels that do not come compiled need it"), list);
      assertTrue(list.contains("self test: passed"), list);
      Path run = folder.resolve("ready" + broken);
      String[] train = {
        "train",
        config().toString(),
        "device=cuda:0",
        "warmup.rounds=1",
        "zo.rounds=1",
        "zo.precision=bf16"
      };
      Ended ended = start(libraries, made.toString(), cache, with(train, "output=" + run));
      assertEquals(0, ended.code(), ended.err());
      String identity = Files.readString(run.resolve("identity.json"));
      assertTrue(identity.contains("\"library kernels\" : \"sm_86, nvcc 13.0.88\""), identity);

      String[] elsewhere = with(train, "output=" + folder.resolve("none"));
      Ended refused = start(libraries, others.toString(), cache, elsewhere);
      assertEquals(2, refused.code(), refused.out());
      // the JVM itself has a word on a library that is none
      List<String> lines = refused.err().lines().filter(l -> l.startsWith("zowarmup: ")).toList();
      assertEquals(1, lines.size(), refused.err());
      String line = lines.get(0);
      String start =
          "zowarmup: device cuda:0: expected ready-made kernels for compute capability 8.6, or"
              + " NVRTC to compile them; found those for sm_75, sm_90, compute_90, and NVRTC: ";
      assertTrue(line.startsWith(start), line);
      assertTrue(
          line.contains(
              broken ? "does not load: " : "libnvrtc.so.13 not found (install the CUDA toolkit"),
          line);
      Map<String, String> compiling = new HashMap<>(cache);
      compiling.put("ZOWARMUP_CUDA_NVRTC", "1"); // as if nothing came compiled
      Ended none = start(libraries, made.toString(), compiling, elsewhere);
      assertTrue(none.err().contains("; found none, and NVRTC: "), none.err());
    }
  }

  @Test
  void theListNamesTheGpuAndItsLibraries() throws Exception {
    Ended ended = start(Map.of("ZOWARMUP_EMULATOR_GPUS", "2"), "devices");
    assertEquals(0, ended.code(), ended.err());
    String out = ended.out().replaceAll("\\s+", " ");
    for (String part :
        List.of(
            "cuda:0",
            "cuda:1",
            "Emulated GPU",
            "self test: ",
            "compute capability 8.6",
            "NVRTC 13.0",
            "cuDNN 9.19.0",
            "cuBLAS 13.0.0",
            "cuda-emulator/libcudart.so.13")) {
      assertTrue(out.contains(part), part + " in " + out);
    }
  }

  @Test
  void aGpuThatComputesSomethingElseIsNotTaken() throws Exception {
    Map<String, String> faulty = Map.of("ZOWARMUP_EMULATOR_FAULT", "convolution");
    String step = "self test failed at a convolution: gradient: relative error ";
    Ended tested = start(faulty, "devices", "--test");
    assertEquals(0, tested.code(), tested.err());
    String listed = tested.out().replaceAll("\\s+", " ");
    assertTrue(listed.contains("cuda:0 no device cuda:0: " + step), listed);
    String config = config().toString();
    Ended named = start(faulty, "train", config, "device=cuda:0");
    assertEquals(2, named.code(), named.out());
    assertTrue(named.err().contains("zowarmup: device cuda:0: " + step), named.err());
    Ended auto =
        start(
            faulty,
            "train",
            config,
            "device=auto",
            "warmup.rounds=1",
            "zo.rounds=0",
            "output=" + folder.resolve("faulty"));
    assertEquals(0, auto.code(), auto.err());
    String said = auto.out().replaceAll("\\s+", " ");
    assertTrue(said.contains("no cuda:0: its self test failed at a convolution"), said);
  }

  @Test
  void aGpuThatIsNotThereIsRefusedInOneLine() throws Exception {
    Ended none =
        start(Map.of("ZOWARMUP_EMULATOR_GPUS", "0"), "train", config().toString(), "device=cuda:0");
    assertEquals(2, none.code());
    assertTrue(
        none.err().contains("device cuda:0: the driver refuses: cudaErrorNoDevice"), none.err());
  }
}
