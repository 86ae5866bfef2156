package org.zowarmup.federated.methods;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.zowarmup.config.WarmupConfig;
import org.zowarmup.config.ZoConfig;
import org.zowarmup.error.ConfigException;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;

class MethodsTest {
  /** A method of a user's own. */
  private record Own(String name) implements Method {
    @Override
    public List<Method.Phase> phases(FederatedContext context, WarmupConfig warmup, ZoConfig zo) {
      return List.of();
    }
  }

  @Test
  void everyMethodHasALabelAndAPaper() {
    assertEquals(15, Methods.ROWS.size());
    Set<String> labels = new HashSet<>();
    for (Methods.Row row : Methods.ROWS) {
      assertNotEquals(row.name(), Methods.label(row.name()), "has no name for people");
      assertTrue(row.paper().matches(".*arXiv \\d{4}\\.\\d{5}.*"), row.paper());
      labels.add(row.label());
    }
    assertEquals(15, labels.size());
  }

  @Test
  void whatIsNotKnownKeepsItsKey() {
    assertEquals("fedavgm-of-a-plugin", Methods.label("fedavgm-of-a-plugin"));
  }

  @Test
  void aMethodOfAUsersOwnIsFoundAndNoOtherMayHaveItsName() {
    Method own = new Own("own");
    assertEquals(own, Methods.byName(List.of(own)).get("own"));
    assertEquals("own", own.label());
    for (List<Method> doubled : List.of(List.of(own, own), List.<Method>of(new Own("fedzo")))) {
      String name = doubled.get(0).name();
      assertEquals(
          "methods: expected one method of the name "
              + name
              + ", found two; take one off the class path",
          assertThrows(ConfigException.class, () -> Methods.byName(doubled)).getMessage());
    }
  }
}
