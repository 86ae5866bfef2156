package org.zowarmup.bench.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.zowarmup.bench.BenchModel;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Precision;
import org.zowarmup.error.ConfigException;
import org.zowarmup.error.OutOfDeviceMemoryException;
import org.zowarmup.error.UnsupportedException;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;

/**
 * Every convolution in use, alone in a network of its own, compiled in every precision and
 * direction: what the device's library offers for it, what each candidate answered when it ran, and
 * how long it took. The device writes that beside its kernel cache, from where it is reported; so a
 * layer that nothing runs is a finding, and the next one comes all the same.
 */
final class Smoke {
  private static final String STEP = "smoke";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Findings findings;
  private final String device;
  private final Path folder;
  private final Set<Path> reported = new HashSet<>();

  /**
   * A convolution and what it reads.
   *
   * @param stem whether that are the images, which a device may pad and which need no gradient
   */
  private record Use(Conv conv, Shape in, boolean stem) {}

  Smoke(Findings findings, String device) {
    this.findings = findings;
    this.device = device;
    String cache = System.getenv().getOrDefault("ZOWARMUP_CACHE", "");
    if (cache.isBlank()) {
      throw new ConfigException(
          "ZOWARMUP_CACHE", "expected a folder of its own for the step smoke, found none");
    }
    this.folder = Path.of(cache, "cudnn");
  }

  /**
   * @param batch of probes and of training
   * @param large of probes that share a seed
   */
  void run(List<BenchModel> models, int batch, int large) {
    Set<Use> uses = new LinkedHashSet<>();
    for (BenchModel model : models) {
      for (Graph.Node node : model.graph().nodes()) {
        if (node.layer() instanceof Conv conv) {
          uses.add(new Use(conv, node.inputShapes().get(0), node.inputs().contains(Graph.INPUT)));
        }
      }
    }
    try (Device opened = Devices.open(device, 1).device()) {
      for (Precision precision : List.of(Precision.BF16, Precision.FP32, Precision.TF32)) {
        if (!GpuCheck.runs(opened, precision)) {
          continue;
        }
        for (Use use : uses) {
          Graph graph = alone(use);
          compile(opened, use, Plan.forwardBackward(graph, batch), precision);
          compile(opened, use, Plan.forward(graph, large), precision);
        }
      }
    }
  }

  /** Within a network after a layer that needs a gradient, so that its own input does. */
  private static Graph alone(Use use) {
    Graph.Builder builder = Graph.builder("alone", use.in());
    Conv before = new Conv(use.in().channels(), 1, 1, 0, false);
    int first = use.stem() ? Graph.INPUT : builder.add("first", before, Graph.INPUT);
    int conv = builder.add("alone", use.conv(), first);
    int flat = builder.add("flat", new Flatten(), conv);
    builder.add("classes", new Linear(2), flat);
    return builder.build(new Loss(2));
  }

  private void compile(Device opened, Use use, Plan plan, Precision precision) {
    String name = use.conv() + " on " + use.in() + ", batch " + plan.batch() + ", " + precision;
    try {
      opened.compile(plan, 1, precision).close();
    } catch (UnsupportedException | OutOfDeviceMemoryException e) {
      findings.report(STEP, name, Map.of("error", e.getMessage()));
    } finally {
      reportNew();
    }
  }

  private void reportNew() {
    if (!Files.isDirectory(folder)) {
      return; // a device that chooses by itself
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
        if (reported.add(file)) {
          JsonNode found = JSON.readTree(Files.readAllBytes(file));
          Map<String, Object> values = new LinkedHashMap<>();
          values.put("candidates", found.get("candidates"));
          findings.report(STEP, found.get("layer").asText(), values);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("what cuDNN offers, in " + folder, e);
    }
  }
}
