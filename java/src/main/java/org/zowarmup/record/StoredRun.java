package org.zowarmup.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.federated.Traffic;

/**
 * What a run folder says about its run once it has a summary.
 *
 * @param failure what ended the run before its time, null where nothing did
 * @param peakMemoryBytes the most that its processes had resident at once, null where unknown
 */
public record StoredRun(RunResult result, String failure, Long peakMemoryBytes) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Whether all was run that the config asked for. */
  public boolean finished() {
    return failure == null && !result.interrupted();
  }

  /** The stored run of a folder, empty where there is no summary yet. */
  public static Optional<StoredRun> find(Path folder) {
    Path file = new RunFolder(folder).summary();
    return Files.exists(file) ? Optional.of(parse(folder, read(file))) : Optional.empty();
  }

  private static StoredRun parse(Path folder, JsonNode tree) {
    List<MethodResult> results = new ArrayList<>();
    tree.path("results").forEach(one -> results.add(method(one)));
    RunResult result =
        new RunResult(
            folder,
            results,
            tree.path("interrupted").booleanValue(),
            tree.path("highClients").intValue(),
            tree.path("lowClients").intValue());
    JsonNode peak = tree.path("peakMemoryBytes");
    return new StoredRun(
        result,
        tree.path("failure").asText(null),
        peak.isNumber() ? (Long) peak.longValue() : null);
  }

  private static MethodResult method(JsonNode one) {
    return new MethodResult(
        one.path("method").asText(),
        one.path("seed").longValue(),
        number(one, "pivotAccuracy"),
        orNan(number(one, "testAccuracy")),
        orNan(number(one, "testLoss")),
        number(one, "validationAccuracy"),
        new Traffic(
            one.path("bytesUpHigh").longValue(),
            one.path("bytesUpLow").longValue(),
            one.path("bytesDownHigh").longValue(),
            one.path("bytesDownLow").longValue()),
        orNan(number(one, "seconds")),
        one.path("roundsDone").intValue(),
        one.path("roundsPlanned").intValue());
  }

  private static double orNan(Double value) {
    return value == null ? Double.NaN : value;
  }

  private static Double number(JsonNode tree, String key) {
    return tree.path(key).isNumber() ? (Double) tree.get(key).doubleValue() : null;
  }

  private static JsonNode read(Path file) {
    try {
      return JSON.readTree(Files.readString(file, StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw new BadDataException(file, "", "the JSON of a run's summary", e.getOriginalMessage());
    } catch (IOException e) {
      throw new UserErrorException("cannot read " + file + ": " + RunFolder.reason(e), e);
    }
  }
}
