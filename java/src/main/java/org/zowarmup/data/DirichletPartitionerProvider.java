package org.zowarmup.data;

/** {@code dirichlet}: label skew of strength alpha, equal client sizes. */
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
    return new DirichletConfig(0.1);
  }

  @Override
  public Partitioner create(DirichletConfig config) {
    return new DirichletPartitioner(config.alpha());
  }
}
