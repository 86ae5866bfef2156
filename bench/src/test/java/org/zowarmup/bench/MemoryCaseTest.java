package org.zowarmup.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MemoryCaseTest {
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void isReadyBeforeItIsDone(boolean training) {
    List<String> calls = new ArrayList<>();
    new MemoryCase("cnn", training, 3).run(() -> calls.add("ready"), () -> calls.add("done"));
    assertEquals(List.of("ready", "done"), calls);
  }

  @Test
  void coversEveryModelAndStep() {
    assertEquals(16, MemoryCase.all().size());
    for (MemoryCase one : MemoryCase.all()) {
      assertTrue(one.plan(one.graph()).clientBytes() > 0, one.toString());
    }
  }

  /** A batch of 4096 needs 141 MB, which no noise of the virtual machine hides. */
  @Test
  void measuresWhatThePlanSays() {
    PrintStream console = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      MemoryChild.main(new String[] {"cnn", "false", "4096"});
    } finally {
      System.setOut(console);
    }
    MemoryCase one = new MemoryCase("cnn", false, 4096);
    long planned = one.plan(one.graph()).clientBytes();
    double measured = Double.parseDouble(bytes.toString(StandardCharsets.UTF_8));
    assertTrue(planned > 100_000_000, "planned " + planned);
    assertEquals((double) planned, measured, 0.3 * planned);
  }
}
