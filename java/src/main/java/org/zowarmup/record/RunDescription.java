package org.zowarmup.record;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.nio.file.Path;
import java.util.List;

/**
 * The plan of a run, for the lines at its start and, as description.json, for the report.
 *
 * @param methods their keys, in order
 * @param ranks where each computes, and last what carries their messages; empty for one alone
 */
@JsonPropertyOrder({
  "name",
  "machine",
  "network",
  "federation",
  "data",
  "methods",
  "seeds",
  "schedule",
  "memory",
  "ranks"
})
public record RunDescription(
    String name,
    @JsonUnwrapped Machine machine,
    @JsonUnwrapped Network network,
    @JsonUnwrapped Clients federation,
    @JsonUnwrapped Data data,
    List<String> methods,
    List<Long> seeds,
    @JsonUnwrapped Schedule schedule,
    @JsonUnwrapped Memory memory,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> ranks,
    @JsonIgnore Path folder) {
  /**
   * The machine that it computes on.
   *
   * @param name for example {@code cpu}
   * @param description for example a processor's name and instruction set
   * @param reason why it was chosen, empty where it was asked for by name
   * @param threads CPU threads it uses
   */
  public record Machine(
      @JsonProperty("device") String name,
      @JsonProperty("deviceDescription") String description,
      @JsonIgnore String reason,
      int threads) {}

  /**
   * The network that is trained.
   *
   * @param parameters d, the parameters that are trained, padding not counted
   * @param inputShape height x width x channels of an image
   */
  public record Network(@JsonProperty("model") String name, long parameters, String inputShape) {}

  /**
   * The clients that train it.
   *
   * @param fewestImages training images of the client with the fewest
   * @param mostImages training images of the client with the most
   */
  public record Clients(
      @JsonProperty("clients") int count,
      @JsonProperty("highClients") int high,
      @JsonProperty("lowClients") int low,
      @JsonIgnore int fewestImages,
      @JsonIgnore int mostImages) {}

  /**
   * The images that it is trained and tested on.
   *
   * @param classNames empty where the description was read from a file
   */
  public record Data(
      @JsonProperty("dataSource") String source,
      int trainImages,
      int testImages,
      int classes,
      @JsonIgnore List<String> classNames) {
    public Data {
      classNames = classNames == null ? List.of() : List.copyOf(classNames);
    }
  }

  /**
   * Rounds of every method.
   *
   * @param zoLr learning rate of the zeroth-order phase, {@code auto} resolved
   */
  public record Schedule(int warmupRounds, int zoRounds, double zoLr) {}

  /**
   * Planned memory of a client in bytes.
   *
   * @param subTrainBytes of one training step of a sub-network, 0 where no method trains one
   */
  public record Memory(long probeBytes, long trainBytes, long subTrainBytes) {}

  /** Of one rank. */
  public RunDescription(
      String name,
      Machine machine,
      Network network,
      Clients federation,
      Data data,
      List<String> methods,
      List<Long> seeds,
      Schedule schedule,
      Memory memory,
      Path folder) {
    this(
        name,
        machine,
        network,
        federation,
        data,
        methods,
        seeds,
        schedule,
        memory,
        List.of(),
        folder);
  }

  /** The same on several ranks. */
  public RunDescription on(List<String> table) {
    return new RunDescription(
        name, machine, network, federation, data, methods, seeds, schedule, memory, table, folder);
  }

  public RunDescription {
    ranks = ranks == null ? List.of() : List.copyOf(ranks);
    methods = methods == null ? List.of() : List.copyOf(methods);
    seeds = seeds == null ? List.of() : List.copyOf(seeds);
  }

  /** Rounds of every method. */
  public int rounds() {
    return schedule.warmupRounds + schedule.zoRounds;
  }
}
