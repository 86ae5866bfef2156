package org.zowarmup.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.zowarmup.nn.op.Custom;
import org.zowarmup.nn.op.Op;

/** That the device knows every operation but the user's own layers, which are Java. */
final class StepCompilerTest {
  private static Stream<Class<?>> operations(Class<?> sealed) {
    Class<?>[] permitted = sealed.getPermittedSubclasses();
    return permitted == null
        ? Stream.of(sealed)
        : Stream.of(permitted).flatMap(StepCompilerTest::operations);
  }

  @Test
  void everyOperationIsCompiled() {
    Set<Class<?>> all =
        operations(Op.class)
            .filter(op -> op != Custom.Forward.class && op != Custom.Backward.class)
            .collect(Collectors.toSet());
    assertEquals(all, StepCompiler.operations());
  }
}
