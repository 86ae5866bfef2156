package org.zowarmup.federated.methods;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.zowarmup.config.RunConfig;
import org.zowarmup.config.ServerConfig.Optimizer;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.error.Closest;
import org.zowarmup.error.ConfigException;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.algorithm.AfterPivot;
import org.zowarmup.federated.algorithm.ClientNetworks;
import org.zowarmup.federated.algorithm.FedAvg;
import org.zowarmup.federated.algorithm.MixedRounds;
import org.zowarmup.federated.algorithm.WarmUpToPivot;
import org.zowarmup.federated.algorithm.ZoProtocol;
import org.zowarmup.federated.algorithm.ZoSgd;
import org.zowarmup.plugin.Plugins;

/** The methods: those of the program, a row each, and those on the class path. */
public final class Methods {
  private static final String LEGATE = "Legate, Rish, Belilovsky 2025, arXiv 2509.03503";
  private static final String MCMAHAN = "McMahan et al. 2017, arXiv 1602.05629";
  private static final String REDDI = "Reddi et al. 2021, arXiv 2003.00295";

  static final List<Row> ROWS =
      List.of(
          // Federated averaging on the high-resource clients up to the pivot, then zeroth-order
          // steps on all clients.
          row(
              "zowarmup",
              "ZOWarmUp",
              LEGATE,
              s -> List.of(s.averaging(s.high(), s.warmup), s.zeroth(s.zo))),
          // Finds its pivot: when the warm-up has flattened, at the latest after warmup.rounds.
          row("zowarmup-auto", "ZOWarmUp-Auto", LEGATE, Setting::withOwnPivot),
          // After the pivot the high-resource clients continue with first-order steps.
          row(
              "zowarmup-mixed",
              "ZOWarmUp-Mixed",
              LEGATE,
              s -> List.of(s.averaging(s.high(), s.warmup), s.mixed())),
          // Leaves the low-resource clients out.
          row(
              "high-res-only",
              "High-Res-Only",
              MCMAHAN,
              s -> List.of(s.averaging(s.high(), s.whole()))),
          // The upper bound that the setting rules out: as if low-resource clients could
          // back-propagate too.
          row("fedavg-all", "FedAvg-All", MCMAHAN, s -> List.of(s.averaging(s.all(), s.whole()))),
          // Two levels: low-resource clients train the first part of every layer's channels
          // (heterofl.width), and each parameter is averaged over those who hold it. Its scaler
          // (heterofl.scaler) is part of the sub-network (SubNetwork.withScaler); its batch norm
          // without running statistics has no use here, since group norm has none either.
          row(
                  "heterofl",
                  "HeteroFL",
                  "Diao, Ding, Tarokh 2021, arXiv 2010.01264, algorithm 1",
                  s -> List.of(s.averagingByClass()))
              .onSubNetwork(),
          // High-Res-Only with momentum, Adam or Yogi on the server.
          row(
              "fedavgm",
              "FedAvgM",
              "Hsu, Qi, Brown 2019, arXiv 1909.06335",
              s -> List.of(s.averaging(s.high(), s.whole(Optimizer.MOMENTUM)))),
          row(
              "fedadam",
              "FedAdam",
              REDDI,
              s -> List.of(s.averaging(s.high(), s.whole(Optimizer.ADAM)))),
          row(
              "fedyogi",
              "FedYogi",
              REDDI,
              s -> List.of(s.averaging(s.high(), s.whole(Optimizer.YOGI)))),
          // High-Res-Only with a term that holds clients near the global weights.
          row(
              "fedprox",
              "FedProx",
              "Li et al. 2020, arXiv 1812.06127",
              s -> List.of(s.averaging(s.high(), s.proximal()))),
          // The second phase of ZOWarmUp from scratch, as with a pivot at 0.
          row("zo-only", "ZO-Only", LEGATE, s -> List.of(s.zeroth(s.wholeZo(s.zo.ownSeeds())))),
          // All clients of a round probe the same seeds, so the server sends back one scalar a
          // seed, and an absent client catches up from the log of them. zo.localSteps is its K,
          // zo.seeds its P.
          row(
              "decomfl",
              "DeComFL",
              "Li et al. 2025, arXiv 2405.15861, algorithm 3",
              s -> List.of(s.zeroth(s.wholeZo(false)))),
          // zo.poolSeeds seeds serve the whole run; a client's steps are of one direction each,
          // drawn from that pool, and it sends its scalars with their numbers. An absent client
          // gets
          // one sum a seed.
          row(
                  "fedkseed",
                  "FedKSeed",
                  "Qin et al. 2024, arXiv 2312.06353, algorithm 1",
                  s -> List.of(s.zeroth(s.sequential(), ZoProtocol.pool(s.zo.poolSeeds()))))
              .ofOneDirectionSteps(),
          // Clients take local zeroth-order steps and send their weights, a whole vector. The
          // paper's estimate is one-sided along the sphere; here it is zo.estimate, along random
          // signs or normal deviates.
          row(
              "fedzo",
              "FedZO",
              "Fang et al. 2022, arXiv 2201.09531, algorithm 1",
              s -> List.of(s.zeroth(s.wholeZo(true), ZoProtocol.vectors()))),
          // A client spends its probes of a round on as many steps of one direction each, from its
          // own weights, where ZOWarmUp takes one step along their mean.
          row(
                  "mezo-local",
                  "MeZO-Local",
                  "in the manner of MeZO, Malladi et al. 2023, arXiv 2305.17333",
                  s -> List.of(s.zeroth(s.sequential())))
              .ofOneDirectionSteps());

  private Methods() {}

  /**
   * A method of the program.
   *
   * @param paper that it is from
   * @param trainsSubNetwork of low-resource clients
   * @param oneDirectionSteps whether a step is of one direction, so that no estimate fits that
   *     needs the losses of several
   */
  record Row(
      String name,
      String label,
      String paper,
      boolean trainsSubNetwork,
      boolean oneDirectionSteps,
      Function<Setting, List<Method.Phase>> phases)
      implements Method {
    private Row onSubNetwork() {
      return new Row(name, label, paper, true, oneDirectionSteps, phases);
    }

    private Row ofOneDirectionSteps() {
      return new Row(name, label, paper, trainsSubNetwork, true, phases);
    }

    @Override
    public List<Method.Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
      List<Method.Phase> all = phases.apply(new Setting(context, warmup, zo));
      return all.stream().filter(phase -> phase.rounds() > 0).toList();
    }

    @Override
    public void check(WarmupConfig warmup, ZoConfig zo) {
      if (oneDirectionSteps) {
        zo.requireOneDirectionToDo(name);
      }
    }
  }

  private static Row row(
      String name, String label, String paper, Function<Setting, List<Method.Phase>> phases) {
    return new Row(name, label, paper, false, false, phases);
  }

  /** The parts that methods are put together from. */
  private record Setting(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    /** mu of FedProx where {@code warmup.proximal} is 0. */
    private static final double DEFAULT_MU = 0.01;

    int rounds() {
      return warmup.rounds() + zo.rounds();
    }

    List<Client> high() {
      return context.federation().of(Client.Type.HIGH);
    }

    List<Client> all() {
      return context.federation().clients();
    }

    /** First-order steps in all rounds. */
    WarmupConfig whole() {
      return warmup.withRounds(rounds());
    }

    WarmupConfig whole(Optimizer optimizer) {
      return whole().withServer(warmup.server().withOptimizer(optimizer));
    }

    WarmupConfig proximal() {
      double mu = warmup.proximal() == 0 ? DEFAULT_MU : warmup.proximal();
      return whole().withProximal(mu);
    }

    /** Zeroth-order steps in all rounds. */
    ZoConfig wholeZo(boolean ownSeeds) {
      return zo.withRounds(rounds()).withOwnSeeds(ownSeeds);
    }

    /** One direction a step, and as many steps as a client has probes. */
    ZoConfig sequential() {
      return wholeZo(true).withSeeds(1).withLocalSteps(zo.seeds() * zo.localSteps());
    }

    Method.Phase averaging(List<Client> clients, WarmupConfig config) {
      return new Method.Phase(new FedAvg(context, clients, config), config.rounds());
    }

    Method.Phase averagingByClass() {
      ClientNetworks networks = ClientNetworks.byClass(context);
      return new Method.Phase(new FedAvg(context, all(), whole(), networks), rounds());
    }

    Method.Phase mixed() {
      return new Method.Phase(new MixedRounds(context, warmup, zo), zo.rounds());
    }

    Method.Phase zeroth(ZoConfig config) {
      return zeroth(config, ZoProtocol.of(config));
    }

    Method.Phase zeroth(ZoConfig config, ZoProtocol protocol) {
      return new Method.Phase(new ZoSgd(context, all(), config, protocol), config.rounds());
    }

    List<Method.Phase> withOwnPivot() {
      WarmUpToPivot first = new WarmUpToPivot(context, warmup);
      return List.of(
          new Method.Phase(first, warmup.rounds()),
          new Method.Phase(new AfterPivot(context, zo, rounds()), rounds() - first.leastRounds()));
    }
  }

  /**
   * The phases of a method in a run.
   *
   * @throws ConfigException where they have fewer rounds than the run; more are the most that a
   *     phase may have whose end its algorithm finds
   */
  public static List<Method.Phase> phases(
      Method method, FederatedContext context, RunConfig config) {
    List<Method.Phase> phases = method.phases(context, config.warmup(), config.zo());
    int budget = config.warmup().rounds() + config.zo().rounds();
    boolean sound = phases.stream().allMatch(phase -> phase != null && phase.rounds() > 0);
    if (!sound || phases.stream().mapToLong(Method.Phase::rounds).sum() < budget) {
      throw new ConfigException(
          "methods",
          "expected phases of %s with %d rounds in all, each of at least one; found %s"
              .formatted(
                  method.name(),
                  budget,
                  phases.stream()
                      .map(phase -> phase == null ? "null" : phase.rounds() + " rounds")
                      .toList()));
    }
    return phases;
  }

  /** The methods that are not the program's. */
  public static List<Method> own() {
    return Plugins.load(Method.class);
  }

  private static Map<String, Method> byName() {
    return byName(own());
  }

  static Map<String, Method> byName(Iterable<Method> others) {
    Map<String, Method> byName = new TreeMap<>();
    ROWS.forEach(row -> byName.put(row.name(), row));
    for (Method method : others) {
      if (byName.putIfAbsent(method.name(), method) != null) {
        throw new ConfigException(
            "methods",
            "expected one method of the name %s, found two; take one off the class path"
                .formatted(method.name()));
      }
    }
    return byName;
  }

  /**
   * The method of a name; a ConfigException names {@code methods} and the choices when there is
   * none.
   */
  public static Method find(String name) {
    Map<String, Method> byName = byName();
    Method found = byName.get(name);
    if (found == null) {
      throw new ConfigException(
          "methods",
          "expected a list of "
              + String.join(", ", byName.keySet())
              + "; found "
              + name
              + Closest.hint(name, byName.keySet()));
    }
    return found;
  }

  /** The names of all methods, sorted. */
  public static List<String> names() {
    return List.copyOf(byName().keySet());
  }

  /** A method's name for people; of one that is not here, as in a stored run, the key itself. */
  public static String label(String name) {
    for (Row row : ROWS) { // most often asked for, without a look at the class path
      if (row.name().equals(name)) {
        return row.label();
      }
    }
    Method other = byName().get(name);
    return other == null ? name : other.label();
  }
}
