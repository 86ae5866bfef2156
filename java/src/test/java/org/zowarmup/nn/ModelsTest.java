package org.zowarmup.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.error.ConfigException;
import org.zowarmup.nn.models.Cnn;
import org.zowarmup.nn.models.Models;
import org.zowarmup.nn.models.ResNet18;

/** The models against what is known of them from outside. */
final class ModelsTest {
  private static Graph resnet18(int channels, int classes) {
    return new ResNet18().build(new ResNet18().defaults(), new Shape(32, 32, channels), classes);
  }

  /**
   * 11,173,962 is the known count of the CIFAR ResNet-18 with 10 classes. One image channel less
   * takes 64 * 9 weights of the stem; a class more adds 513.
   */
  @ParameterizedTest
  @CsvSource({
    "3,10,11173962",
    "3,100,11220132",
    "3,1000,11681832",
    "1,10,11172810",
  })
  void resnet18HasTheKnownNumberOfParameters(int channels, int classes, long parameters) {
    assertEquals(parameters, resnet18(channels, classes).layout().parameters());
  }

  /** 3*3*1*8 + 16 + 3*3*8*16 + 32 + 784*10 + 10. */
  @Test
  void cnnHas9122Parameters() {
    Graph graph = new Cnn().build(new Cnn().defaults(), new Shape(28, 28, 1), 10);
    assertEquals(9122, graph.layout().parameters());
    assertEquals(Shape.flat(784), graph.nodes().get(8).shape());
  }

  /** 0.56 GMAC a 32x32 image is the figure that is commonly given for the CIFAR ResNet-18. */
  @Test
  void resnet18CostsTheKnownNumberOfFlops() {
    assertEquals(0.556e9, resnet18(3, 10).forwardFlops() / 2.0, 0.006e9);
  }

  /**
   * torchvision's resnet18().state_dict(), with a 3x3 stem and without batch norm's running
   * statistics.
   */
  @Test
  void resnet18HasTorchvisionsNamesAndShapes() {
    List<String> expected = new ArrayList<>();
    expected.add("conv1.weight [64, 3, 3, 3]");
    addNorm(expected, "bn1", 64);
    int in = 64;
    for (int stage = 1; stage <= 4; stage++) {
      int width = 32 << stage;
      for (int block = 0; block < 2; block++) {
        String name = "layer" + stage + "." + block;
        expected.add(name + ".conv1.weight [" + width + ", " + in + ", 3, 3]");
        addNorm(expected, name + ".bn1", width);
        expected.add(name + ".conv2.weight [" + width + ", " + width + ", 3, 3]");
        addNorm(expected, name + ".bn2", width);
        if (in != width) {
          expected.add(name + ".downsample.0.weight [" + width + ", " + in + ", 1, 1]");
          addNorm(expected, name + ".downsample.1", width);
        }
        in = width;
      }
    }
    expected.add("fc.weight [10, 512]");
    expected.add("fc.bias [10]");
    List<String> found =
        resnet18(3, 10).layout().tensors().stream()
            .map(t -> t.name() + " " + t.spec().torch().torchShape(t.spec().shape()))
            .toList();
    assertEquals(62, found.size());
    assertEquals(expected, found);
  }

  private static void addNorm(List<String> names, String node, int width) {
    names.add(node + ".weight [" + width + "]");
    names.add(node + ".bias [" + width + "]");
  }

  @Test
  void configsAreChecked() {
    assertMessage(
        "normGroups: expected a divisor of every entry of channels [8, 12], found 8",
        () -> new Cnn.Config(List.of(8, 12), 8));
    assertMessage(
        "channels: expected whole numbers from 1 to 4096, found [8, 0]",
        () -> new Cnn.Config(List.of(8, 0), 1));
    assertMessage(
        "channels: expected a list of 1 to 4 whole numbers, found []",
        () -> new Cnn.Config(List.of(), 1));
    assertMessage("normGroups: expected a divisor of 64, found 3", () -> new ResNet18.Config(3));
    assertMessage("model.kind: expected one of cnn, resnet18; found vgg", () -> Models.find("vgg"));
    assertEquals("cnn", Models.find("cnn").kind());
    assertEquals("resnet18", Models.find("resnet18").kind());
  }

  private static void assertMessage(
      String expected, org.junit.jupiter.api.function.Executable bad) {
    assertEquals(expected, assertThrows(ConfigException.class, bad).getMessage());
  }

  @Test
  void imagesThatAreTooSmallAreRefusedByLayer() {
    ShapeException e =
        assertThrows(
            ShapeException.class,
            () -> new Cnn().build(new Cnn.Config(List.of(4, 4, 4), 1), new Shape(4, 4, 1), 10));
    assertTrue(e.getMessage().startsWith("layer pool3: expected an input of at least 2 pixels"));
  }
}
