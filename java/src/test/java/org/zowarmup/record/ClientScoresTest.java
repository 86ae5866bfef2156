package org.zowarmup.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.error.BadDataException;
import org.zowarmup.federated.Client;
import org.zowarmup.record.clients.ClientScores;

class ClientScoresTest {
  @TempDir Path folder;

  /** Client i recognizes i of 20 images; the first five are high-resource. */
  private static List<ClientScores.Score> twenty(int round) {
    List<ClientScores.Score> scores = new ArrayList<>();
    for (int i = 1; i <= 20; i++) {
      Client.Type type = i <= 5 ? Client.Type.HIGH : Client.Type.LOW;
      scores.add(new ClientScores.Score(round, i, type, 100, 20, i));
    }
    return scores;
  }

  /** numpy: np.arange(1, 21) / 20: mean 0.525, std 0.28831; (sum x)^2 / (20 sum x^2) = 0.768. */
  @Test
  void statisticsAreThoseOfNumpy() {
    ClientScores scores = new ClientScores(twenty(7));
    assertEquals(0.525, scores.mean(), 1e-12);
    assertEquals(0.28831406486676986, scores.deviation(), 1e-12);
    assertEquals(0.075, scores.worstTenth(), 1e-12);
    assertEquals(0.7682926829268293, scores.fairness(), 1e-12);
    assertEquals(0.15, scores.of(Client.Type.HIGH).mean(), 1e-12);
    assertEquals(0.65, scores.of(Client.Type.LOW).mean(), 1e-12);
    assertEquals(Double.NaN, new ClientScores(List.of()).mean());
  }

  /** A round that is run again takes the place of what there is of it. */
  @Test
  void aFileHasEachRoundOnce() {
    Path file = folder.resolve("clients.csv");
    ClientScores.write(file, twenty(30));
    ClientScores.write(file, twenty(7));
    ClientScores.write(file, twenty(30).subList(0, 3));
    ClientScores read = ClientScores.read(file);
    assertEquals(List.of(7, 30), read.rounds());
    assertEquals(twenty(7), read.of(7).scores());
    assertEquals(twenty(30).subList(0, 3), read.of(30).scores());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "7,1,high,100,0,0,NaN",
        "7,1,high,100,20,21,1.05",
        "7,1,high,100,20,-1,-0.05",
        "7,1,hijk,100,20,1,0.05",
        "7,1,high,100,20,1,0.06",
        "7,1,high,100,20,1",
        "7,1,high,100,20,x,0.05",
        ""
      })
  void aLineThatCannotBeIsRefused(String line) throws IOException {
    Path file = folder.resolve("clients.csv");
    ClientScores.write(file, twenty(7).subList(0, 1));
    String whole = Files.readString(file);
    assertEquals(1, ClientScores.read(file).scores().size());
    String sound = whole.lines().toList().get(1);
    assertEquals("7,1,high,100,20,1,0.05", sound);
    Files.writeString(file, whole.replace(sound, line));
    assertThrows(BadDataException.class, () -> ClientScores.read(file));
    assertEquals(List.of(), ClientScores.readOrWarn(file).scores());
    Files.writeString(file, whole.replace("round", "rouund"));
    assertThrows(BadDataException.class, () -> ClientScores.read(file));
  }
}
