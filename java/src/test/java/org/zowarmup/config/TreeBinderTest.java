package org.zowarmup.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.zowarmup.error.ConfigException;
import org.zowarmup.error.Require;
import org.zowarmup.plugin.Range;

class TreeBinderTest {
  enum Norm {
    GROUP,
    NONE
  }

  /** A part of a plug-in's section. */
  record Head(int width, @Range(min = 0, max = 0.9) double dropout) {}

  /** The record of a plug-in; the helper named like a getter is no key. */
  record Net(
      List<Integer> channels,
      @Range(min = 1, max = 64) int normGroups,
      Norm norm,
      Head head,
      String weights) {
    Net {
      channels = List.copyOf(channels);
      Require.that(!channels.isEmpty(), "channels", "expected at least one; found []");
    }

    public int getDepth() {
      return channels.size();
    }

    public boolean isDeep() {
      return channels.size() > 13;
    }
  }

  private static final Net DEFAULTS = new Net(List.of(8, 16), 2, Norm.GROUP, new Head(10, 0), null);

  private static KindSection section(String... overrides) {
    return new KindSection("model", "net", ConfigLoader.overrides(List.of(overrides)));
  }

  private static String messageOf(String... overrides) {
    return assertThrows(ConfigException.class, () -> section(overrides).bind(DEFAULTS))
        .getMessage();
  }

  @Test
  void valuesGoOverTheDefaults() {
    assertEquals(DEFAULTS, section().bind(DEFAULTS));
    Net net = section("channels=[1, 13, 127]", "norm=NONE", "head.dropout=1e-1").bind(DEFAULTS);
    assertEquals(new Net(List.of(1, 13, 127), 2, Norm.NONE, new Head(10, 0.1), null), net);
    assertNull(section("weights=null").bind(DEFAULTS).weights());
  }

  @Test
  void errorsHaveTheFullPath() {
    assertEquals(
        "model.chanels: unknown key; did you mean model.channels? Keys of model with kind net:"
            + " channels, normGroups, norm, head, weights",
        messageOf("chanels=[3]"));
    assertEquals(
        "model.head.dropuot: unknown key; did you mean model.head.dropout? Keys of model.head:"
            + " width, dropout",
        messageOf("head.dropuot=0"));
    assertEquals(
        "model.depth: unknown key. Keys of model with kind net: channels, normGroups, norm, head,"
            + " weights",
        messageOf("depth=3"));
    assertEquals(
        "model.normGroups: expected a whole number from 1 to 64, found 65",
        messageOf("normGroups=65"));
    assertEquals(
        "model.head.dropout: expected a number from 0.0 to 0.9, found 1.0",
        messageOf("head.dropout=1"));
    assertEquals(
        "model.channels[1]: expected a whole number, found the text 'b'",
        messageOf("channels=[8, b]"));
    assertEquals(
        "model.channels: expected a list such as [a, b], found the number 8",
        messageOf("channels=8"));
    assertEquals("model.channels: expected at least one; found []", messageOf("channels=[]"));
    assertEquals("model.norm: expected one of GROUP, NONE; found BATCH", messageOf("norm=BATCH"));
    assertEquals(
        "model.head: expected a section with the keys width, dropout, found the number 3",
        messageOf("head=3"));
    assertEquals(
        "model.normGroups: expected a value such as 2; found nothing (null)",
        messageOf("normGroups=null"));
  }
}
