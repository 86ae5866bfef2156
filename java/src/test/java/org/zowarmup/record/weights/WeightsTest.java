package org.zowarmup.record.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Flatten;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.record.weights.Safetensors.Tensor;

/**
 * Weights as PyTorch, safetensors and numpy write them; make_weights_fixtures.py made the files.
 */
class WeightsTest {
  private static final ParameterLayout LAYOUT = network();

  @TempDir Path folder;

  private static ParameterLayout network() {
    Graph.Builder graph = Graph.builder("small", new Shape(4, 4, 2));
    int x = graph.add("conv1", new Conv(3, 3, 1, 1, true), Graph.INPUT);
    x = graph.add("flatten", new Flatten(), x);
    graph.add("fc", new Linear(2, new Shape(4, 4, 3)), x);
    return graph.build(new Loss(2)).layout();
  }

  private Path resource(String name) throws IOException {
    try (InputStream in = WeightsTest.class.getResourceAsStream(name)) {
      return Files.write(folder.resolve(name), in.readAllBytes());
    }
  }

  /** Element i of every tensor, in PyTorch's order, is i / 8 - 4. */
  private static void assertExpected(List<Tensor> tensors) {
    assertEquals(
        List.of("conv1.weight", "conv1.bias", "fc.weight", "fc.bias"),
        tensors.stream().map(Tensor::name).toList());
    for (Tensor tensor : tensors) {
      for (int i = 0; i < tensor.values().length; i++) {
        assertEquals(i / 8f - 4, tensor.values()[i], tensor.name() + " " + i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "wrapped-f16.safetensors",
        "wrapped-bf16.safetensors",
        "wrapped-f64.safetensors",
        "stored.npz",
        "mixed.npz"
      })
  void everyTypeAndWrapperIsRead(String name) throws IOException {
    assertExpected(Weights.tensors(LAYOUT, Weights.read(resource(name), LAYOUT)));
  }

  private static Map<String, byte[]> members(byte[] zip) throws IOException {
    Map<String, byte[]> members = new LinkedHashMap<>();
    try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        members.put(entry.getName(), in.readAllBytes());
      }
    }
    return members;
  }

  @Test
  void theMembersOfAnNpzAreTheBytesThatNumpyWrites() throws IOException {
    Path theirs = resource("stored.npz");
    Path ours = folder.resolve("ours.npz");
    Npz.write(ours, Weights.tensors(LAYOUT, Weights.read(theirs, LAYOUT)));
    Map<String, byte[]> expected = members(Files.readAllBytes(theirs));
    Map<String, byte[]> found = members(Files.readAllBytes(ours));
    assertEquals(List.copyOf(expected.keySet()), List.copyOf(found.keySet()));
    expected.forEach((name, bytes) -> assertArrayEquals(bytes, found.get(name), name));
    Npz.write(folder.resolve("again.npz"), Npz.read(ours));
    assertArrayEquals(
        Files.readAllBytes(ours), Files.readAllBytes(folder.resolve("again.npz")), "no time in it");
  }

  @Test
  void scalarsAndEmptyArraysKeepTheirShapes() {
    Path file = folder.resolve("odd.npz");
    List<Tensor> tensors =
        List.of(
            new Tensor("scalar", new int[0], new float[] {7}),
            new Tensor("empty", new int[] {0, 4}, new float[0]),
            new Tensor("a/b", new int[] {1, 2, 1}, new float[] {Float.MIN_VALUE, -0.0f}));
    Npz.write(file, tensors);
    List<Tensor> read = Npz.read(file);
    for (int i = 0; i < tensors.size(); i++) {
      assertEquals(tensors.get(i).name(), read.get(i).name());
      assertArrayEquals(tensors.get(i).shape(), read.get(i).shape());
      assertArrayEquals(tensors.get(i).values(), read.get(i).values());
    }
  }

  /** numpy's own conversion of all 63,488 of them. */
  @Test
  void everyHalfHasTheValueThatNumpyGivesIt() throws IOException {
    List<Short> finite = new ArrayList<>();
    for (int bits = 0; bits < 1 << 16; bits++) {
      if ((bits >> 10 & 31) != 31) {
        finite.add((short) bits);
      }
    }
    String header =
        "{\"h\":{\"dtype\":\"F16\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
            .formatted(finite.size(), 2 * finite.size());
    ByteBuffer file =
        ByteBuffer.allocate(8 + header.length() + 2 * finite.size())
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length())
            .put(header.getBytes(StandardCharsets.US_ASCII));
    finite.forEach(file::putShort);
    Path path = Files.write(folder.resolve("halves.safetensors"), file.array());
    float[] values = Safetensors.read(path).tensors().get(0).values();
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    CRC32 sum = new CRC32();
    sum.update(bytes);
    assertEquals(0x896e3e93L, sum.getValue());
  }

  private String messageOf(Path file) {
    return assertThrows(UserErrorException.class, () -> Weights.read(file, LAYOUT))
        .getMessage()
        .replace(file.toString(), "FILE");
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void whatIsNoNumberIsRefusedByTheNameOfItsTensor(float value) throws IOException {
    List<Tensor> tensors =
        Weights.tensors(LAYOUT, Weights.read(resource("wrapped-f16.safetensors"), LAYOUT));
    tensors.get(2).values()[5] = value;
    for (String ending : List.of("safetensors", "npz")) {
      Path file = folder.resolve("diverged." + ending);
      if (ending.equals("npz")) {
        Npz.write(file, tensors);
      } else {
        Safetensors.write(file, tensors, Map.of());
      }
      assertEquals(
          "bad data in FILE, tensor fc.weight, element 5: expected a finite number, found "
              + value
              + "; the training that made these weights diverged",
          messageOf(file));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                                                | an empty file
          version https://git-lfs.github.com/spec/v1\\noid   | a Git LFS pointer, which only names the weights; fetch them with `git lfs pull`
          <!doctype html><html>...                          | a web page, such as a hub's error or login; download the file itself
          Entry not found                                   | text, such as a hub's error or an index of several files: Entry not found
          {"error":"Repository not found"}                  | text, such as a hub's error or an index of several files: {"error":"Repository not found"}
          \\037\\213\\010\\000\\000                    | a gzip file; unpack it first
          \\211HDF\\r\\n\\032\\n                           | HDF5, such as Keras writes; save the arrays with numpy.savez
          \\223NUMPY\\001\\000                          | one array without a name; save all of them with numpy.savez
          """)
  void whatIsNoWeightsIsSaid(String content, String found) throws IOException {
    Path file =
        Files.write(
            folder.resolve("w"), content.translateEscapes().getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(
        "bad data in FILE: expected weights as safetensors or npz, found " + found,
        messageOf(file));
  }

  /** A zip as torch.save makes it, and the pickle of its versions before 1.6. */
  @Test
  void aPickleIsRefusedWithWhatHelps() throws IOException {
    Path zip = folder.resolve("w.pt");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      out.putNextEntry(new ZipEntry("w/data.pkl"));
      out.write(new byte[] {(byte) 0x80, 2, '.'});
    }
    Path old = Files.write(folder.resolve("old.pth"), new byte[] {(byte) 0x80, 2, (byte) 0x8a, 10});
    for (Path file : List.of(zip, old)) {
      assertEquals(
          "bad data in FILE: expected weights as safetensors or npz, found pickled objects, such as"
              + " PyTorch's .pt and .pth, which are programs; convert it in Python:"
              + " safetensors.torch.save_file(torch.load(\"w.pt\", weights_only=True),"
              + " \"w.safetensors\")",
          messageOf(file));
    }
    assertEquals(
        "weights FILE: expected a safetensors or npz file, found a folder", messageOf(folder));
  }

  /** A header's length comes first, and its bytes may be those that another kind of file has. */
  @Test
  void headersOfAnyLengthAreRead() throws IOException {
    float[] weights = Weights.read(resource("wrapped-f16.safetensors"), LAYOUT);
    List<Tensor> tensors = Weights.tensors(LAYOUT, weights);
    Path file = folder.resolve("w.safetensors");
    List<Integer> lengths = new ArrayList<>();
    for (int pad = 0; pad < 1500; pad += 8) {
      Safetensors.write(file, tensors, Map.of("pad", "x".repeat(pad)));
      byte[] start = Files.readAllBytes(file);
      lengths.add(Byte.toUnsignedInt(start[0]) + 256 * start[1]);
      assertArrayEquals(weights, Weights.read(file, LAYOUT));
    }
    assertTrue(lengths.containsAll(List.of(0x0280, 0x0380, 0x0480, 0x0580)), lengths.toString());
  }

  @Test
  void twoTensorsOfOneNameAreRefused() throws IOException {
    List<Tensor> tensors =
        new ArrayList<>(
            Weights.tensors(LAYOUT, Weights.read(resource("wrapped-f16.safetensors"), LAYOUT)));
    tensors.add(new Tensor("module.fc.bias", new int[] {2}, new float[2]));
    Path file = folder.resolve("twice.safetensors");
    Safetensors.write(file, tensors, Map.of());
    assertEquals(
        "bad data in FILE, tensor module.fc.bias: expected one fc.bias, found a second",
        messageOf(file));
  }
}
