package org.zowarmup.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.config.KindSection;
import org.zowarmup.error.ConfigException;
import org.zowarmup.nn.models.Cnn;
import org.zowarmup.nn.models.CnnPfl;
import org.zowarmup.nn.models.Model;
import org.zowarmup.nn.models.ResNet18;
import org.zowarmup.nn.models.VisionTransformer;
import org.zowarmup.nn.models.VisionTransformer.Pooling;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.plugin.Plugins;

/** The models against what is known of them from outside. */
final class ModelsTest {
  private static Graph resnet18(int channels, int classes) {
    return new ResNet18().build(new Shape(32, 32, channels), classes);
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
    Graph graph = new Cnn().build(new Shape(28, 28, 1), 10);
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
        () -> new Cnn(List.of(8, 12), 8));
    assertMessage(
        "model.channels[1]: expected a whole number from 1 to 4096, found 0",
        () -> bind(new Cnn(), "channels", "[8, 0]"));
    assertMessage(
        "channels: expected a list of 1 to 4 whole numbers, found []", () -> new Cnn(List.of(), 1));
    assertMessage(
        "normGroups: expected a number of groups that divides 64 (64 channels times width), found"
            + " 3",
        () -> new ResNet18(1, 3, false));
    assertMessage(
        "normGroups: expected a whole number of groups after scaling by width 0.25, found 2 (0.5"
            + " groups)",
        () -> new ResNet18(0.25, 2, true));
    assertMessage(
        "width: expected a multiple of 1/64 = 0.015625, found 0.3",
        () -> new ResNet18(0.3, 2, false));
    assertMessage(
        "heads: expected a divisor of dim 512, found 7",
        () -> new VisionTransformer.Vit(512, 6, 7, 2048, 4, Pooling.MEAN));
    assertMessage(
        "model.pooling: expected one of mean, class; found max",
        () -> bind(new VisionTransformer.Vit(), "pooling", "\"max\""));
    assertMessage(
        "model.kind: expected one of cnn, cnn-pfl, resnet18, vit, vit-tiny; found vgg",
        () -> find("vgg"));
    assertEquals("cnn", find("cnn").kind());
    assertEquals("resnet18", find("resnet18").kind());
    assertEquals("vit", find("vit").kind());
    assertEquals("vit-tiny", find("vit-tiny").kind());
  }

  private static Model find(String kind) {
    return Plugins.find(Model.class, Model::kind, "model.kind", kind);
  }

  private static Model bind(Model model, String key, String json) throws JsonProcessingException {
    ObjectNode values = JsonNodeFactory.instance.objectNode();
    values.set(key, new ObjectMapper().readTree(json));
    return new KindSection("model", model.kind(), values).bind(model);
  }

  private static void assertMessage(
      String expected, org.junit.jupiter.api.function.Executable bad) {
    assertEquals(expected, assertThrows(ConfigException.class, bad).getMessage());
  }

  /**
   * The full network has 1,728 weights in the stem, 11,157,504 in its other convolutions, 9,600 in
   * norms and 5,130 in the classifier.
   */
  @ParameterizedTest
  @CsvSource({"1,2,false,64,2", "0.5,2,false,32,2", "0.5,2,true,32,1", "0.25,8,true,16,2"})
  void widthAndGroupsOfResnet18(
      double width, int normGroups, boolean scaled, int stem, int groups) {
    Graph graph = new ResNet18(width, normGroups, scaled).build(new Shape(32, 32, 3), 10);
    long convolutions = 0;
    long norms = 0;
    for (ParameterTensor t : graph.layout().tensors()) {
      if (t.spec().shape().size() == 4) {
        convolutions += t.size();
      } else if (!t.name().startsWith("fc")) {
        norms += t.size();
      }
    }
    assertEquals(27L * stem + 11_157_504 * stem / 64 * stem / 64, convolutions);
    assertEquals(9_600L * stem / 64, norms);
    assertEquals(
        convolutions + norms + 80L * stem + 10,
        graph.layout().parameters(),
        "fc has 8 stem inputs");
    for (Graph.Node node : graph.nodes()) {
      if (node.layer() instanceof GroupNorm norm) {
        assertEquals(groups, norm.groups());
      }
    }
  }

  /** torchvision states 86,567,656 parameters for vit_b_16 and 304,326,632 for vit_l_16. */
  @ParameterizedTest
  @CsvSource({"768,12,12,3072,86567656,17.56", "1024,24,16,4096,304326632,61.55"})
  void visionTransformersHaveTheKnownSizes(
      int dim, int depth, int heads, int mlp, long parameters, double gigaMultiplyAdds) {
    Graph graph =
        new VisionTransformer.Vit(dim, depth, heads, mlp, 16, Pooling.CLASS)
            .build(new Shape(224, 224, 3), 1000);
    assertEquals(parameters, graph.layout().parameters());
    assertEquals(gigaMultiplyAdds, graph.forwardFlops() / 2e9, 0.01 * gigaMultiplyAdds);
  }

  /**
   * With D channels, an MLP of M and C classes on 64 patches of 48 values: 49 D + 64 D, then depth
   * * (4 D^2 + 2 D M + 9 D + M), then 2 D + C (D + 1); a class token adds itself and its position.
   */
  @ParameterizedTest
  @CsvSource({
    "vit,mean,10,18978314",
    "vit,class,10,18979338",
    "vit-tiny,mean,10,2693194",
    "vit-tiny,mean,100,2710564",
    "vit-tiny,class,10,2693578"
  })
  void parameterCountsOfTheViTs(String kind, String pooling, int classes, long parameters)
      throws JsonProcessingException {
    Model model = bind(find(kind), "pooling", "\"" + pooling + "\"");
    Graph graph = model.build(new Shape(32, 32, 3), classes);
    assertEquals(parameters, graph.layout().parameters());
  }

  /** 896 + 18,496 of the convolutions, 1,605,760 of the hidden layer, 1,290 of the classifier. */
  @Test
  void parameterCountOfPflResearchsCnn() {
    assertEquals(1_626_442, build(new CnnPfl()).layout().parameters());
  }

  /** timm's state_dict() of a VisionTransformer with one block. */
  @Test
  void vitHasTimmsNamesAndShapes() {
    List<String> found =
        new VisionTransformer.Vit(8, 1, 2, 16, 4, Pooling.CLASS)
            .build(new Shape(8, 12, 3), 10).layout().tensors().stream()
                .map(t -> t.name() + " " + t.spec().torch().torchShape(t.spec().shape()))
                .toList();
    assertEquals(
        List.of(
            "patch_embed.proj.weight [8, 3, 4, 4]",
            "patch_embed.proj.bias [8]",
            "cls_token [1, 1, 8]",
            "pos_embed [1, 7, 8]",
            "blocks.0.norm1.weight [8]",
            "blocks.0.norm1.bias [8]",
            "blocks.0.attn.qkv.weight [24, 8]",
            "blocks.0.attn.qkv.bias [24]",
            "blocks.0.attn.proj.weight [8, 8]",
            "blocks.0.attn.proj.bias [8]",
            "blocks.0.norm2.weight [8]",
            "blocks.0.norm2.bias [8]",
            "blocks.0.mlp.fc1.weight [16, 8]",
            "blocks.0.mlp.fc1.bias [16]",
            "blocks.0.mlp.fc2.weight [8, 16]",
            "blocks.0.mlp.fc2.bias [8]",
            "norm.weight [8]",
            "norm.bias [8]",
            "head.weight [10, 8]",
            "head.bias [10]"),
        found);
  }

  @Test
  void whatStaysInFp32() {
    for (String kind : List.of("cnn", "cnn-pfl", "resnet18", "vit", "vit-tiny")) {
      Graph graph = build(find(kind));
      for (ParameterTensor t : graph.layout().tensors()) {
        boolean classifier = t.name().startsWith("fc.") || t.name().startsWith("head.");
        boolean matrix = t.spec().shape().size() % 2 == 0 && !classifier;
        assertEquals(
            matrix ? ParameterSpec.Precision.REDUCIBLE : ParameterSpec.Precision.FP32,
            t.spec().precision(),
            t.name());
      }
    }
  }

  private static Graph build(Model model) {
    return model.build(new Shape(32, 32, 3), 10);
  }

  @Test
  void patchesMustFillTheImage() {
    ShapeException e =
        assertThrows(
            ShapeException.class,
            () -> new VisionTransformer.Vit().build(new Shape(30, 32, 3), 10));
    assertEquals(
        "layer patch_embed.proj: expected images whose sides 4 divides, found 30x32x3",
        e.getMessage());
  }

  @Test
  void imagesThatAreTooSmallAreRefusedByLayer() {
    ShapeException e =
        assertThrows(
            ShapeException.class, () -> new Cnn(List.of(4, 4, 4), 1).build(new Shape(4, 4, 1), 10));
    assertTrue(e.getMessage().startsWith("layer pool3: expected an input of at least 2 pixels"));
  }
}
