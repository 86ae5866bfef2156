package org.zowarmup.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.zowarmup.device.Precision;

/** The keys that a run may change when it is resumed, and a hash of all others. */
public final class ConfigIdentity {
  /** They say where and how safely a run works, not what it computes. */
  private static final Set<String> FREE =
      Set.of(
          "output",
          "threads",
          "data.path",
          "evaluate.clients",
          "evaluate.clientsEveryRounds",
          "evaluate.best",
          "evaluate.patience",
          "checkpoint.everyRounds",
          "checkpoint.everyMinutes",
          "checkpoint.keep",
          "checkpoint.signals");

  /** They may grow: a run can be made longer. */
  private static final Set<String> GROWING = Set.of("warmup.rounds", "zo.rounds", "repeats");

  private static final String DEVICE = "device";

  private ConfigIdentity() {}

  /** SHA-256 over the keys that stay the same as long as a run lives, in hexadecimal. */
  public static String hash(RunConfig config) {
    ObjectNode tree = ConfigTree.treeOf(config);
    tree.put(DEVICE, kind(config.device()));
    for (String path : FREE) {
      remove(tree, path);
    }
    for (String path : GROWING) {
      remove(tree, path);
    }
    if (config.evaluate().precision() == Precision.FP32) {
      remove(tree, "evaluate.precision"); // runs that are older than the key have none
    }
    if (config.loss().kind().equals(RunConfig.CROSS_ENTROPY)) {
      remove(tree, "loss"); // likewise
    }
    return sha256(ConfigTree.toYaml(tree));
  }

  /** SHA-256 of a text in UTF-8, in hexadecimal. */
  public static String sha256(String text) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(sha.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The device without which GPU it is, and how many: another number gives the same results. */
  public static String kind(String device) {
    return device.startsWith("cuda") ? "cuda:0" : device;
  }

  private static void remove(ObjectNode tree, String path) {
    int dot = path.indexOf('.');
    if (dot < 0) {
      tree.remove(path);
    } else if (tree.path(path.substring(0, dot)) instanceof ObjectNode section) {
      remove(section, path.substring(dot + 1));
    }
  }

  /** The differences that forbid resuming a run of the first config under the second. */
  public static List<ConfigDifference> forbidden(RunConfig before, RunConfig after) {
    return ConfigDifference.between(before, after).stream()
        .filter(difference -> !FREE.contains(difference.path()))
        .filter(
            difference ->
                !(difference.path().equals(DEVICE)
                    && kind(difference.left()).equals(kind(difference.right()))))
        .filter(difference -> !(GROWING.contains(difference.path()) && grows(difference)))
        .toList();
  }

  private static boolean grows(ConfigDifference difference) {
    return Long.parseLong(difference.right()) > Long.parseLong(difference.left());
  }
}
