package org.zowarmup.federated;

import java.util.Map;

/** Methods as the field writes them, for people. */
public final class MethodNames {
  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("zowarmup", "ZOWarmUp"),
          Map.entry("zowarmup-auto", "ZOWarmUp-Auto"),
          Map.entry("zowarmup-mixed", "ZOWarmUp-Mixed"),
          Map.entry("high-res-only", "High-Res-Only"),
          Map.entry("fedavg-all", "FedAvg-All"),
          Map.entry("heterofl", "HeteroFL"),
          Map.entry("fedavgm", "FedAvgM"),
          Map.entry("fedadam", "FedAdam"),
          Map.entry("fedyogi", "FedYogi"),
          Map.entry("fedprox", "FedProx"),
          Map.entry("fedkseed", "FedKSeed"),
          Map.entry("decomfl", "DeComFL"),
          Map.entry("fedzo", "FedZO"),
          Map.entry("mezo-local", "MeZO-Local"),
          Map.entry("zo-only", "ZO-Only"));

  private MethodNames() {}

  /** The name of a method; the key itself where it has no other. */
  public static String of(String method) {
    return NAMES.getOrDefault(method, method);
  }
}
