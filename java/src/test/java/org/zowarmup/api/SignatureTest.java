package org.zowarmup.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSource;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.partition.Partitioner;
import org.zowarmup.federated.Algorithm;
import org.zowarmup.federated.Ledger;
import org.zowarmup.federated.Message;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Round;
import org.zowarmup.nn.models.Model;
import org.zowarmup.nn.op.Custom;
import org.zowarmup.nn.op.SampleLoss;
import org.zowarmup.record.Metric;
import org.zowarmup.record.RunListener;

/**
 * What other programs compile against is what was recorded; a change is made on purpose, with a
 * note in the changelog: {@code mvn test -pl java -am -Dtest=SignatureTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Dzowarmup.rewrite=true} records it.
 */
final class SignatureTest {
  private static final Path RECORDED =
      Path.of("src/test/resources/org/zowarmup/api/signatures.txt");
  private static final List<Class<?>> PUBLIC =
      List.of(
          Simulation.class,
          Result.class,
          Predictor.class,
          Model.class,
          Custom.class,
          SampleLoss.class,
          DataSource.class,
          DataSet.class,
          ImageSet.class,
          Partitioner.class,
          Method.class,
          Algorithm.class,
          Ledger.class,
          Message.class,
          Round.class,
          Metric.class,
          RunListener.class);

  private static Stream<Class<?>> withNested(Class<?> type) {
    return Stream.concat(
        Stream.of(type), Arrays.stream(type.getClasses()).flatMap(SignatureTest::withNested));
  }

  private static String signatures() {
    Set<String> lines = new TreeSet<>();
    PUBLIC.stream()
        .flatMap(SignatureTest::withNested)
        .forEach(
            type -> {
              lines.add(type.toGenericString());
              Stream.<Executable>concat(
                      Arrays.stream((Constructor<?>[]) type.getDeclaredConstructors()),
                      Arrays.stream(type.getDeclaredMethods()))
                  .filter(one -> Modifier.isPublic(one.getModifiers()) && !one.isSynthetic())
                  .forEach(one -> lines.add(one.toGenericString()));
            });
    return String.join("\n", lines) + "\n";
  }

  @Test
  void whatOthersCompileAgainstIsWhatWasRecorded() throws IOException {
    if (Boolean.getBoolean("zowarmup.rewrite")) {
      Files.createDirectories(RECORDED.getParent());
      Files.writeString(RECORDED, signatures());
    }
    assertEquals(Files.readString(RECORDED), signatures());
  }
}
