package org.zowarmup.data.partition;

/** {@code dirichlet}: label skew of strength alpha, with equal or with free client sizes. */
public final class DirichletPartitionerProvider implements PartitionerProvider<DirichletConfig> {
  @Override
  public String kind() {
    return "dirichlet";
  }

  @Override
  public Class<DirichletConfig> configType() {
    return DirichletConfig.class;
  }

  @Override
  public DirichletConfig defaults() {
    return new DirichletConfig(0.1, DirichletConfig.EQUAL, 1);
  }

  @Override
  public Partitioner create(DirichletConfig config) {
    return config.sizes().equals(DirichletConfig.FREE)
        ? new FreeDirichletPartitioner(config.alpha(), config.minSize())
        : new DirichletPartitioner(config.alpha(), config.minSize());
  }
}
