package org.zowarmup.federated.methods;

import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.zowarmup.config.ServerConfig;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.error.ConfigException;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.ClientClass;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Phase;
import org.zowarmup.federated.algorithm.AfterPivot;
import org.zowarmup.federated.algorithm.ClientNetworks;
import org.zowarmup.federated.algorithm.Estimate;
import org.zowarmup.federated.algorithm.FedAvg;
import org.zowarmup.federated.algorithm.MixedRounds;
import org.zowarmup.federated.algorithm.WarmUpToPivot;
import org.zowarmup.federated.algorithm.ZoProtocol;
import org.zowarmup.federated.algorithm.ZoSgd;

/** The methods: those of the program, a row each, and those on the class path. */
public final class Methods {
  /** mu of FedProx where {@code warmup.proximal} is 0. */
  private static final double DEFAULT_MU = 0.01;

  static final List<Row> ROWS =
      List.of(
          // Federated averaging on the high-resource clients up to the pivot, then zeroth-order
          // steps on all clients.
          row(
              "zowarmup",
              "ZOWarmUp",
              "Legate, Rish, Belilovsky, arXiv 2509.03503",
              Methods::zoWarmUp),
          // Finds its pivot: when the warm-up has flattened, at the latest after warmup.rounds.
          row("zowarmup-auto", "ZOWarmUp-Auto", "arXiv 2509.03503", Methods::zoWarmUpAuto),
          // After the pivot the high-resource clients continue with first-order steps.
          row("zowarmup-mixed", "ZOWarmUp-Mixed", "arXiv 2509.03503", Methods::zoWarmUpMixed),
          // Leaves the low-resource clients out.
          row(
              "high-res-only",
              "High-Res-Only",
              "McMahan et al. 2017, arXiv 1602.05629",
              (c, warmup, zo) ->
                  high(c, warmup.with(all(warmup, zo), warmup.proximal(), warmup.server()))),
          // The upper bound that the setting rules out: as if low-resource clients could
          // back-propagate too.
          row(
              "fedavg-all",
              "FedAvg-All",
              "McMahan et al. 2017, arXiv 1602.05629",
              (c, warmup, zo) -> averaging(c, warmup, zo, ClientNetworks.whole(c))),
          // Two levels: low-resource clients train the first part of every layer's channels
          // (heterofl.width), and each parameter is averaged over those who hold it. Its scaler
          // (heterofl.scaler) is part of the sub-network (SubNetwork.withScaler); its batch norm
          // without running statistics has no use here, since group norm has none either.
          row(
                  "heterofl",
                  "HeteroFL",
                  "Diao, Ding, Tarokh 2021, arXiv 2010.01264, algorithm 1",
                  (c, warmup, zo) -> averaging(c, warmup, zo, ClientNetworks.byClass(c)))
              .onSubNetwork(),
          // High-Res-Only with momentum, Adam or Yogi on the server.
          row("fedavgm", "FedAvgM", "Hsu, Qi, Brown 2019, arXiv 1909.06335", server("momentum")),
          row("fedadam", "FedAdam", "Reddi et al. 2021, arXiv 2003.00295", server("adam")),
          row("fedyogi", "FedYogi", "Reddi et al. 2021, arXiv 2003.00295", server("yogi")),
          // High-Res-Only with a term that holds clients near the global weights.
          row("fedprox", "FedProx", "Li et al. 2020, arXiv 1812.06127", Methods::fedProx),
          // The second phase of ZOWarmUp from scratch, as with a pivot at 0.
          row(
              "zo-only",
              "ZO-Only",
              "arXiv 2509.03503",
              (c, warmup, zo) ->
                  zeroth(c, zo.with(all(warmup, zo), zo.seeds(), zo.ownSeeds(), zo.localSteps()))),
          // All clients of a round probe the same seeds, so the server sends back one scalar a
          // seed, and who was absent catches up from the log of them. zo.localSteps is its K,
          // zo.seeds its P.
          row(
              "decomfl",
              "DeComFL",
              "Li et al. 2025, arXiv 2405.15861, algorithm 3",
              (c, warmup, zo) ->
                  zeroth(c, zo.with(all(warmup, zo), zo.seeds(), false, zo.localSteps()))),
          // zo.poolSeeds seeds serve the whole run; a client's steps are of one direction each,
          // drawn from that pool, and it sends its scalars with their numbers. Who was absent gets
          // one sum a seed.
          row(
                  "fedkseed",
                  "FedKSeed",
                  "Qin et al. 2024, arXiv 2312.06353, algorithm 1",
                  (c, warmup, zo) ->
                      zeroth(c, sequential(warmup, zo), ZoProtocol.pool(zo.poolSeeds())))
              .ofOneDirectionSteps(),
          // Clients take local zeroth-order steps and send their weights, a whole vector. The
          // paper's estimate is one-sided along the sphere; here it is zo.estimate, along random
          // signs or normal deviates.
          row(
              "fedzo",
              "FedZO",
              "Fang et al. 2022, arXiv 2201.09531, algorithm 1",
              (c, warmup, zo) ->
                  zeroth(
                      c,
                      zo.with(all(warmup, zo), zo.seeds(), true, zo.localSteps()),
                      ZoProtocol.vectors())),
          // A client spends its probes of a round on as many steps of one direction each, from its
          // own weights, where ZOWarmUp takes one step along their mean.
          row(
                  "mezo-local",
                  "MeZO-Local",
                  "in the manner of MeZO, Malladi et al. 2023, arXiv 2305.17333",
                  (c, warmup, zo) -> zeroth(c, sequential(warmup, zo)))
              .ofOneDirectionSteps());

  private Methods() {}

  /** Makes the phases of a method. */
  private interface Phases {
    List<Phase> of(FederatedContext context, WarmupConfig warmup, ZoConfig zo);
  }

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
      Phases phases)
      implements Method {
    private Row onSubNetwork() {
      return new Row(name, label, paper, true, oneDirectionSteps, phases);
    }

    private Row ofOneDirectionSteps() {
      return new Row(name, label, paper, trainsSubNetwork, true, phases);
    }

    @Override
    public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
      return phases.of(context, warmup, zo).stream().filter(phase -> phase.rounds() > 0).toList();
    }

    @Override
    public void check(WarmupConfig warmup, ZoConfig zo) {
      if (oneDirectionSteps) {
        Estimate.requireOneDirectionToDo(zo, name);
      }
    }
  }

  private static Row row(String name, String label, String paper, Phases phases) {
    return new Row(name, label, paper, false, false, phases);
  }

  private static int all(WarmupConfig warmup, ZoConfig zo) {
    return warmup.rounds() + zo.rounds();
  }

  private static List<Client> highResource(FederatedContext context) {
    return context.federation().of(ClientClass.HIGH);
  }

  private static List<Phase> zoWarmUp(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    return List.of(
        new Phase(new FedAvg(context, highResource(context), warmup), warmup.rounds()),
        new Phase(new ZoSgd(context, context.federation().clients(), zo), zo.rounds()));
  }

  private static List<Phase> zoWarmUpAuto(
      FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    int budget = all(warmup, zo);
    WarmUpToPivot first = new WarmUpToPivot(context, warmup);
    return List.of(
        new Phase(first, warmup.rounds()),
        new Phase(new AfterPivot(context, zo, budget), budget - first.leastRounds()));
  }

  private static List<Phase> zoWarmUpMixed(
      FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    return List.of(
        new Phase(new FedAvg(context, highResource(context), warmup), warmup.rounds()),
        new Phase(new MixedRounds(context, warmup, zo), zo.rounds()));
  }

  /** Federated averaging on the high-resource clients for all rounds. */
  private static List<Phase> high(FederatedContext context, WarmupConfig whole) {
    return List.of(new Phase(new FedAvg(context, highResource(context), whole), whole.rounds()));
  }

  private static Phases server(String optimizer) {
    return (context, warmup, zo) -> {
      ServerConfig server = warmup.server().withOptimizer(optimizer);
      return high(context, warmup.with(all(warmup, zo), warmup.proximal(), server));
    };
  }

  private static List<Phase> fedProx(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    double mu = warmup.proximal() == 0 ? DEFAULT_MU : warmup.proximal();
    return high(context, warmup.with(all(warmup, zo), mu, warmup.server()));
  }

  /** Federated averaging on all clients for all rounds. */
  private static List<Phase> averaging(
      FederatedContext context, WarmupConfig warmup, ZoConfig zo, ClientNetworks networks) {
    WarmupConfig whole = warmup.with(all(warmup, zo), warmup.proximal(), warmup.server());
    List<Client> clients = context.federation().clients();
    return List.of(new Phase(new FedAvg(context, clients, whole, networks), whole.rounds()));
  }

  /** One direction a step, and as many steps as a client has probes. */
  private static ZoConfig sequential(WarmupConfig warmup, ZoConfig zo) {
    return zo.with(all(warmup, zo), 1, true, zo.seeds() * zo.localSteps());
  }

  /** Zeroth-order steps on all clients for all rounds. */
  private static List<Phase> zeroth(FederatedContext context, ZoConfig whole) {
    return zeroth(context, whole, ZoProtocol.of(whole));
  }

  private static List<Phase> zeroth(FederatedContext context, ZoConfig whole, ZoProtocol protocol) {
    List<Client> clients = context.federation().clients();
    return List.of(new Phase(new ZoSgd(context, clients, whole, protocol), whole.rounds()));
  }

  private static Map<String, Method> byName() {
    return byName(ServiceLoader.load(Method.class));
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
          "methods", "expected some of " + String.join(", ", byName.keySet()) + "; found " + name);
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
