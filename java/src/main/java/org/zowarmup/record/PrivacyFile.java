package org.zowarmup.record;

import java.util.LinkedHashMap;
import java.util.Map;
import org.zowarmup.config.PrivacyConfig;
import org.zowarmup.config.RunConfig;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.privacy.RenyiAccountant;

/**
 * Writes privacy-METHOD.json where privacy is on: the (epsilon, delta) that all rounds of a method
 * guarantee a client, a function of the config. Null is no guarantee: a phase without noise.
 */
public final class PrivacyFile {
  private PrivacyFile() {}

  public static void write(
      RunFolder folder, RunConfig config, Method method, FederatedContext context) {
    PrivacyConfig privacy = config.privacy();
    if (!privacy.ofChanges() && !privacy.ofScalars()) {
      return;
    }
    RenyiAccountant accountant = new RenyiAccountant();
    for (Method.Phase phase : method.phases(context, config.warmup(), config.zo())) {
      phase.algorithm().spend(accountant, phase.rounds());
    }
    RenyiAccountant.Guarantee guarantee = accountant.guarantee(privacy.delta());
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("method", method.name());
    tree.put("epsilon", guarantee.epsilon());
    tree.put("delta", privacy.delta());
    tree.put("order", guarantee.order());
    Json.write(folder.privacy(method.name()), tree);
  }
}
