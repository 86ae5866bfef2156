package org.zowarmup.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.device.Precision;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.models.Cnn;

/**
 * Where the time goes: every step of the plan once, with the bytes and operations of its shapes.
 */
class ProfileTest {
  private static final int BATCH = 2;
  private static final Graph GRAPH = new Cnn().build(new Shape(8, 8, 1), 3);

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyStepOfThePlanIsTimed(boolean training) {
    Profile profile =
        Profile.of(GRAPH, new Profile.Request("cpu", 1, Precision.FP32, training, BATCH));
    Plan plan = training ? Plan.forwardBackward(GRAPH, BATCH) : Plan.forward(GRAPH, BATCH);
    List<Profile.Part> steps =
        profile.parts().stream().filter(part -> !part.layer().isEmpty()).toList();
    assertEquals(
        plan.ops().stream().map(op -> op.node()).toList(),
        steps.stream().map(Profile.Part::layer).toList());
    assertTrue(profile.parts().stream().allMatch(part -> part.seconds() > 0), profile.toString());
    assertTrue(profile.flopRate() > 1e6 && profile.byteRate() > 1e6, profile.toString());
  }

  /** conv1: 8x8 pixels to 16 channels, 3x3 filters with a bias; counted by hand. */
  @ParameterizedTest
  @ValueSource(strings = {"conv1"})
  void bytesAndOperationsFollowFromTheShapes(String layer) {
    Profile profile =
        Profile.of(GRAPH, new Profile.Request("cpu", 1, Precision.FP32, false, BATCH));
    Profile.Part part =
        profile.parts().stream().filter(p -> p.layer().equals(layer)).findFirst().orElseThrow();
    Graph.Node node =
        GRAPH.nodes().stream().filter(n -> n.name().equals(layer)).findFirst().orElseThrow();
    int out = node.shape().channels();
    int kernel = node.parameters().get(0).spec().shape().get(1);
    long values = BATCH * (64L + 64L * out);
    long parameters = node.parameters().stream().mapToLong(t -> t.size()).sum();
    assertEquals("Conv Forward", part.kind());
    assertEquals(4 * (values + parameters), part.bytes());
    assertEquals(2L * BATCH * 64 * out * kernel * kernel, part.flops());
  }
}
