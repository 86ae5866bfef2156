package org.zowarmup.record.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.error.BadDataException;
import org.zowarmup.federated.AlgorithmState;
import org.zowarmup.federated.Books;

final class CheckpointFileTest {
  @TempDir Path folder;

  private static Checkpoint checkpoint(int round) {
    return checkpoint(Long.MIN_VALUE, round);
  }

  private static Checkpoint checkpoint(long seed, int round) {
    float[] weights = {round, -0.0f, Float.NaN, Float.MIN_VALUE, 5, 6, 7};
    AlgorithmState adam =
        AlgorithmState.EMPTY
            .withVector("m", new float[] {0.1f, Float.POSITIVE_INFINITY})
            .withVector("v", new float[0])
            .withNumbers("steps", Long.MAX_VALUE, -1)
            .withFractions("loss", Double.NaN, 0.1);
    return new Checkpoint(
        new Checkpoint.Position("zowarmup", seed, round, 1, 3),
        weights,
        List.of(AlgorithmState.EMPTY, adam),
        new Books.Change(9, 36, List.of(new Books.Held(4, 9, 36))),
        Map.of("config", "name: x\nzo: {lr: \"auto\"}\n", "layout", "ab"));
  }

  private static void assertSame(Checkpoint expected, Checkpoint found) {
    assertEquals(expected.position(), found.position());
    assertArrayEquals(expected.weights(), found.weights());
    assertEquals(expected.ledger(), found.ledger());
    assertEquals(expected.identity(), found.identity());
    assertEquals(expected.states().size(), found.states().size());
    for (int i = 0; i < expected.states().size(); i++) {
      AlgorithmState state = found.states().get(i);
      assertEquals(expected.states().get(i).names(), state.names());
      expected
          .states()
          .get(i)
          .allVectors()
          .forEach((n, v) -> assertArrayEquals(v, state.vector(n)));
      expected
          .states()
          .get(i)
          .allNumbers()
          .forEach((n, v) -> assertArrayEquals(v, state.numbers(n)));
    }
  }

  @Test
  void whatIsWrittenIsRead() {
    Path file = folder.resolve("c.safetensors");
    CheckpointFile.write(file, checkpoint(7));
    assertSame(checkpoint(7), CheckpointFile.read(file));
  }

  /** Every byte matters: a flipped bit anywhere is seen. */
  @Test
  void everyFlippedBitIsSeen() throws IOException {
    Path file = folder.resolve("c.safetensors");
    CheckpointFile.write(file, checkpoint(7));
    byte[] sound = Files.readAllBytes(file);
    for (int at = 0; at < sound.length; at++) {
      byte[] flipped = sound.clone();
      flipped[at] ^= (byte) (1 << at % 8);
      if (at > 8 && sound[at] == ' ') {
        continue; // padding of the header, which means nothing
      }
      Files.write(file, flipped);
      assertThrows(BadDataException.class, () -> CheckpointFile.read(file), "byte " + at);
    }
    for (int length = 0; length < sound.length; length++) {
      Files.write(file, java.util.Arrays.copyOf(sound, length));
      assertThrows(BadDataException.class, () -> CheckpointFile.read(file));
    }
  }

  @Test
  void theNewestStayAndADamagedOneIsPassedOver() throws IOException {
    CheckpointFolder checkpoints = new CheckpointFolder(folder.resolve("c"), "zowarmup", 3);
    assertTrue(checkpoints.newest(100).isEmpty());
    checkpoints.write(checkpoint(3, 2), true, 2);
    for (int round = 3; round < 12; round += 2) {
      checkpoints.write(checkpoint(3, round), false, 2);
    }
    new CheckpointFolder(folder.resolve("c"), "zowarmup", 30).write(checkpoint(30, 50), false, 1);
    assertEquals(
        List.of(11, 9, 2), checkpoints.list().stream().map(CheckpointFolder.Found::round).toList());
    assertEquals(11, checkpoints.newest(100).orElseThrow().position().round());
    assertEquals(9, checkpoints.newest(10).orElseThrow().position().round());
    Path newest = checkpoints.file(11, false);
    byte[] bytes = Files.readAllBytes(newest);
    bytes[bytes.length - 3] ^= 4;
    Files.write(newest, bytes);
    assertEquals(9, checkpoints.newest(100).orElseThrow().position().round());
    Files.write(checkpoints.file(9, false), new byte[0]);
    assertEquals(2, checkpoints.newest(100).orElseThrow().position().round());
    assertEquals(2, checkpoints.pivotBefore(11).orElseThrow().round());
    assertTrue(checkpoints.pivotBefore(1).isEmpty());
  }
}
