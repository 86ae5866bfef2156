package org.zowarmup.record;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.zowarmup.error.BadDataException;

/**
 * What it meant for a method under a seed that its run was made longer: a phase that had run rounds
 * spans more rounds from then on.
 *
 * @param afterRound rounds of the method that were done
 * @param phase the phase that became longer, as in the metrics
 * @param roundsBefore rounds that it was to have, at most
 * @param rounds rounds that it has since
 * @param schedules keys that have other values from here on than the rounds before had been run
 *     for; none where the whole equals a run of this length
 */
public record Extension(
    String method,
    long seed,
    int afterRound,
    String phase,
    int roundsBefore,
    int rounds,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> schedules) {
  public Extension {
    if (method == null || phase == null || afterRound < 0 || roundsBefore < 0 || rounds < 0) {
      throw new IllegalArgumentException("an extension of method %s".formatted(method));
    }
    schedules = schedules == null ? List.of() : List.copyOf(schedules);
  }

  /** All of a run, in the order in which they came. */
  public static List<Extension> read(RunFolder folder) {
    if (!Files.exists(folder.extensions())) {
      return List.of();
    }
    Extension[] all = Json.read(folder.extensions(), Extension[].class, "a run's extensions");
    if (Arrays.asList(all).contains(null)) {
      throw new BadDataException(folder.extensions(), "", "a run's extensions", "null");
    }
    return List.of(all);
  }

  /** Adds some to those of a run. */
  public static void add(RunFolder folder, Set<Extension> more) {
    if (!more.isEmpty()) {
      Set<Extension> all = new LinkedHashSet<>(read(folder));
      all.addAll(more);
      Json.write(folder.extensions(), all);
    }
  }
}
