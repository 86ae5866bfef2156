package org.zowarmup.federated;

/**
 * What clients did in a round, or in many, all clients of a class together. Of clients whose
 * answers came in time; of the others no one knows what they have computed.
 *
 * @param clientsHigh high-resource clients that took part; in a sum over rounds each as often as it
 *     did
 * @param clientsLow low-resource ones
 * @param firstHigh of the high-resource ones those that never had before, so that their sum over
 *     all rounds is how many ever took part
 * @param firstLow of the low-resource ones
 * @param trainFlopsHigh floating-point operations of back-propagation, a backward pass counted as
 *     two forward passes
 * @param trainFlopsLow of the low-resource ones
 * @param probeFlopsHigh of forward passes alone
 * @param probeFlopsLow of the low-resource ones
 */
public record Work(
    long clientsHigh,
    long clientsLow,
    long firstHigh,
    long firstLow,
    double trainFlopsHigh,
    double trainFlopsLow,
    double probeFlopsHigh,
    double probeFlopsLow) {
  public static final Work ZERO = new Work(0, 0, 0, 0, 0, 0, 0, 0);

  /** Forward passes that a training step costs: its own, and a backward pass of two. */
  private static final int PASSES_OF_STEP = 3;

  /** A client that takes part. */
  static Work present(Client client, boolean first) {
    boolean high = client.type() == Client.Type.HIGH;
    int one = first ? 1 : 0;
    return new Work(high ? 1 : 0, high ? 0 : 1, high ? one : 0, high ? 0 : one, 0, 0, 0, 0);
  }

  /** So many images through a network whose forward pass costs so much, and back. */
  static Work training(Client client, long images, long forwardFlops) {
    double flops = (double) PASSES_OF_STEP * images * forwardFlops;
    boolean high = client.type() == Client.Type.HIGH;
    return new Work(0, 0, 0, 0, high ? flops : 0, high ? 0 : flops, 0, 0);
  }

  /** So many images through it without a way back. */
  static Work probing(Client client, long images, long forwardFlops) {
    double flops = (double) images * forwardFlops;
    boolean high = client.type() == Client.Type.HIGH;
    return new Work(0, 0, 0, 0, 0, 0, high ? flops : 0, high ? 0 : flops);
  }

  /** The sum. */
  public Work plus(Work other) {
    return new Work(
        clientsHigh + other.clientsHigh,
        clientsLow + other.clientsLow,
        firstHigh + other.firstHigh,
        firstLow + other.firstLow,
        trainFlopsHigh + other.trainFlopsHigh,
        trainFlopsLow + other.trainFlopsLow,
        probeFlopsHigh + other.probeFlopsHigh,
        probeFlopsLow + other.probeFlopsLow);
  }

  /** How often clients of a class took part. */
  public long clients(Client.Type type) {
    return type == Client.Type.HIGH ? clientsHigh : clientsLow;
  }

  /** Clients of a class that took part for the first time. */
  public long first(Client.Type type) {
    return type == Client.Type.HIGH ? firstHigh : firstLow;
  }

  /** Floating-point operations of back-propagation of both classes. */
  public double trainFlops() {
    return trainFlopsHigh + trainFlopsLow;
  }

  /** Floating-point operations of forward passes alone of both classes. */
  public double probeFlops() {
    return probeFlopsHigh + probeFlopsLow;
  }

  /** All floating-point operations of a class. */
  public double flops(Client.Type type) {
    return type == Client.Type.HIGH
        ? trainFlopsHigh + probeFlopsHigh
        : trainFlopsLow + probeFlopsLow;
  }
}
