package org.zowarmup.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.config.ConfigLayers.Layer;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.partition.Partitioner;
import org.zowarmup.error.ConfigException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.federated.Method;
import org.zowarmup.nn.models.Model;
import org.zowarmup.nn.op.SampleLoss;
import org.zowarmup.plugin.Own;
import org.zowarmup.record.Metric;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunResult;
import org.zowarmup.record.weights.Safetensors;
import org.zowarmup.run.Experiment;
import org.zowarmup.run.ListenerGroup;
import org.zowarmup.run.Trainer;
import org.zowarmup.setup.ConfigResolver;
import org.zowarmup.setup.OwnParts;

/**
 * One run: what {@code zowarmup train} does, from another program. It holds nothing between two
 * runs, so there is nothing to close.
 *
 * <pre>{@code
 * Simulation simulation =
 *     Simulation.builder().config("methods: [zowarmup]").with("zo.rounds", 20).build();
 * Result result = simulation.run();
 * }</pre>
 */
public final class Simulation {
  private static final Logger LOG = LoggerFactory.getLogger(Simulation.class);

  private final RunConfig config;
  private final OwnParts parts;
  private final List<RunListener> listeners;
  private final boolean keepsNothing;
  private final Path existing;
  private volatile boolean stopRequested;

  private Simulation(Builder builder, RunConfig config, OwnParts parts) {
    this.config = config;
    this.parts = parts;
    this.listeners =
        builder.listeners.stream()
            .map(one -> Own.named(RunListener.class, "listener", one))
            .toList();
    this.keepsNothing = builder.keepsNothing;
    this.existing = builder.existing;
  }

  /**
   * Starts with the defaults of every key.
   *
   * @return a builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Runs to the end or until {@link #stop}, on the calling thread and on lanes of its own.
   *
   * @return what came out, of a stopped run as far as it went
   * @throws UserErrorException where the config, the data or the machine is not what it should be
   */
  public Result run() {
    warnOfLimits();
    try {
      return keepsNothing ? runIn(temporary()) : result(train(config, existing), Map.of());
    } catch (OutOfMemoryError e) {
      if (Pointer.maxBytes() > 0 && String.valueOf(e.getMessage()).contains("Bytes = ")) {
        throw new UserErrorException(limits() + "; " + e.getMessage(), e);
      }
      throw e;
    }
  }

  private Result runIn(Path folder) {
    try {
      String run = folder.resolve("run").toString();
      RunConfig there =
          ConfigLoader.layers(
                  List.of(
                      ConfigLoader.values("config", config),
                      ConfigLoader.values("output", Map.of("output", run))))
              .config();
      RunResult done = train(there, null);
      RunFolder files = new RunFolder(done.folder());
      Map<String, Safetensors.Content> weights = new LinkedHashMap<>();
      done.results()
          .forEach(
              one -> {
                Path file = files.weights(one.method(), one.seed());
                if (Files.exists(file)) {
                  weights.put(Result.key(one.method(), one.seed()), Safetensors.read(file));
                }
              });
      return result(done, weights);
    } finally {
      remove(folder);
    }
  }

  private RunResult train(RunConfig run, Path folder) {
    return new Experiment(parts)
        .run(
            run,
            folder == null ? null : new Trainer.Existing(folder),
            List.of("Simulation"),
            new ListenerGroup(listeners),
            () -> stopRequested);
  }

  private Result result(RunResult done, Map<String, Safetensors.Content> weights) {
    return new Result(done, keepsNothing ? null : done.folder(), weights, config, parts);
  }

  /**
   * Opens a predictor with weights from a file, such as {@link Result#save} has written, for the
   * images, the model and the device of this simulation. Nothing is trained.
   *
   * @param weights safetensors or npz; images are normalized as the file says, else by the training
   *     set
   * @return to be closed by the caller
   * @throws UserErrorException where the file has other weights than those of the model
   */
  public Predictor predictor(Path weights) {
    return Predictor.of(config, parts, weights);
  }

  /**
   * Asks the run to end after the job at hand, with a checkpoint; from any thread, a listener's
   * too. A simulation that was stopped stays so.
   */
  public void stop() {
    stopRequested = true;
  }

  /** JavaCPP limits memory outside the heap to the heap's size unless it is told not to. */
  private static void warnOfLimits() {
    if (Pointer.maxBytes() > 0) {
      LOG.warn("{}", limits());
    }
  }

  private static String limits() {
    return "images and weights outside the heap may take %,d MB, a limit of JavaCPP: start Java with -Dorg.bytedeco.javacpp.maxBytes=0 -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 to lift it"
        .formatted(Pointer.maxBytes() >> 20);
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("zowarmup");
    } catch (IOException e) {
      throw new UncheckedIOException("a run that keeps nothing needs a temporary folder", e);
    }
  }

  private static void remove(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      LOG.warn("cannot remove {}: {}", folder, e.getMessage());
    }
  }

  /** Collects what a run is made of. Every method returns the builder itself. */
  public static final class Builder {
    private final List<Layer> layers = new ArrayList<>();
    private final List<String> words = new ArrayList<>();
    private final List<Method> methods = new ArrayList<>();
    private final List<Metric> metrics = new ArrayList<>();
    private final List<RunListener> listeners = new ArrayList<>();
    private DataSet data;
    private Model model;
    private SampleLoss loss;
    private Partitioner partition;
    private boolean keepsNothing;
    private Path output;
    private Path existing;

    private Builder() {}

    /**
     * Lays a config over what is there.
     *
     * @param yaml as a config file has it
     * @return this
     */
    public Builder config(String yaml) {
      layers.add(ConfigLoader.text("config", given("config", yaml)));
      return this;
    }

    /**
     * Lays a config over what is there.
     *
     * @param yaml a config file
     * @return this
     */
    public Builder config(Path yaml) {
      layers.add(ConfigLoader.file(given("config", yaml)));
      return this;
    }

    /**
     * Lays a config over what is there.
     *
     * @param sections maps of keys to maps, lists, numbers, texts and truth values
     * @return this
     */
    public Builder config(Map<String, ?> sections) {
      layers.add(ConfigLoader.values("config", given("config", sections)));
      return this;
    }

    /**
     * Sets one key, over every config and object.
     *
     * @param key dotted, for example {@code zo.epsilon}
     * @param value a number, a truth value, null, a path, a map, a list or an array; of a text what
     *     YAML reads it as
     * @return this
     */
    public Builder with(String key, Object value) {
      words.add(ConfigLoader.word(given("with", key), value));
      return this;
    }

    /**
     * Takes a data set in place of the one that the config names.
     *
     * @param images its owner closes it, after the last run and predictor
     * @return this
     */
    public Builder data(DataSet images) {
      data = given("data", images);
      return this;
    }

    /**
     * Takes a model in place of the one that the config names.
     *
     * @param record whose components are its keys
     * @return this
     */
    public Builder model(Model record) {
      model = given("model", record);
      return this;
    }

    /**
     * Takes a loss in place of the one that the config names.
     *
     * @param record whose components are its keys
     * @return this
     */
    public Builder loss(SampleLoss record) {
      loss = given("loss", record);
      return this;
    }

    /**
     * Takes a partition in place of the one that the config names.
     *
     * @param record whose components are its keys
     * @return this
     */
    public Builder partition(Partitioner record) {
      partition = given("partition", record);
      return this;
    }

    /**
     * Adds a method to those that the configs name. Where none names any, those that are added here
     * are all.
     *
     * @param method of a name that no other has, also none of the program's
     * @return this
     */
    public Builder method(Method method) {
      methods.add(given("method", method));
      return this;
    }

    /**
     * Adds a metric over the test images.
     *
     * @param metric of a name that no other has
     * @return this
     */
    public Builder metric(Metric metric) {
      metrics.add(given("metric", metric));
      return this;
    }

    /**
     * Names the device, {@code auto} unless a config says another.
     *
     * @param name such as {@code cpu}, {@code cuda:0} or {@code reference}
     * @return this
     */
    public Builder device(String name) {
      return with("device", given("device", name));
    }

    /**
     * Adds a listener, called on the thread that runs, after those that were added before.
     *
     * @param listener what it throws ends the run
     * @return this
     */
    public Builder listener(RunListener listener) {
      listeners.add(given("listener", listener));
      return this;
    }

    /**
     * Names the run folder. Of this and {@link #noOutput} the later call counts.
     *
     * @param folder that does not exist yet
     * @return this
     */
    public Builder output(Path folder) {
      output = given("output", folder);
      keepsNothing = false;
      layers.add(ConfigLoader.values("output", Map.of("output", folder.toString())));
      return this;
    }

    /**
     * Leaves no run folder: a temporary one is removed when the run ends, and the result holds the
     * weights.
     *
     * @return this
     */
    public Builder noOutput() {
      keepsNothing = true;
      return this;
    }

    /**
     * Continues the run in a folder, with the config and the objects that it was started with.
     *
     * @param folder of a run
     * @return this
     */
    public Builder resume(Path folder) {
      existing = given("resume", folder);
      layers.add(ConfigLoader.file(RunFolder.existing(folder).soundConfig()));
      return output(folder);
    }

    /**
     * Checks the config and every object.
     *
     * @return a run that can start
     * @throws ConfigException naming the key that is not what it should be
     */
    public Simulation build() {
      if (keepsNothing && existing != null) {
        throw new UserErrorException(
            "resume: expected a run that keeps its folder, found noOutput; leave one of them out");
      }
      if (existing != null && !existing.equals(output)) {
        throw new UserErrorException(
            "output: expected %s, the run that resume continues; found %s; leave one of them out"
                .formatted(existing, output));
      }
      OwnParts parts = new OwnParts(data, model, loss, partition, methods, metrics);
      List<Layer> all = new ArrayList<>(layers);
      Map<String, Object> objects = new LinkedHashMap<>();
      Map<String, Object> dataSection = new LinkedHashMap<>();
      if (data != null) {
        dataSection.put("source", data.source());
        dataSection.put("path", null);
        dataSection.put("cache", null);
      }
      if (partition != null) {
        dataSection.put("partition", section("data.partition", partition.kind(), partition));
      }
      if (!dataSection.isEmpty()) {
        objects.put("data", dataSection);
      }
      if (model != null) {
        objects.put("model", section("model", model.kind(), model));
      }
      if (loss != null) {
        objects.put("loss", section("loss", loss.kind(), loss));
      }
      if (!methods.isEmpty()) {
        Set<Object> names = new LinkedHashSet<>(named(layers));
        methods.forEach(method -> names.add(method.name()));
        objects.put("methods", names);
      }
      all.add(ConfigLoader.values("objects", objects));
      all.add(ConfigLoader.words(words));
      RunConfig config = ConfigLoader.layers(all).config();
      for (Method method : methods) {
        if (!config.methods().contains(method.name())) {
          throw new ConfigException(
              "methods",
              "expected %s, the object that was given, among them; found %s"
                  .formatted(method.name(), config.methods()));
        }
      }
      ConfigResolver.resolve(config, parts); // refuses what it refuses here, not when it runs
      return new Simulation(this, config, parts);
    }

    /** The methods that the last config with any names; empty where none does. */
    private static List<Object> named(List<Layer> layers) {
      List<Object> names = new ArrayList<>();
      for (Layer layer : layers) {
        if (layer.tree().has("methods")) {
          names.clear();
          JsonNode methods = layer.tree().get("methods");
          for (JsonNode one : methods.isArray() ? methods : List.of(methods)) {
            names.add(one.isTextual() ? one.asText() : one);
          }
        }
      }
      return names;
    }

    private static <T> T given(String what, T value) {
      if (value == null) {
        throw new ConfigException(what, "expected a value, found null; leave the call out");
      }
      return value;
    }

    private static Map<String, Object> section(String path, String kind, Object part) {
      if (!(part instanceof Record)) {
        throw new ConfigException(
            path,
            "expected a record, whose components are its keys; found %s"
                .formatted(part.getClass().getName()));
      }
      Map<String, Object> section = new LinkedHashMap<>();
      section.put("kind", kind);
      ConfigLoader.values(path, part)
          .tree()
          .properties()
          .forEach(key -> section.put(key.getKey(), key.getValue()));
      return section;
    }
  }
}
