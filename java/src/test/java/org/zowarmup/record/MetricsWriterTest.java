package org.zowarmup.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.federated.Traffic;
import org.zowarmup.federated.Work;

class MetricsWriterTest {
  private static final String HEAD =
      "method,seed,round,phase,trainLoss,testLoss,testAccuracy,validationLoss,validationAccuracy,"
          + "bytesUpHigh,bytesUpLow,bytesDownHigh,bytesDownLow,"
          + "clientsHigh,clientsLow,firstHigh,firstLow,trainFlopsHigh,trainFlopsLow,probeFlopsHigh,"
          + "probeFlopsLow,seconds\n";

  private static final String WORK =
      "\"clientsHigh\":1,\"clientsLow\":2,\"firstHigh\":0,\"firstLow\":1,\"trainFlopsHigh\":8.0,"
          + "\"trainFlopsLow\":0.0,\"probeFlopsHigh\":0.0,\"probeFlopsLow\":2.5,";

  @TempDir Path folder;

  private static RoundMetrics round(int round, double loss, Double accuracy) {
    return new RoundMetrics(
        "zowarmup",
        -13,
        round,
        "zo",
        loss,
        accuracy == null
            ? RoundMetrics.Scores.NONE
            : new RoundMetrics.Scores(0.5, accuracy, null, 0.25),
        new Traffic(1, 5_000_000_000L, 3, 0),
        new Work(1, 2, 0, 1, 8, 0, 0, 2.5),
        0.125);
  }

  @Test
  void everyRoundIsThereBeforeTheNext() throws IOException {
    RunFolder run = new RunFolder(folder);
    try (MetricsWriter writer = new MetricsWriter(run, "00ff")) {
      assertEquals(HEAD, Files.readString(run.metricsCsv()));
      writer.roundFinished(round(1, 2.25, null));
      // Not closed yet: what a killed run leaves.
      assertEquals(
          "{\"method\":\"zowarmup\",\"seed\":-13,\"round\":1,\"phase\":\"zo\",\"trainLoss\":2.25,"
              + "\"testLoss\":null,\"testAccuracy\":null,\"validationLoss\":null,"
              + "\"validationAccuracy\":null,\"bytesUpHigh\":1,\"bytesUpLow\":5000000000,"
              + "\"bytesDownHigh\":3,\"bytesDownLow\":0,"
              + WORK
              + "\"seconds\":0.125,\"crc32c\":\"00ad4b39\"}\n",
          Files.readString(run.metricsJsonl()));
      assertEquals(
          HEAD + "zowarmup,-13,1,zo,2.25,,,,,1,5000000000,3,0,1,2,0,1,8.0,0.0,0.0,2.5,0.125\n",
          Files.readString(run.metricsCsv()));
      writer.roundFinished(round(2, Double.NaN, 0.75));
    }
    assertEquals(
        "zowarmup,-13,2,zo,,0.5,0.75,,0.25,1,5000000000,3,0,1,2,0,1,8.0,0.0,0.0,2.5,0.125",
        Files.readAllLines(run.metricsCsv()).get(2));
    String last = Files.readAllLines(run.metricsJsonl()).get(1);
    assertEquals(
        "{\"method\":\"zowarmup\",\"seed\":-13,\"round\":2,\"phase\":\"zo\",\"trainLoss\":null,"
            + "\"testLoss\":0.5,\"testAccuracy\":0.75,\"validationLoss\":null,"
            + "\"validationAccuracy\":0.25,\"bytesUpHigh\":1,\"bytesUpLow\":5000000000,"
            + "\"bytesDownHigh\":3,\"bytesDownLow\":0,"
            + WORK
            + "\"seconds\":0.125,\"crc32c\":\"b1bf9960\"}",
        last);
  }

  @Test
  void aFileOfAnotherRunIsNotOverwritten() throws IOException {
    Files.writeString(folder.resolve("metrics.jsonl"), "precious");
    RunFolder run = new RunFolder(folder);
    assertThrows(UserErrorException.class, () -> new MetricsWriter(run, "00ff"));
    assertEquals("precious", Files.readString(run.metricsJsonl()));
  }
}
