package org.zowarmup.federated.algorithm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Evaluation;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.device.VectorOps;
import org.zowarmup.executor.Answers;
import org.zowarmup.executor.Executor;
import org.zowarmup.executor.Training;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Federation;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.random.Directions;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.PhiloxRandom;

/**
 * A problem that can be solved with a pencil: sample i has the loss 1/2 sum over j of a_ij (w_j -
 * b_ij)^2, computed in double. Its gradient is linear in w, so the two-sided estimate is z .
 * gradient for any epsilon, the one-sided one is that plus epsilon / 2 sum of a_j z_j^2, and the
 * optimum of any set of samples is the a-weighted mean of their b. Only the layout of the graph is
 * used.
 */
final class Quadratics implements Executor {
  static final long SEED = 17;

  final Graph graph = layout();
  final Federation federation;

  /** Places of the parameters in the flat vector; between them is padding. */
  final int[] at =
      graph.layout().tensors().stream()
          .flatMapToInt(t -> IntStream.range((int) t.offset(), (int) t.end()))
          .toArray();

  private final Device device = Devices.open("reference", 1).device();
  private final double[][] a;
  private final double[][] b;

  /**
   * @param sizes samples of each client; the first two are high-resource
   */
  Quadratics(int... sizes) {
    int samples = IntStream.of(sizes).sum();
    this.a = new double[samples][at.length];
    this.b = new double[samples][at.length];
    List<Client> clients = new ArrayList<>();
    PhiloxRandom random = new PhiloxRandom(SEED);
    int from = 0;
    for (int id = 0; id < sizes.length; id++) {
      double[] center = uniform(random, -1, 1);
      for (int i = from; i < from + sizes[id]; i++) {
        a[i] = uniform(random, 0.5, 1.5);
        double[] off = uniform(random, -0.2, 0.2);
        Arrays.setAll(b[i], j -> center[j] + off[j]);
      }
      int[] train = IntStream.range(from, from + sizes[id]).toArray();
      Client.Type type = id < 2 ? Client.Type.HIGH : Client.Type.LOW;
      clients.add(new Client(id, type, train, new int[0]));
      from += sizes[id];
    }
    this.federation = new Federation(clients);
  }

  private double[] uniform(PhiloxRandom random, double from, double to) {
    return IntStream.range(0, at.length)
        .mapToDouble(j -> from + (to - from) * random.nextDouble())
        .toArray();
  }

  /** Eight parameters in two tensors. */
  private static Graph layout() {
    Graph.Builder builder = Graph.builder("quadratic", Shape.flat(3));
    builder.add("fc", new Linear(2), Graph.INPUT);
    return builder.build(new Loss(2));
  }

  FederatedContext context() {
    // there are no images: samples are indices into a and b
    return new FederatedContext(federation, this, null, SEED);
  }

  /** Mean of a_ij over the samples. */
  double[] curvature(int[] samples) {
    double[] mean = new double[at.length];
    for (int i : samples) {
      for (int j = 0; j < mean.length; j++) {
        mean[j] += a[i][j] / samples.length;
      }
    }
    return mean;
  }

  /** Where the samples' mean loss is least: sum of a_ij b_ij over sum of a_ij. */
  double[] optimum(int[] samples) {
    double[] least = new double[at.length];
    double[] mean = curvature(samples);
    for (int i : samples) {
      for (int j = 0; j < least.length; j++) {
        least[j] += a[i][j] * b[i][j] / samples.length / mean[j];
      }
    }
    return least;
  }

  /** Of the samples' mean loss at w, both without padding. */
  double[] gradient(double[] w, int[] samples) {
    double[] mean = curvature(samples);
    double[] least = optimum(samples);
    double[] gradient = new double[at.length];
    Arrays.setAll(gradient, j -> mean[j] * (w[j] - least[j]));
    return gradient;
  }

  /** The samples' summed loss at w, without padding. */
  double lossSum(double[] w, int[] samples) {
    double sum = 0;
    for (int i : samples) {
      for (int j = 0; j < w.length; j++) {
        sum += 0.5 * a[i][j] * (w[j] - b[i][j]) * (w[j] - b[i][j]);
      }
    }
    return sum;
  }

  /** The direction of a seed, without padding. */
  double[] direction(long seed, Distribution distribution) {
    float[] z = new float[(int) graph.layout().length()];
    if (distribution == Distribution.GAUSSIAN) {
      Directions.gaussian(seed, 0, z);
    } else {
      Directions.rademacher(seed, 0, z);
    }
    return packed(z);
  }

  /** A flat vector without its padding. */
  double[] packed(float[] flat) {
    return IntStream.of(at).mapToDouble(i -> flat[i]).toArray();
  }

  private float[] flat(double[] packed) {
    float[] flat = new float[(int) graph.layout().length()];
    for (int j = 0; j < at.length; j++) {
      flat[at[j]] = (float) packed[j];
    }
    return flat;
  }

  static double[] moved(double[] w, double step, double[] along) {
    double[] moved = new double[w.length];
    Arrays.setAll(moved, j -> w[j] + step * along[j]);
    return moved;
  }

  @Override
  public Graph subGraph() {
    throw new IllegalStateException("a quadratic has no sub-network");
  }

  @Override
  public Graph graph() {
    return graph;
  }

  @Override
  public Vector allocate() {
    return device.allocate(graph.layout());
  }

  @Override
  public VectorOps vectors() {
    return device.vectors();
  }

  @Override
  public List<ProbeJob.Result> probe(
      Vector weights, Distribution distribution, ResidentImages images, List<ProbeJob> jobs) {
    return jobs.stream().map(job -> probe(packed(weights.read()), distribution, job)).toList();
  }

  private ProbeJob.Result probe(double[] start, Distribution distribution, ProbeJob job) {
    double[] w = start;
    for (int k = 0; k < job.drift().size(); k++) {
      double[] z = direction(job.drift().seed(k), distribution);
      w = moved(w, job.drift().coefficient(k), z);
    }
    double[] z = direction(job.seed(), distribution);
    double plus = lossSum(moved(w, job.epsilon(), z), job.samples());
    int count = job.samples().length;
    return job.sides() == ProbeJob.Sides.PLUS
        ? ProbeJob.Result.ofPlus(plus, count)
        : new ProbeJob.Result(plus, lossSum(moved(w, -job.epsilon(), z), job.samples()), count);
  }

  @Override
  public List<ProbeJob.Result> probe(
      Precision precision,
      Vector weights,
      Distribution distribution,
      ResidentImages images,
      List<ProbeJob> jobs) {
    return probe(weights, distribution, images, jobs);
  }

  @Override
  public List<TrainJob.Result> train(
      Vector start,
      float[] subStartOrNull,
      ResidentImages images,
      List<Training> jobs,
      Answers answers) {
    return IntStream.range(0, jobs.size())
        .mapToObj(k -> train(packed(start.read()), k, jobs.get(k).job(), answers))
        .toList();
  }

  @Override
  public float[] join(float[] own) {
    return own;
  }

  private TrainJob.Result train(double[] start, int k, TrainJob job, Answers answers) {
    double[] w = start;
    double[] velocity = new double[w.length];
    double lossSum = 0;
    long count = 0;
    for (int[] batch : job.batches()) {
      lossSum += lossSum(w, batch);
      count += batch.length;
      double[] gradient = moved(gradient(w, batch), job.sgd().weightDecay(), w);
      gradient = moved(gradient, job.proximal(), moved(w, -1, start));
      velocity = moved(gradient, job.sgd().momentum(), velocity);
      w = moved(w, -job.sgd().lr(), velocity);
    }
    Answers.Answer answer = answers.answer(k, flat(w));
    answers.receive(k, answer.note(), 0, answer.values());
    return new TrainJob.Result(lossSum, count);
  }

  @Override
  public Evaluation evaluate(Vector weights, ResidentImages images, int[] samples) {
    return new Evaluation(lossSum(packed(weights.read()), samples), 0, samples.length);
  }

  @Override
  public int[] predict(Vector weights, ResidentImages images, int[] samples) {
    throw new UnsupportedOperationException("a quadratic loss has no classes");
  }

  @Override
  public float[] logits(Vector weights, ResidentImages images, int[] samples) {
    throw new UnsupportedOperationException("a quadratic loss has no classes");
  }

  @Override
  public void gradient(Vector weights, ResidentImages images, int[] samples, Vector out) {
    out.write(flat(gradient(packed(weights.read()), samples)));
  }

  @Override
  public void close() {
    device.close();
  }
}
