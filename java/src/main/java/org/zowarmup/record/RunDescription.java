package org.zowarmup.record;

import java.nio.file.Path;
import java.util.List;

/**
 * What a run is going to do, for the lines at its start.
 *
 * @param device name of the device, for example {@code cpu}
 * @param deviceDescription what it is, for example a processor's name and instruction set
 * @param deviceReason why it was chosen, empty where it was asked for by name
 * @param threads CPU threads it uses
 * @param parameters d, the parameters that are trained, padding not counted
 * @param inputShape height x width x channels of an image
 * @param fewestImages training images of the client with the fewest
 * @param mostImages training images of the client with the most
 * @param zoLr learning rate of the zeroth-order phase, {@code auto} resolved
 * @param probeBytes planned memory of one probe
 * @param trainBytes planned memory of one training step
 * @param subTrainBytes planned memory of one training step of a sub-network, 0 where no method
 *     trains one
 */
public record RunDescription(
    String name,
    String device,
    String deviceDescription,
    String deviceReason,
    int threads,
    String model,
    long parameters,
    String inputShape,
    int clients,
    int highClients,
    int lowClients,
    int fewestImages,
    int mostImages,
    String dataSource,
    int trainImages,
    int testImages,
    int classes,
    List<String> methods,
    List<Long> seeds,
    int warmupRounds,
    int zoRounds,
    double zoLr,
    long probeBytes,
    long trainBytes,
    long subTrainBytes,
    Path folder) {
  public RunDescription {
    methods = List.copyOf(methods);
    seeds = List.copyOf(seeds);
  }

  /** Rounds of every method. */
  public int rounds() {
    return warmupRounds + zoRounds;
  }
}
