package org.zowarmup.setup;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.zowarmup.config.KindSection;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSources;
import org.zowarmup.data.partition.Partitioner;
import org.zowarmup.error.ConfigException;
import org.zowarmup.error.Require;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.methods.Methods;
import org.zowarmup.nn.models.Model;
import org.zowarmup.nn.op.SampleLoss;
import org.zowarmup.plugin.Own;
import org.zowarmup.plugin.Plugins;
import org.zowarmup.record.Metric;
import org.zowarmup.record.OwnMetrics;

/**
 * The objects that a run is made of, where a program hands them over; what is not given is looked
 * up by the name that the config has.
 *
 * @param data null where the config names it; its owner closes it
 * @param model null where the config names it
 * @param loss null where the config names it
 * @param partition null where the config names it
 * @param methods that the config can name besides those on the class path
 * @param metrics besides those on the class path
 */
public record OwnParts(
    DataSet data,
    Model model,
    SampleLoss loss,
    Partitioner partition,
    List<Method> methods,
    List<Metric> metrics) {
  /** Looks everything up. */
  public static final OwnParts NONE = new OwnParts(null, null, null, null, List.of(), List.of());

  public OwnParts {
    methods = List.copyOf(methods);
    metrics = metrics.stream().map(OwnParts::named).toList();
    requireNames(
        "methods", methods.stream().map(one -> named(one).name()).toList(), Methods::names);
    requireNames(
        "metric",
        metrics.stream().map(Metric::name).toList(),
        () -> Plugins.all(Metric.class, Metric::name).keySet());
  }

  private static Metric named(Metric metric) {
    return Own.named(Metric.class, "metric", metric);
  }

  private static Method named(Method method) {
    return Own.named(Method.class, "method", method);
  }

  /** Refuses names that name no column or file, that two have, or that one of the others has. */
  private static void requireNames(
      String key, List<String> names, Supplier<Collection<String>> others) {
    Set<String> taken = new HashSet<>();
    if (!names.isEmpty()) {
      taken.addAll(others.get());
    }
    for (String name : names) {
      Require.that(OwnMetrics.isName(name), key, OwnMetrics.EXPECTED_NAME + name);
      Require.that(
          taken.add(name),
          key,
          "expected names that are all different; found %s again, which another has; rename yours"
              .formatted(name));
    }
  }

  /** The data set of a run. */
  public LoadedData open(RunConfig config) {
    return data == null ? LoadedData.open(config) : LoadedData.borrowed(data);
  }

  /** What has keys of its own: the methods and data sources that are records, by name. */
  Map<String, Object> withKeys() {
    Map<String, Object> all = new TreeMap<>();
    DataSources.all().forEach(source -> addRecord(all, source.name(), source));
    Methods.own().forEach(method -> addRecord(all, method.name(), method));
    methods.forEach(method -> addRecord(all, method.name(), method));
    return all;
  }

  /** Of these the ones that a run uses. */
  Map<String, Object> withKeys(RunConfig config) {
    Map<String, Object> used = withKeys();
    used.keySet()
        .removeIf(name -> !config.methods().contains(name) && !name.equals(config.data().source()));
    return used;
  }

  private static void addRecord(Map<String, Object> all, String name, Object plugin) {
    if (plugin instanceof Record && plugin.getClass().getRecordComponents().length > 0) {
      all.put(name, plugin);
    }
  }

  /** The methods of a run, in the config's order. */
  public List<Method> methods(RunConfig config) {
    return bound(config).stream().map(OwnParts::named).toList();
  }

  private List<Method> bound(RunConfig config) {
    return config.methods().stream().map(name -> config.own().bind(name, method(name))).toList();
  }

  /** A method by name: one that is given, or else one on the class path. */
  public Method method(String name) {
    return methods.stream()
        .filter(method -> method.name().equals(name))
        .findFirst()
        .orElseGet(() -> Methods.find(name));
  }

  /** The model with the config's keys. */
  public Model model(RunConfig config) {
    return part(config.model(), Model.class, Model::kind, model);
  }

  /** The loss with the config's keys. */
  public SampleLoss loss(RunConfig config) {
    return part(config.loss(), SampleLoss.class, SampleLoss::kind, loss);
  }

  /** The partition with the config's keys. */
  public Partitioner partitioner(RunConfig config) {
    return part(config.data().partition(), Partitioner.class, Partitioner::kind, partition);
  }

  private static <T> T part(
      KindSection section, Class<T> service, Function<T, String> kindOf, T givenOrNull) {
    if (givenOrNull == null) {
      return section.bind(Plugins.find(service, kindOf, section.path() + ".kind", section.kind()));
    }
    T other = Plugins.all(service, kindOf).get(kindOf.apply(givenOrNull));
    if (other != null && other.getClass() != givenOrNull.getClass()) {
      throw new ConfigException(
          section.path() + ".kind",
          "expected a kind of a name that no other has; found %s, which %s has too; rename yours, %s"
              .formatted(
                  section.kind(), other.getClass().getName(), givenOrNull.getClass().getName()));
    }
    if (!kindOf.apply(givenOrNull).equals(section.kind())) {
      throw new ConfigException(
          section.path() + ".kind",
          "expected %s, the object that was given; found %s"
              .formatted(kindOf.apply(givenOrNull), section.kind()));
    }
    return section.bind(givenOrNull);
  }

  /** Metrics of a user's own. */
  public List<Metric> allMetrics() {
    List<Metric> all = new ArrayList<>(metrics);
    Plugins.all(Metric.class, Metric::name).values().forEach(metric -> all.add(named(metric)));
    return all;
  }

  /**
   * Names and hashes of the model, the loss, the partition and the methods of a run that are not
   * the program's own; empty where all of them are. Of a method the algorithm of its first phase
   * counts too: what a lambda makes shows nowhere else, and later phases may be new in a run that
   * is made longer.
   *
   * @throws ConfigException where a method does not fill the run
   */
  public String identity(RunConfig config, FederatedContext context) {
    List<String> own = new ArrayList<>();
    add(own, "model", model(config).kind(), model(config), List.of());
    add(own, "loss", loss(config).kind(), loss(config), List.of());
    add(own, "partition", partitioner(config).kind(), partitioner(config), List.of());
    for (Method method : bound(config)) {
      List<Method.Phase> phases = Methods.phases(named(method), context, config);
      Class<?> first = Own.type(phases.get(0).algorithm());
      add(own, "method", method.name(), method, List.of(first));
    }
    return String.join(", ", own);
  }

  private static void add(
      List<String> own, String what, String name, Object part, List<Class<?>> also) {
    if (!Own.isOurs(part.getClass())) {
      own.add("%s %s %s".formatted(what, name, PartHash.of(part, also)));
    }
  }
}
