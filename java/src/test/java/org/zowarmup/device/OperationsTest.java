package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.zowarmup.nn.op.Custom;
import org.zowarmup.nn.op.Op;

/** Every device runs every operation there is, but for those that it is known to refuse. */
final class OperationsTest {
  private static final Map<String, Set<Class<?>>> REFUSED =
      Map.of("cuda:0", Set.of(Custom.Forward.class, Custom.Backward.class));

  /** All records that a sealed type permits. */
  private static Stream<Class<?>> records(Class<?> type) {
    return type.isSealed()
        ? Stream.of(type.getPermittedSubclasses()).flatMap(OperationsTest::records)
        : Stream.of(type);
  }

  static Stream<DeviceProvider> providers() {
    return ServiceLoader.load(DeviceProvider.class).stream().map(ServiceLoader.Provider::get);
  }

  @ParameterizedTest
  @MethodSource("providers")
  void aDeviceLacksNoOperation(DeviceProvider provider) {
    Set<Class<?>> expected = records(Op.class).collect(Collectors.toCollection(HashSet::new));
    assertTrue(expected.stream().allMatch(Class::isRecord), expected.toString());
    expected.removeAll(REFUSED.getOrDefault(provider.defaultName(), Set.of()));
    assertEquals(expected, provider.operations(), provider.defaultName());
  }
}
