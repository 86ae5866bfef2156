package org.zowarmup.data.partition;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.zowarmup.config.KindSection;
import org.zowarmup.error.ConfigException;
import org.zowarmup.plugin.Plugins;

/** Properties of every partition, however the samples are dealt out. */
class PartitionerPropertiesTest {
  @Provide
  Arbitrary<Partitioner> partitioners() {
    return Arbitraries.of(1e-300, 1e-6, 0.01, 0.1, 1.0, 100.0, 1e6)
        .map(TestPartitions::dirichlet)
        .injectDuplicates(0.1)
        .injectNull(0.2)
        .map(p -> p == null ? TestPartitions.iid() : p);
  }

  @Provide
  Arbitrary<Integer> sizes() {
    return Arbitraries.of(1, 13, 127, 128, 129, 207, 4098);
  }

  /** Skewed labels: class sizes differ and some may be empty. */
  private static int[] labels(int n, int classes, long seed) {
    Random random = new Random(seed);
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      labels[i] = random.nextInt(1 + random.nextInt(classes));
    }
    return labels;
  }

  @Property(tries = 300)
  void everySampleGoesToOneClientAndSizesDifferByOneAtMost(
      @ForAll("partitioners") Partitioner partitioner,
      @ForAll("sizes") int n,
      @ForAll @IntRange(min = 1, max = 17) int classes,
      @ForAll @IntRange(min = 1, max = 4098) int wanted,
      @ForAll long seed) {
    int clients = 1 + (wanted - 1) % n;
    int[][] parts = partitioner.partition(labels(n, classes, seed), classes, clients, seed);
    assertEquals(clients, parts.length);
    boolean[] taken = new boolean[n];
    for (int[] part : parts) {
      assertTrue(part.length == n / clients || part.length == n / clients + 1);
      for (int sample : part) {
        assertFalse(taken[sample], "sample " + sample + " twice");
        taken[sample] = true;
      }
    }
    assertEquals(n, Arrays.stream(parts).mapToInt(part -> part.length).sum());
  }

  @Property(tries = 200)
  void unequalPartsUseEverySampleOnceAndKeepTheMinimum(
      @ForAll @IntRange(min = 0, max = 3) int kind,
      @ForAll("sizes") int n,
      @ForAll @IntRange(min = 1, max = 17) int classes,
      @ForAll @IntRange(min = 1, max = 4098) int wanted,
      @ForAll @IntRange(min = 1, max = 50) int smallest,
      @ForAll long seed) {
    int clients = 1 + (wanted - 1) % n;
    int minSize = Math.min(smallest, n / clients);
    Partitioner partitioner =
        switch (kind) {
          case 0 -> TestPartitions.powerLaw(0, minSize);
          case 1 -> TestPartitions.powerLaw(2.5, minSize);
          case 2 -> TestPartitions.shards(Math.max(1, n / clients / 2));
          default -> TestPartitions.freeDirichlet(1e6, 1);
        };
    // proportions that are all but equal, cut class by class: floors cost a client one a class
    clients = kind == 3 ? Math.max(1, n / (4 * classes + 4)) : clients;
    int least = kind < 2 ? minSize : 1;
    boolean[] taken = new boolean[n];
    for (int[] part : partitioner.partition(labels(n, classes, seed), classes, clients, seed)) {
      assertTrue(part.length >= least, "size " + part.length + ", at least " + least);
      for (int sample : part) {
        assertFalse(taken[sample], "sample " + sample + " twice");
        taken[sample] = true;
      }
    }
    for (boolean used : taken) {
      assertTrue(used);
    }
  }

  @Property(tries = 60)
  void theSeedDecides(
      @ForAll("partitioners") Partitioner partitioner,
      @ForAll @IntRange(min = 1, max = 50) int clients,
      @ForAll long seed) {
    int[] labels = labels(207, 10, seed);
    int[] before = labels.clone();
    int[][] first = partitioner.partition(labels, 10, clients, seed);
    assertArrayEquals(before, labels);
    assertArrayEquals(first, partitioner.partition(labels, 10, clients, seed));
    assertFalse(Arrays.deepEquals(first, partitioner.partition(labels, 10, clients, seed + 1)));
  }

  /** From known_draws.py, which shares no code with this. */
  @Example
  void iidAsPythonDealsIt() {
    int[][] expected = {{3, 1, 4, 8, 9}, {6, 10, 11, 0}, {12, 2, 5, 7}};
    assertArrayEquals(expected, TestPartitions.iid().partition(new int[13], 1, 3, 42));
  }

  @Example
  void shardsAsPythonDealsThem() {
    int[] labels = TestPartitions.balancedLabels(13, 3);
    int[][] expected = {{12, 1, 10, 2}, {6, 9, 4, 7}, {0, 3, 5, 8, 11}};
    assertArrayEquals(expected, TestPartitions.shards(2).partition(labels, 3, 3, 42));
  }

  @Example
  void powerLawAsPythonDealsIt() {
    int[][] expected = {{5, 4, 12}, {11, 1, 10}, {3, 0, 2, 9, 8, 7, 6}};
    assertArrayEquals(expected, TestPartitions.powerLaw(2, 2).partition(new int[13], 1, 3, 42));
  }

  @Example
  void minimumSizesThatCannotBeNameTheNumbers() {
    for (Partitioner partitioner :
        List.of(TestPartitions.powerLaw(1, 5), TestPartitions.freeDirichlet(1, 5))) {
      ConfigException error =
          assertThrows(ConfigException.class, () -> partitioner.partition(new int[13], 1, 3, 1));
      assertEquals(
          "data.partition.minSize: expected at most 4, as the training set has 13 samples for 3"
              + " clients; found 5",
          error.getMessage());
    }
    ConfigException skewed =
        assertThrows(
            ConfigException.class,
            () -> TestPartitions.freeDirichlet(1e-6, 4).partition(new int[13], 1, 3, 1));
    assertEquals(
        "data.partition.minSize: expected a size that 3 clients reach with alpha 1.0E-6 and free"
            + " sizes from 13 samples, found 4: in 1000 draws the smallest client got at most 0;"
            + " lower minSize, raise alpha, take fewer clients, or data.partition.sizes=equal",
        skewed.getMessage());
    int[] many = new int[120_000];
    Arrays.setAll(many, i -> i % 10);
    ConfigException hopeless =
        assertThrows(
            ConfigException.class,
            () -> TestPartitions.freeDirichlet(0.1, 1).partition(many, 10, 100_000, 1));
    assertTrue(
        hopeless
            .getMessage()
            .matches(".* found 1: in one draw \\d{5} clients got fewer; raise alpha, take .*"),
        hopeless.getMessage());
    ConfigException shards =
        assertThrows(
            ConfigException.class, () -> TestPartitions.shards(5).partition(new int[13], 1, 3, 1));
    assertEquals(
        "data.partition.perClient: expected at most 4 shards for 3 clients, as the training set has"
            + " 13 samples and each shard needs one; found 5",
        shards.getMessage());
  }

  @Example
  void impossibleRequestsNameTheNumbers() {
    List<Partitioner> both =
        List.of(
            TestPartitions.iid(),
            TestPartitions.dirichlet(0.1),
            TestPartitions.freeDirichlet(1, 1),
            TestPartitions.shards(1),
            TestPartitions.powerLaw(1, 1));
    for (Partitioner partitioner : both) {
      for (int clients : new int[] {-1, 0, 14}) {
        ConfigException error =
            assertThrows(
                ConfigException.class, () -> partitioner.partition(new int[13], 10, clients, 1));
        assertEquals(
            "clients.count: expected 1 to 13, as the training set has 13 samples and each client"
                + " needs one; found "
                + clients,
            error.getMessage());
      }
    }
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> TestPartitions.dirichlet(1).partition(new int[] {0, 10}, 10, 1, 1));
    assertEquals("labels: expected 0 to 9, found 10", error.getMessage());
  }

  @Example
  void alphaIsChecked() {
    assertEquals(new Dirichlet(0.1, Dirichlet.Sizes.EQUAL, 1), new Dirichlet());
    for (double alpha : new double[] {0, -0.1, Double.NaN, 1.1e6}) {
      ObjectNode values = JsonNodeFactory.instance.objectNode().put("alpha", alpha);
      KindSection section = new KindSection("data.partition", "dirichlet", values);
      ConfigException error =
          assertThrows(ConfigException.class, () -> section.bind(new Dirichlet()));
      assertEquals("data.partition.alpha", error.path());
    }
    Map<String, Partitioner> all = Plugins.all(Partitioner.class, Partitioner::kind);
    assertEquals(
        Map.of(
            "dirichlet", new Dirichlet(),
            "file", new IndexFile(),
            "iid", new Iid(),
            "natural", new Natural(),
            "power-law", new PowerLaw(),
            "shards", new Shards()),
        all);
  }
}
