package org.zowarmup.federated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

class MethodNamesTest {
  @Test
  void everyMethodHasAName() {
    for (String method : Methods.names()) {
      assertNotEquals(method, MethodNames.of(method), "has no name for people");
    }
  }

  @Test
  void whatIsNotKnownKeepsItsKey() {
    assertEquals("fedavgm-of-a-plugin", MethodNames.of("fedavgm-of-a-plugin"));
  }
}
