package org.zowarmup.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.error.ConfigException;
import org.zowarmup.error.UserErrorException;

/** Every message in full: it is what a person reads. */
class ConfigErrorsTest {
  private static final String ZO_KEYS =
      "Keys of zo: rounds, cohort, seeds, ownSeeds, batch, freshBatchPerSeed, epsilon, estimate,"
          + " distribution, precision, lr, schedule, localSteps, augment, epsilonSchedule,"
          + " poolSeeds, server";
  private static final String TOP_KEYS =
      "Top-level keys: name, seed, repeats, device, threads, output, data, clients, model, loss,"
          + " warmup, zo, heterofl, faults, privacy, methods, evaluate, checkpoint, own";

  @TempDir Path folder;

  private String messageOf(Path file, String... overrides) {
    UserErrorException e =
        assertThrows(UserErrorException.class, () -> ConfigLoader.load(file, List.of(overrides)));
    assertFalse(e.getMessage().contains("\n"), e.getMessage());
    return e.getMessage();
  }

  private Path file(String yaml) throws IOException {
    return Files.writeString(folder.resolve("run.yaml"), yaml, StandardCharsets.UTF_8);
  }

  @Test
  void numbersThatStartWithZeroAreNamedWithTheirPlace() throws IOException {
    Path file = file("data: {source: fashion-mnist-mini}\nseed: 010\n");
    assertEquals(
        "bad data in "
            + file
            + ", line 2, column 7: expected a number without a leading 0, found 010, which is 8 in"
            + " YAML 1.1 and 10 elsewhere; write 8 or 10, or '010' in quotes for text",
        messageOf(file));
    Path quoted = file("data: {source: fashion-mnist-mini, path: '010'}\nname: \"012\"\nseed: 0\n");
    assertEquals("012", ConfigLoader.load(quoted, List.of()).name());
    assertEquals("010", ConfigLoader.load(quoted, List.of()).data().path());
  }

  private String override(String... words) throws IOException {
    return messageOf(file("data: {source: fashion-mnist-mini}\n"), words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          repeats=0           | repeats: expected a whole number from 1 to 1000, found 0
          seed=010            | seed: expected a number without a leading 0, found 010, which is 8 in YAML 1.1 and 10 elsewhere; write 8 or 10, or '010' in quotes for text
          seed=-08            | seed: expected a number without a leading 0, found -08; write -8, or '-08' in quotes for text
          warmup.lr=00        | warmup.lr: expected a number without a leading 0, found 00; write 0, or '00' in quotes for text
          model.channels=[8, 016] | model.channels: expected a number without a leading 0, found 016, which is 14 in YAML 1.1 and 16 elsewhere; write 14 or 16, or '016' in quotes for text
          threads=0           | threads: expected a whole number from 1 to 4096, found 0
          methods=[]          | methods: expected at least one method, such as [zowarmup]; found []
          methods=[a, b, a]   | methods: expected every method once; found a, b, a
          name=a/b            | name: expected 1 to 100 letters, digits, dots, dashes or underscores, starting with a letter or digit; found 'a/b'
          name=''             | name: expected 1 to 100 letters, digits, dots, dashes or underscores, starting with a letter or digit; found ''
          device=' '          | device: expected a device such as auto, cpu or reference; found ''
          output=''           | output: expected a folder or null; found ''
          data.source=null    | data.source: expected a value such as auto; found nothing (null)
          data.source=''      | data.source: expected the name of a format, such as auto; found ''
          data.validation=0.6 | data.validation: expected a number from 0.0 to 0.5, found 0.6
          data.path=''        | data.path: expected a folder or null; found ''
          clients.count=0     | clients.count: expected a whole number from 1 to 1000000, found 0
          clients.high=0      | clients.high: expected a number of clients from 1 to 50 (clients.count), or a part such as 0.1 (1.0 is all); found 0
          clients.high=51     | clients.high: expected a number of clients from 1 to 50 (clients.count), or a part such as 0.1 (1.0 is all); found 51
          clients.high=0.0    | clients.high: expected a number above 0, at most 1.0, found 0.0
          clients.high=0.009  | clients.high: expected a share that makes at least 1 of 50 clients high-resource, found 0.009, which makes 0
          clients.high=[]     | clients.high: expected at least one client's number, found []
          clients.high=[50]   | clients.high: expected client numbers from 0 to 49, found 50
          clients.high=[1, 1] | clients.high: expected every client once, found [1, 1]
          clients.high=[1.5]  | clients.high: expected a part such as 0.1, a number of clients such as 3, a list of client numbers such as [0, 3], or memory, found the list [1.5]
          clients.high=memory | clients.memory: expected the clients' memory such as {8GB: 0.1, 64MB: 0.9}, because clients.high is memory; found nothing (null)
          clients.memory={8GB: 1} | clients.memory: expected null, because clients.high is not memory; found {8GB=1.0}
          clients.memory=8GB  | clients.memory: expected sizes with their parts of the clients such as {8GB: 0.1, 64MB: 0.9}, found the text '8GB'
          clients.high=1.5    | clients.high: expected a number above 0, at most 1.0, found 1.5
          warmup.rounds=-1    | warmup.rounds: expected a whole number from 0 to 1000000, found -1
          warmup.cohort=0     | warmup.cohort: expected a whole number from 1 to 1000000, found 0
          warmup.localEpochs=0 | warmup.localEpochs: expected a whole number from 1 to 1000, found 0
          warmup.batch=65537  | warmup.batch: expected a whole number from 1 to 65536, found 65537
          warmup.precision=fp8  | warmup.precision: expected one of fp32, tf32, bf16; found fp8
          warmup.lr=0         | warmup.lr: expected a number above 0, at most 100.0, found 0.0
          warmup.momentum=1   | warmup.momentum: expected a number from 0.0 to 0.9999, found 1.0
          warmup.weightDecay=-1e-5 | warmup.weightDecay: expected a number from 0.0 to 1.0, found -1.0E-5
          warmup.serverLr=0   | warmup.serverLr: expected a number above 0, at most 100.0, found 0.0
          zo.rounds=1000001   | zo.rounds: expected a whole number from 0 to 1000000, found 1000001
          zo.cohort=0         | zo.cohort: expected a whole number from 1 to 1000000, found 0
          zo.seeds=0          | zo.seeds: expected a whole number from 1 to 100000, found 0
          zo.batch=-1         | zo.batch: expected a whole number from 0 to 65536, found -1
          zo.batch=0          | zo.freshBatchPerSeed: expected false, because zo.batch is 0 (the whole local set); found true
          zo.epsilon=0        | zo.epsilon: expected a number above 0, at most 1.0, found 0.0
          zo.estimate=three-sided | zo.estimate: expected one of two-sided, one-sided, fzoo; found three-sided
          zo.estimate=one-sided | zo.freshBatchPerSeed: expected false, because zo.estimate is one-sided and compares losses of the same images; found true
          zo={estimate: fzoo, freshBatchPerSeed: false, seeds: 1} | zo.seeds: expected at least 2, because zo.estimate is fzoo, which divides by the spread of a client's losses; found 1
          zo={estimate: fzoo, freshBatchPerSeed: false} | zo.lr: expected a number, because with zo.estimate=fzoo a step is about lr / zo.epsilon long, whatever the slope; found auto
          zo.distribution=uniform | zo.distribution: expected one of rademacher, gaussian; found uniform
          zo.precision=fp16   | zo.precision: expected one of fp32, tf32, bf16; found fp16
          zo.lr=-1            | zo.lr: expected auto or a number above 0, at most 100.0, found -1.0
          zo.schedule=linear  | zo.schedule: expected one of constant, cosine, step; found linear
          zo.schedule=cosin   | zo.schedule: expected one of constant, cosine, step; found cosin; did you mean cosine?
          zo.localSteps=1001  | zo.localSteps: expected a whole number from 1 to 1000, found 1001
          evaluate.maxImages=0 | evaluate.maxImages: expected a whole number from 1 to 2147483647, found 0
          evaluate.everyRounds=0 | evaluate.everyRounds: expected a whole number from 1 to 1000000, found 0
          evaluate.batch=0    | evaluate.batch: expected a whole number from 1 to 65536, found 0
          model.kind=''       | model.kind: expected a name; found ''
          """)
  void aValueOutOfRangeIsNamedWithPathAndRange(String word, String message) throws IOException {
    assertEquals(message, override(word));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          zo.rounds=many      | zo.rounds: expected a whole number, found the text 'many'
          zo.rounds=2.5       | zo.rounds: expected a whole number, found the number 2.5
          zo.rounds=3000000000 | zo.rounds: expected a whole number, found the number 3000000000
          zo.rounds=null      | zo.rounds: expected a value such as 250; found nothing (null)
          seed=true           | seed: expected a whole number of 64 bits, found true
          seed=9223372036854775808 | seed: expected a whole number of 64 bits, found the number 9223372036854775808
          zo.epsilon=small    | zo.epsilon: expected a number, found the text 'small'
          zo.epsilon=.nan     | zo.epsilon: expected a YAML value, found '.nan': a syntax error: Malformed numeric value '.nan'
          zo.epsilon=1e400    | zo.epsilon: expected a number, found the number Infinity
          zo.ownSeeds=maybe   | zo.ownSeeds: expected true or false, found the text 'maybe'
          name=no             | name: expected text, found false; put it in quotes to make it text
          zo.lr=fast          | zo.lr: expected auto or a number above 0, found the text 'fast'
          zo.lr=null          | zo.lr: expected a value such as auto; found nothing (null)
          zo=5                | zo: expected a section with the keys rounds, cohort, seeds, ownSeeds, batch, freshBatchPerSeed, epsilon, estimate, distribution, precision, lr, schedule, localSteps, augment, epsilonSchedule, poolSeeds, server, found the number 5
          zo.rounds.x=5       | zo.rounds: expected a whole number, found the section {x: 5}
          name=42             | name: expected text, found the number 42; put it in quotes to make it text
          name=[a, b]         | name: expected text, found the list [a, b]
          threads=all         | threads: expected a whole number, found the text 'all'
          methods=5           | methods: expected a list such as [a, b], found the number 5
          methods=[zowarmup, 3] | methods[1]: expected text, found the number 3; put it in quotes to make it text
          methods=[null]      | methods: expected a list without empty items; found a null in it
          model=resnet18      | model: expected a section such as {kind: NAME}, found the text 'resnet18'
          data.partition.kind=3 | data.partition.kind: expected text, found the number 3; put it in quotes to make it text
          model.kind=null     | model.kind: expected a value such as cnn; found nothing (null)
          """)
  void aWrongTypeIsNamedWithExpectedAndFound(String word, String message) throws IOException {
    assertEquals(message, override(word));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {8XB: 1}   | expected sizes such as 64MB or 8GiB, found '8XB'
          {8GB: 0.5} | expected parts that add up to 1, found a sum of 0.5
          {8GB: 2}   | expected parts above 0, at most 1; found 2.0 for 8GB
          """)
  void memoryBudgetsAreSizesAndParts(String budgets, String problem) throws IOException {
    assertEquals(
        "clients.memory: " + problem, override("clients.high=memory", "clients.memory=" + budgets));
  }

  @Test
  void anUnknownKeyComesWithTheClosestOneAndTheKnownOnes() throws IOException {
    assertEquals(
        "zo.epsilom: unknown key; did you mean zo.epsilon? " + ZO_KEYS, override("zo.epsilom=1"));
    assertEquals(
        "zo.localsteps: unknown key; did you mean zo.localSteps? " + ZO_KEYS,
        messageOf(file("data: {source: x}\nzo: {localsteps: 2}\n")));
    assertEquals("sed: unknown key; did you mean seed? " + TOP_KEYS, messageOf(file("sed: 2\n")));
    assertEquals("banana: unknown key. " + TOP_KEYS, override("banana.split=1"));
    assertEquals(
        "epsilon: unknown key; did you mean zo.epsilon? " + TOP_KEYS, override("epsilon=1"));
    assertEquals(
        "clients.hgih: unknown key. Keys of clients: count, high, memory",
        override("clients.hgih=1"));
    assertEquals(
        "zo.epsilon: unknown key (dots join names on the command line only; in a file indent the"
            + " key below its section). "
            + TOP_KEYS,
        messageOf(file("zo.epsilon: 1\n")));
  }

  @Test
  void conditionsAcrossSectionsNameBothSides() throws IOException {
    assertEquals(
        "warmup.cohort: expected at most the number of high-resource clients, 5 (clients.count 50"
            + ", clients.high 0.1); found 6",
        override("warmup.cohort=6"));
    assertEquals(
        "zo.cohort: expected at most clients.count, 50; found 51", override("zo.cohort=51"));
    assertEquals(
        "warmup.rounds: expected warmup.rounds + zo.rounds of at least 1; found 0 and 0",
        override("warmup.rounds=0", "zo.rounds=0"));
  }

  @Test
  void anOverrideNeedsAKeyAndAnEqualsSign() throws IOException {
    assertEquals(
        "zo.rounds: expected key=value with a dotted key, such as zo.epsilon=1e-3; found no '='",
        override("zo.rounds"));
    assertEquals(
        "=5: expected a dotted key before '=', such as zo.epsilon; found ''", override("=5"));
    assertEquals(
        "zo..rounds=5: expected a dotted key before '=', such as zo.epsilon; found 'zo..rounds'",
        override("zo..rounds=5"));
    assertEquals(
        "model.channels: expected a YAML value, found '[8, 16': a syntax error: expected ',' or"
            + " ']', but got <stream end>",
        override("model.channels=[8, 16"));
  }

  @Test
  void aFileThatIsNoYamlIsNamedWithLineAndColumn() throws IOException {
    Path file = file("name: x\nzo: {rounds: 3\nseed: 1\n");
    assertEquals(
        "bad data in "
            + file
            + ", line 3, column 5: expected YAML, found a syntax error: expected ',' or '}', but"
            + " got :",
        messageOf(file));
    file = file("zo:\n  rounds: 3\n  rounds: 4\n");
    assertEquals(
        "bad data in "
            + file
            + ", line 3, column 9: expected every key once, found a second 'rounds'",
        messageOf(file));
    file = file("- a\n- b\n");
    assertEquals(
        "bad data in " + file + ": expected sections of key: value lines, found the list [a, b]",
        messageOf(file));
    file = file("name: a\n---\nname: b\n");
    assertEquals(
        "bad data in "
            + file
            + ", line 3, column 1: expected one YAML document, found a second document",
        messageOf(file));
    file = file("name: &n a\ndata: {source: *n}\n");
    assertEquals(
        "bad data in "
            + file
            + ", line 2, column 18: expected values without aliases, found the alias *n; write the"
            + " value itself",
        messageOf(file));
    Files.write(file, new byte[] {'n', ':', ' ', (byte) 0xC3, '(', '\n'});
    assertEquals(
        "bad data in " + file + ": expected UTF-8 text, found bytes that are not UTF-8",
        messageOf(file));
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertEquals(
        "config file "
            + folder.resolve("none.yaml")
            + ": expected a YAML file, found no such file (working folder "
            + Path.of("").toAbsolutePath()
            + ")",
        messageOf(folder.resolve("none.yaml")));
    assertEquals(
        "config file " + folder + ": expected a YAML file, found a folder or device",
        messageOf(folder));
  }

  @Test
  void aLongOrManyLinedValueIsShownOnOneShortLine() throws IOException {
    String message = override("zo.rounds=\"a\\nb " + "x".repeat(200) + "\"");
    assertEquals(
        "zo.rounds: expected a whole number, found the text 'a b " + "x".repeat(53) + "...'",
        message);
  }

  @Test
  void theExceptionKnowsThePath() {
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () -> ConfigLoader.load(file("data: {source: x}\nzo: {epsilon: 2}\n"), List.of()));
    assertEquals("zo.epsilon", e.path());
  }
}
