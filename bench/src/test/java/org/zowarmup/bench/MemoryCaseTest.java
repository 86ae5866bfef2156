package org.zowarmup.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
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
  void measuresWhatThePlanSays() throws IOException, InterruptedException {
    MemoryCase one = new MemoryCase("cnn", false, 4096);
    long planned = one.plan(one.graph()).clientBytes();
    long measured = MemoryMain.child(one);
    assertTrue(planned > 100_000_000, "planned " + planned);
    assertEquals((double) planned, (double) measured, 0.3 * planned);
  }
}
