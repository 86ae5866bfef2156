package org.zowarmup.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.models.Model;
import org.zowarmup.plugin.Plugins;
import org.zowarmup.random.Distribution;

/**
 * One model, operation and batch whose memory is looked at.
 *
 * @param model kind, with its defaults and 10 classes
 * @param training a training step with momentum, else a probe
 */
record MemoryCase(String model, boolean training, int batch) {
  private static final int CLASSES = 10;
  private static final int STEPS = 2;

  /** The models of the table with the batches of their clients. */
  static List<MemoryCase> all() {
    List<MemoryCase> cases = new ArrayList<>();
    for (String model : List.of("cnn", "resnet18", "vit-tiny", "vit")) {
      for (boolean training : new boolean[] {false, true}) {
        for (int batch : new int[] {16, 64}) {
          cases.add(new MemoryCase(model, training, batch));
        }
      }
    }
    return cases;
  }

  Graph graph() {
    Shape input = model.equals("cnn") ? new Shape(28, 28, 1) : new Shape(32, 32, 3);
    return Plugins.find(Model.class, Model::kind, "model.kind", model).build(input, CLASSES);
  }

  Plan plan(Graph graph) {
    return training ? Plan.forwardBackward(graph, batch) : Plan.forward(graph, batch);
  }

  /**
   * Runs the operation a few times on one thread.
   *
   * @param ready called when the global weights and the images are there, before anything of a
   *     client's
   * @param done called with all of it in memory
   */
  void run(Runnable ready, Runnable done) {
    Graph graph = graph();
    Shape input = graph.input();
    float[] table = new float[input.channels() * 256];
    float[] initial = InitialWeights.draw(graph.layout(), Rig.SEED);
    try (BytePointer pixels = new BytePointer((long) batch * input.elements());
        Device device = Devices.open("cpu", 1).device();
        ResidentImages images =
            device.upload(new ImagePixels(pixels, input, new int[batch], table));
        Vector weights = device.allocate(graph.layout())) {
      weights.write(initial);
      int[] samples = IntStream.range(0, batch).toArray();
      ready.run();
      try (Executable lane = device.compile(plan(graph), 1)) {
        if (training) {
          try (Vector out = device.allocate(graph.layout())) {
            TrainJob.Sgd sgd = new TrainJob.Sgd(1e-3f, 0.9f, 0);
            lane.train(weights, out, images, new TrainJob(List.of(samples, samples), sgd));
            done.run();
          }
        } else {
          ProbeJob job = new ProbeJob(SeedTerms.NONE, Rig.SEED, 1e-3f, samples);
          ProbeJob[] jobs = new ProbeJob[STEPS];
          java.util.Arrays.fill(jobs, job);
          lane.probe(weights, Distribution.RADEMACHER, images, jobs);
          done.run();
        }
      }
    }
  }
}
