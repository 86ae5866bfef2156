package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** That nothing is left open, and no cause is hidden, when closing fails. */
final class OwnedTest {
  private final List<String> closed = new ArrayList<>();

  private Owned three(RuntimeException second, RuntimeException third) {
    Owned owned = new Owned();
    owned.add(() -> closed.add("first"));
    owned.add(
        () -> {
          closed.add("second");
          throw second;
        });
    owned.add(
        () -> {
          closed.add("third");
          throw third;
        });
    return owned;
  }

  @Test
  void allAreClosedAndTheFirstFailureCarriesTheOthers() {
    RuntimeException second = new IllegalStateException("second");
    RuntimeException third = new IllegalStateException("third");
    Owned owned = three(second, third);
    assertSame(third, assertThrows(RuntimeException.class, owned::close));
    assertEquals(List.of("third", "second", "first"), closed);
    assertArrayEquals(new Throwable[] {second}, third.getSuppressed());
    owned.close(); // nothing is closed twice
    assertEquals(3, closed.size());
  }

  @Test
  void aCauseStaysTheCause() {
    RuntimeException third = new IllegalStateException("third");
    RuntimeException cause = new IllegalStateException("cause");
    three(new IllegalStateException("second"), third).closeAfter(cause);
    assertEquals(3, closed.size());
    assertArrayEquals(new Throwable[] {third}, cause.getSuppressed());
  }
}
