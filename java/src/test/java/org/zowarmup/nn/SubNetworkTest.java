package org.zowarmup.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.zowarmup.nn.models.Cnn;
import org.zowarmup.nn.models.CnnPfl;
import org.zowarmup.nn.models.ResNet18;
import org.zowarmup.nn.models.VisionTransformer;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;

/** Which part of a network a sub-network is, and where its parameters lie. */
final class SubNetworkTest {
  /** Images of 1x2x3; convolutions to 2 and 4 channels, 2 groups, 8 features, 2 classes. */
  private static Graph small() {
    Graph.Builder graph = Graph.builder("small", new Shape(1, 2, 3));
    int x = graph.add("a", new Conv(2, 1, 1, 0, false), Graph.INPUT);
    x = graph.add("b", new Conv(4, 1, 1, 0, true), x);
    x = graph.add("norm", new GroupNorm(2), x);
    Shape before = graph.shape(x);
    x = graph.add("flatten", new Flatten(), x);
    graph.add("fc", new Linear(2, before), x);
    return graph.build(new Loss(2));
  }

  private static float[] numbered(ParameterLayout layout) {
    float[] values = new float[(int) layout.length()];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return values;
  }

  private static float[] own(ParameterTensor tensor, float[] buffer) {
    return Arrays.copyOfRange(buffer, (int) tensor.offset(), (int) tensor.end());
  }

  /** Written down from the layout's rule: tensors at multiples of 128, rows one after another. */
  @Example
  void theHalfOfASmallNetworkLiesWhereTheHandPutIt() {
    Graph full = small();
    Graph half = SubNetwork.of(full, 0.5);
    SubNetwork.Index index = new SubNetwork.Index(full.layout(), half.layout());
    float[] sliced = index.slice(numbered(full.layout()));
    float[][] expected = {
      {0, 1, 2}, // a.weight: [1,1,1,3] of [2,1,1,3], all channels of the images
      {128, 130}, // b.weight: [2,1,1,1] of [4,1,1,2]
      {256, 257}, // b.bias: 2 of 4
      {384, 385}, // norm.weight
      {512, 513}, // norm.bias
      {640, 641, 644, 645, 648, 649, 652, 653}, // fc.weight: [2, 1x2x2] of [2, 1x2x4]
      {768, 769} // fc.bias: all classes
    };
    List<ParameterTensor> tensors = half.layout().tensors();
    assertEquals(expected.length, tensors.size());
    for (int t = 0; t < expected.length; t++) {
      assertArrayEquals(expected[t], own(tensors.get(t), sliced), tensors.get(t).name());
    }
    assertEquals(21, half.layout().parameters());
    assertEquals(1, ((GroupNorm) half.nodes().get(2).layer()).groups());
  }

  /**
   * In PyTorch's shapes every tensor of the sub-network is the leading part of the full one, which
   * the stored orders have to bring about.
   */
  private static void assertLeading(Graph full, Graph sub) {
    SubNetwork.Index index = new SubNetwork.Index(full.layout(), sub.layout());
    float[] sliced = index.slice(numbered(full.layout()));
    for (int t = 0; t < sub.layout().tensors().size(); t++) {
      ParameterTensor whole = full.layout().tensors().get(t);
      ParameterTensor part = sub.layout().tensors().get(t);
      List<Integer> all = whole.spec().torch().torchShape(whole.spec().shape());
      List<Integer> own = part.spec().torch().torchShape(part.spec().shape());
      assertEquals(all.size(), own.size(), part.name());
      for (int i = 0; i < part.size(); i++) {
        int rest = i;
        int inFull = 0;
        int stride = 1;
        for (int axis = own.size() - 1; axis >= 0; axis--) {
          inFull += rest % own.get(axis) * stride;
          rest /= own.get(axis);
          stride *= all.get(axis);
        }
        int from = whole.spec().torch().storedIndex(inFull, whole.spec().shape());
        int to = part.spec().torch().storedIndex(i, part.spec().shape());
        assertEquals(
            (float) (whole.offset() + from), sliced[(int) part.offset() + to], part.name());
      }
    }
    assertScatterUndoesSlice(full, sub, index);
  }

  private static void assertScatterUndoesSlice(Graph full, Graph sub, SubNetwork.Index index) {
    float[] ones = new float[(int) sub.layout().length()];
    for (ParameterTensor tensor : sub.layout().tensors()) {
      Arrays.fill(ones, (int) tensor.offset(), (int) tensor.end(), 1);
    }
    float[] held = new float[(int) full.layout().length()];
    index.scatter(ones, held);
    long count = IntStream.range(0, held.length).filter(i -> held[i] == 1).count();
    assertEquals(sub.layout().parameters(), count);
    assertArrayEquals(ones, index.slice(held));
    float[] copied = new float[held.length];
    float[] twos = new float[held.length];
    Arrays.fill(twos, 2);
    index.copyHeld(twos, copied);
    for (int i = 0; i < held.length; i++) {
      assertEquals(2 * held[i], copied[i]);
    }
  }

  @Property(tries = 40)
  void everySubNetworkOfTheCnnIsItsLeadingPart(
      @ForAll @Size(min = 1, max = 3) List<@IntRange(min = 1, max = 5) Integer> quarters,
      @ForAll @IntRange(min = 1, max = 4) int part,
      @ForAll @IntRange(min = 8, max = 13) int side,
      @ForAll @IntRange(min = 2, max = 11) int classes) {
    List<Integer> channels = quarters.stream().map(q -> 4 * q).toList();
    Shape input = new Shape(side, side + 1, 1 + side % 3);
    Graph full = new Cnn(channels, 4).build(input, classes);
    Graph sub = SubNetwork.of(full, part / 4.0);
    assertLeading(full, sub);
    Graph narrow =
        new Cnn(quarters.stream().map(q -> q * part).toList(), part).build(input, classes);
    assertEquals(narrow.layout().hash(), sub.layout().hash());
  }

  @Property(tries = 6)
  void everySubNetworkOfTheResNetIsItsNarrowModel(@ForAll @IntRange(min = 1, max = 4) int part) {
    Shape input = new Shape(8, 8, 3);
    Graph full = new ResNet18(0.25, 4, false).build(input, 10);
    Graph sub = SubNetwork.of(full, part / 4.0);
    assertLeading(full, sub);
    Graph narrow = new ResNet18(part / 16.0, part, false).build(input, 10);
    assertEquals(narrow.layout().hash(), sub.layout().hash());
    assertEquals(narrow.nodes().toString(), sub.nodes().toString());
  }

  @Example
  void theWholeWidthIsTheWholeNetwork() {
    Graph full = small();
    Graph same = SubNetwork.of(full, 1);
    assertEquals(full.nodes(), same.nodes());
    assertEquals(full.layout().hash(), same.layout().hash());
    assertSame(same, SubNetwork.withScaler(same, 1));
  }

  @Example
  void groupsThatTheWidthDoesNotMakeWholeStay() {
    Graph full = new Cnn(List.of(12, 24), 3).build(new Shape(8, 8, 1), 3);
    Graph half = SubNetwork.of(full, 0.5);
    for (Graph.Node node : half.nodes()) {
      if (node.layer() instanceof GroupNorm norm) {
        assertEquals(3, norm.groups());
      }
    }
  }

  private static void assertRefused(String message, Graph full, double width) {
    ShapeException e = assertThrows(ShapeException.class, () -> SubNetwork.of(full, width));
    assertEquals(message, e.getMessage());
  }

  @Example
  void whatCannotBeCutIsNamed() {
    Graph cnn = new Cnn(List.of(3, 9), 3).build(new Shape(8, 8, 1), 3);
    assertRefused(
        "layer conv1: expected a whole number of channels, found 1.5, which is 0.5 of 3", cnn, 0.5);
    Graph groups = new Cnn(List.of(10, 30), 5).build(new Shape(8, 8, 1), 3);
    assertRefused(
        "layer norm1: expected a number of groups that the width makes whole, or that divides the"
            + " 3 channels left of 10, found 5",
        groups,
        0.3);
    Graph vit = new VisionTransformer.VitTiny().build(new Shape(8, 8, 3), 3);
    assertRefused(
        "layer tokens: expected a convolution, linear layer, group norm, ReLU, addition, pooling or"
            + " flatten, the layers that a part of the channels can be taken of, found"
            + " Embedding",
        vit,
        0.5);
    for (double width : new double[] {0, -0.5, 1.5, Double.NaN}) {
      assertThrows(IllegalArgumentException.class, () -> SubNetwork.of(cnn, width));
    }
  }

  @Example
  void theScalerWantsANormBehindEveryHiddenLayer() {
    Graph pfl = new CnnPfl(4, 8).build(new Shape(8, 8, 1), 3);
    Graph half = SubNetwork.of(pfl, 0.5);
    assertLeading(pfl, half);
    ShapeException e = assertThrows(ShapeException.class, () -> SubNetwork.withScaler(half, 0.5));
    assertEquals(
        "layer conv1: expected a group norm after it, into which the scaler goes, found Relu",
        e.getMessage());
  }

  @Example
  void layoutsOfDifferentNetworksDoNotFit() {
    ParameterLayout full = small().layout();
    ParameterLayout other = new Cnn().build(new Shape(8, 8, 1), 3).layout();
    ParameterLayout half = SubNetwork.of(small(), 0.5).layout();
    for (ParameterLayout[] pair :
        List.of(
            new ParameterLayout[] {full, other},
            new ParameterLayout[] {other, full},
            new ParameterLayout[] {half, full})) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> new SubNetwork.Index(pair[0], pair[1]));
      assertTrue(e.getMessage().startsWith("expected "), e.getMessage());
    }
  }
}
