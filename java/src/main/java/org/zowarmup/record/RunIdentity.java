package org.zowarmup.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.config.ConfigIdentity;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.DataIdentity;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.Normalization;
import org.zowarmup.device.Device;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.executor.Workload;
import org.zowarmup.nn.Shape;
import org.zowarmup.record.weights.Weights;

/**
 * The things that a run is bound to as long as it lives, by name. Some of it decides what is
 * computed and must be the same when a run is resumed; the rest decides rounding, and a difference
 * is a warning.
 */
public record RunIdentity(Map<String, String> values) {
  private static final Logger LOG = LoggerFactory.getLogger(RunIdentity.class);

  static final String CONFIG = "config";
  public static final String LAYOUT = "layout";
  public static final String NORMALIZE = Weights.NORMALIZE;
  private static final String DATA = "data";
  private static final String DEVICE = "device";
  private static final String BATCHES = "batches";
  private static final String INPUT = "file of ";
  private static final String OWN = "ownParts";
  private static final String PROCESSOR = "processor";
  private static final String PROBE_THREADS = "threadsOfAProbe";
  private static final String TRAINING_THREADS = "threadsOfATraining";
  private static final String LIBRARY = "library ";
  private static final String CHOICE = "choice for ";

  /** Name to what a user can do about a difference. One more would change {@link #id} of runs. */
  private static final Map<String, String> BINDING =
      Map.of(
          CONFIG,
          "take the config that the run was started with",
          LAYOUT,
          "take the model and version that the run was started with",
          NORMALIZE,
          "take the data.normalize that the run was started with",
          DATA,
          "take the data set that the run was started with, see data.path",
          DEVICE,
          "name the device that the run was started on",
          BATCHES,
          "take the batches that the run was started with",
          INPUT + "model.init",
          "put back the weights that the run was started with",
          INPUT + "data.partition",
          "put back the partition that the run was started with",
          OWN,
          "take the models, losses, partitions and methods of your own that it was started with");

  public RunIdentity {
    values = Map.copyOf(values);
  }

  /**
   * @param config with every key filled in
   * @param threads that the device uses
   * @param inputs checksums of files that the config names, by key
   * @param own names and hashes of what the run is made of besides the program's own parts
   */
  public static RunIdentity of(
      RunConfig config,
      DataSet data,
      Normalization normalization,
      Device device,
      Workload workload,
      int threads,
      Map<String, String> inputs,
      String own) {
    Map<String, String> values = new LinkedHashMap<>();
    if (!own.isEmpty()) {
      values.put(OWN, own);
    }
    values.put(CONFIG, ConfigIdentity.hash(config));
    values.put(LAYOUT, workload.probe().graph().layout().hash());
    values.put(DATA, DataIdentity.checksum(data));
    values.put(NORMALIZE, normalization.toString());
    values.put(DEVICE, device.name());
    values.put(
        BATCHES,
        "probe %d, training %d, evaluation %d"
            .formatted(
                workload.probe().batch(), workload.train().batch(), workload.evaluate().batch()));
    values.put(PROCESSOR, device.description());
    // lanes of one thread give the same bits however many they are
    values.put(PROBE_THREADS, perLane(threads, workload.probesPerRound()));
    values.put(TRAINING_THREADS, perLane(threads, workload.trainingsPerRound()));
    values.put("input", workload.probe().graph().input().toString());
    values.put("classes", String.valueOf(data.classes()));
    inputs.forEach((key, checksum) -> values.put(INPUT + key, checksum));
    device.libraries().forEach((name, version) -> values.put(LIBRARY + name, version));
    return new RunIdentity(values);
  }

  /** The same with what the files that the config names hold now. */
  public RunIdentity withInputs(Map<String, String> inputs) {
    Map<String, String> now = new LinkedHashMap<>(values);
    inputs.forEach((key, checksum) -> now.put(INPUT + key, checksum));
    return new RunIdentity(now);
  }

  /**
   * The same with what the libraries of the device have chosen.
   *
   * @param choices by layer
   */
  public RunIdentity withChoices(Map<String, String> choices) {
    Map<String, String> now = new LinkedHashMap<>(values);
    choices.forEach((layer, choice) -> now.put(CHOICE + layer, choice));
    return new RunIdentity(now);
  }

  /** What was chosen for layers, where that is worth something to the given run: on its device. */
  public Map<String, String> choicesFor(RunIdentity now) {
    Map<String, String> choices = new LinkedHashMap<>();
    values.forEach(
        (name, value) -> {
          if (name.startsWith(CHOICE)) {
            choices.put(name.substring(CHOICE.length()), value);
          }
        });
    boolean same =
        others(now).stream().noneMatch(name -> name.equals(PROCESSOR) || name.startsWith(LIBRARY));
    return same ? choices : Map.of();
  }

  /** Of a device the kind counts: a rank may get another GPU than before, or than another rank. */
  private static boolean same(String name, String before, String now) {
    return before.equals(now)
        || (name.startsWith(CHOICE) && now == null) // no layer of this run
        || (name.equals(DEVICE)
            && now != null // in a damaged file
            && ConfigIdentity.kind(before).equals(ConfigIdentity.kind(now)));
  }

  /**
   * A hash of what the run is bound to, by which its files are told from those of another. It stays
   * the same however often the run is resumed.
   */
  public String id() {
    StringBuilder text = new StringBuilder();
    for (String name : new TreeSet<>(BINDING.keySet())) {
      String value = values.getOrDefault(name, "none");
      String bound = name.equals(DEVICE) ? ConfigIdentity.kind(value) : value;
      text.append(name).append('=').append(bound).append('\n');
    }
    return ConfigIdentity.sha256(text.toString());
  }

  /** The values as text, for another rank. */
  public String text() {
    return Json.line(new TreeMap<>(values));
  }

  /** What {@link #text} has written. */
  public static RunIdentity ofText(String text) {
    try {
      return new RunIdentity(Json.reader(Values.class).readValue(text));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the identity of a rank: " + text, e);
    }
  }

  private static String perLane(int threads, int jobs) {
    return String.valueOf(Math.max(1, threads / Math.max(1, Math.min(threads, jobs))));
  }

  /**
   * What the images of stored weights were normalized by: as their file says, else as the run
   * folder does that they lie in.
   *
   * @return null where neither does
   */
  public static String normalizeOf(Path weights) {
    String own = Weights.metadata(weights).get(NORMALIZE);
    Path identity = new RunFolder(weights.toAbsolutePath().getParent()).identity();
    return own == null && Files.exists(identity) ? read(identity).values.get(NORMALIZE) : own;
  }

  /** The same without what one name says. */
  public RunIdentity without(String name) {
    Map<String, String> others = new LinkedHashMap<>(values);
    others.remove(name);
    return new RunIdentity(others);
  }

  /** The shape of the images. */
  public Shape input() {
    int[] extents =
        Arrays.stream(value("input", "[1-9][0-9]{0,4}(x[1-9][0-9]{0,4}){2}").split("x", -1))
            .mapToInt(Integer::parseInt)
            .toArray();
    return new Shape(extents[0], extents[1], extents[2]);
  }

  public int classes() {
    return Integer.parseInt(value("classes", "[1-9][0-9]{0,8}"));
  }

  private String value(String name, String form) {
    String value = values.get(name);
    if (value == null || !value.matches(form)) {
      throw new UserErrorException(
          "identity.json: expected %s of the form %s, found %s; put back the file that the run wrote"
              .formatted(name, form, value == null ? "none" : value));
    }
    return value;
  }

  public void write(Path file) {
    Json.write(file, new TreeMap<>(values));
  }

  public static RunIdentity read(Path file) {
    Values values;
    try {
      values = Json.read(file, Values.class, "the identity of a run");
    } catch (BadDataException e) {
      throw e.inPlaceOf(file.toString(), file.toString(), "put back the file that the run wrote");
    }
    if (values.containsValue(null)) {
      throw new BadDataException(
          file, "", "text for every name", "null; put back the file that the run wrote");
    }
    return new RunIdentity(values);
  }

  private static final class Values extends LinkedHashMap<String, String> {
    private static final long serialVersionUID = 1;
  }

  /**
   * Refuses to continue from what another identity computed, and warns of what may change rounding.
   *
   * @param where what carries the stored identity, for the message
   */
  public void requireSame(RunIdentity stored, String where) {
    requireBinding(stored, where);
    Map<Boolean, List<String>> others =
        others(stored).stream().collect(Collectors.partitioningBy(n -> n.startsWith(CHOICE)));
    others.get(false).forEach(name -> warn(stored, name, name));
    List<String> choices = others.get(true); // one line for all
    if (!choices.isEmpty()) {
      String more = choices.size() == 1 ? "" : " and %d more".formatted(choices.size() - 1);
      warn(stored, choices.get(0), choices.get(0) + more);
    }
  }

  private void warn(RunIdentity stored, String name, String what) {
    LOG.warn(
        "{} was {} and is {}: the rounds from here on may differ in their last bits from those of a"
            + " run that was never stopped",
        inWords(what),
        stored.values.get(name),
        values.get(name));
  }

  /** A name of a value, as a message has it. */
  public static String inWords(String name) {
    return switch (name) {
      case PROBE_THREADS -> "threads of a probe";
      case TRAINING_THREADS -> "threads of a training";
      default -> name;
    };
  }

  /** What may change rounding and is another there, by name. */
  public List<String> others(RunIdentity stored) {
    return new TreeMap<>(stored.values)
        .entrySet().stream()
            .filter(entry -> !same(entry.getKey(), entry.getValue(), values.get(entry.getKey())))
            .map(Map.Entry::getKey)
            .toList();
  }

  /** Refuses to continue from what another identity computed. */
  public void requireBinding(RunIdentity stored, String where) {
    List<String> refused = new ArrayList<>();
    for (String name : new TreeSet<>(BINDING.keySet())) {
      // of parts of a user's own there may be none
      String none = name.equals(OWN) ? "none" : null;
      String before = stored.values.getOrDefault(name, none);
      String now = values.getOrDefault(name, none);
      if (before != null && !same(name, before, now)) {
        refused.add("%s was %s and is %s: %s".formatted(name, before, now, BINDING.get(name)));
      }
    }
    if (!refused.isEmpty()) {
      throw new UserErrorException(
          where + ": expected the run that it was made by, found " + String.join("; ", refused));
    }
  }
}
