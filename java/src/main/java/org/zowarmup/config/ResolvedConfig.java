package org.zowarmup.config;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A config with every key filled in, the plug-ins' own ones too: what a run folder keeps, so that
 * the run can be repeated after a default has changed.
 *
 * @param run the config; its sections model and data.partition hold every key of their kind
 * @param model what the model's plug-in has bound
 * @param partition what the partitioner's plug-in has bound
 */
public record ResolvedConfig(RunConfig run, Record model, Record partition) {
  public ResolvedConfig {
    DataConfig data = run.data();
    run =
        new RunConfig(
            run.name(),
            run.seed(),
            run.repeats(),
            run.device(),
            run.threads(),
            run.output(),
            new DataConfig(
                data.source(),
                data.path(),
                data.cache(),
                fill(data.partition(), partition),
                data.validation()),
            run.clients(),
            fill(run.model(), model),
            run.warmup(),
            run.zo(),
            run.faults(),
            run.privacy(),
            run.methods(),
            run.evaluate(),
            run.checkpoint());
  }

  private static KindSection fill(KindSection section, Record bound) {
    ObjectNode values = ConfigTree.treeOf(bound);
    return new KindSection(section.path(), section.kind(), values);
  }

  /** YAML that {@link ConfigLoader} reads back to the same config. */
  public String toYaml() {
    return ConfigTree.toYaml(run);
  }
}
