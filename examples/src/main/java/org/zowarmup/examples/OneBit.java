package org.zowarmup.examples;

import java.util.List;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/**
 * A method: zeroth-order steps whose clients send one bit a probe; {@link OneBitRounds} runs it.
 */
public record OneBit(@Key("step along each direction") @Range(above = 0, max = 1) double step)
    implements Method {
  /** The defaults. */
  public OneBit() {
    this(2e-3);
  }

  @Override
  public String name() {
    return "one-bit";
  }

  @Override
  public List<Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
    int rounds = warmup.rounds() + zo.rounds();
    return List.of(new Phase(new OneBitRounds(context, zo, step), rounds));
  }
}
