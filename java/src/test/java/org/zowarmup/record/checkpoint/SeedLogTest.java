package org.zowarmup.record.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.error.BadDataException;
import org.zowarmup.federated.Books;
import org.zowarmup.federated.SeedUpdate;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.NamedRandom;
import org.zowarmup.random.PhiloxRandom;
import org.zowarmup.random.Purpose;

final class SeedLogTest {
  private static final SeedLog.Header HEADER =
      new SeedLog.Header("zowarmup", Long.MIN_VALUE + 5, "00ff".repeat(16), "ab".repeat(32));

  @TempDir Path folder;

  private static SeedLog.Round round(int number, PhiloxRandom random) {
    if (number % 5 == 4) {
      return new SeedLog.Round(
          number, number - 3, Optional.empty(), new Books.Change(8, 0, List.of()));
    }
    Distribution distribution = number % 2 == 0 ? Distribution.RADEMACHER : Distribution.GAUSSIAN;
    SeedUpdate.Builder update = new SeedUpdate.Builder(distribution);
    List<Books.Held> clients = new ArrayList<>();
    for (int client = 0; client < 4; client++) {
      int id = random.nextInt(1_000_000);
      for (int s = 0; s < 3; s++) {
        update.add(Purpose.ZO_DIRECTION, number, id, s, Float.intBitsToFloat(random.nextInt()));
      }
      clients.add(new Books.Held(id, 7, client == 2 ? 3 : 1L << 40));
    }
    update.add(Purpose.ZO_DIRECTION, 0, NamedRandom.NONE, 4097, -0.0f);
    clients.sort((a, b) -> Boolean.compare(a.terms() == 3, b.terms() == 3));
    return new SeedLog.Round(
        number, number - 3, Optional.of(update.build()), new Books.Change(7, 1L << 40, clients));
  }

  private List<SeedLog.Round> write(Path file, int from, int to) {
    List<SeedLog.Round> rounds = new ArrayList<>();
    PhiloxRandom random = new PhiloxRandom(11);
    try (SeedLog.Writer log = SeedLog.Writer.open(file, HEADER, from - 1)) {
      for (int number = from; number <= to; number++) {
        rounds.add(round(number, random));
        log.append(rounds.get(rounds.size() - 1));
      }
      log.sync();
    }
    return rounds;
  }

  private static void assertSame(SeedLog.Round expected, SeedLog.Round found) {
    // coefficients as bits: NaNs have payloads
    assertArrayEquals(SeedLogCodec.payload(expected), SeedLogCodec.payload(found));
    assertEquals(expected.round(), found.round());
    assertEquals(expected.roundOfPhase(), found.roundOfPhase());
    assertEquals(expected.ledger(), found.ledger());
    assertEquals(expected.update().isPresent(), found.update().isPresent());
    if (expected.update().isPresent()) {
      SeedUpdate update = found.update().get();
      assertEquals(expected.update().get().distribution(), update.distribution());
      assertArrayEquals(expected.update().get().terms(5).seeds(), update.terms(5).seeds());
    }
  }

  @Test
  void roundsComeBack() {
    Path file = folder.resolve("log");
    List<SeedLog.Round> rounds = write(file, 3, 12);
    SeedLog log = SeedLog.read(file);
    assertEquals(HEADER, log.header());
    assertEquals(rounds.size(), log.rounds().size());
    for (int i = 0; i < rounds.size(); i++) {
      assertSame(rounds.get(i), log.rounds().get(i));
    }
    assertEquals(log.bytes(), log.ends().get(rounds.size() - 1));
    assertEquals(3, log.stretch(5, 7).size());
    assertEquals(0, log.stretch(2, 7).size());
  }

  @Test
  void aTornTailIsNotRead() throws IOException {
    Path file = folder.resolve("log");
    int count = write(file, 3, 6).size();
    byte[] whole = Files.readAllBytes(file);
    SeedLog sound = SeedLog.read(file);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      if (length < sound.headerBytes()) {
        assertThrows(BadDataException.class, () -> SeedLog.read(file));
        continue;
      }
      int end = length;
      long expected = sound.ends().stream().filter(e -> e <= end).count();
      assertEquals(expected, SeedLog.read(file).rounds().size());
    }
    for (int at = (int) sound.headerBytes(); at < whole.length; at++) {
      byte[] flipped = whole.clone();
      flipped[at] ^= (byte) (1 << at % 8);
      Files.write(file, flipped);
      int where = at;
      long before = sound.ends().stream().filter(e -> e <= where).count();
      assertEquals(before, SeedLog.read(file).rounds().size(), "flipped byte " + at);
    }
    assertEquals(4, count);
  }

  @Test
  void resumingCutsWhatComesAfter() throws IOException {
    Path file = folder.resolve("log");
    write(file, 3, 9);
    Files.write(file, new byte[] {1, 2, 3}, java.nio.file.StandardOpenOption.APPEND);
    SeedLog.Writer.open(file, HEADER, 6).close();
    assertEquals(
        List.of(3, 4, 5, 6),
        SeedLog.read(file).rounds().stream().map(SeedLog.Round::round).toList());
    write(file, 7, 8);
    assertEquals(6, SeedLog.read(file).rounds().size());
    SeedLog.Writer.open(file, new SeedLog.Header("zowarmup", 1, "00ff", ""), 6).close();
    assertEquals(0, SeedLog.read(file).rounds().size());
  }

  /** The paper's round: 50 clients of 12 probes. */
  @Test
  void aProbeTakesAFewBytes() {
    SeedUpdate.Builder update = new SeedUpdate.Builder(Distribution.RADEMACHER);
    List<Books.Held> clients = new ArrayList<>();
    for (int client = 0; client < 50; client++) {
      for (int s = 0; s < 12; s++) {
        update.add(Purpose.ZO_DIRECTION, 180, client, s, 0.5f);
      }
      clients.add(new Books.Held(client, 30, 90_000));
    }
    byte[] record =
        SeedLogCodec.frame(
            SeedLogCodec.payload(
                new SeedLog.Round(
                    180, 149, Optional.of(update.build()), new Books.Change(30, 90_000, clients))));
    assertTrue(record.length < 4.6 * 600, record.length + " bytes");
  }
}
