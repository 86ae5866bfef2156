package org.zowarmup.data.partition;

/** {@code power-law}: client sizes that follow a power law, classes alike. */
public final class PowerLawPartitionerProvider implements PartitionerProvider<PowerLawConfig> {
  @Override
  public String kind() {
    return "power-law";
  }

  @Override
  public Class<PowerLawConfig> configType() {
    return PowerLawConfig.class;
  }

  @Override
  public PowerLawConfig defaults() {
    return new PowerLawConfig(1, 1);
  }

  @Override
  public Partitioner create(PowerLawConfig config) {
    return new PowerLawPartitioner(config.exponent(), config.minSize());
  }
}
