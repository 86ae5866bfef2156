package org.zowarmup.record.weights;

import static java.util.stream.Collectors.toSet;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.data.format.numpy.NumpyFile;
import org.zowarmup.device.Vector;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.TorchOrder;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.weights.Safetensors.Tensor;

/**
 * Weights between a flat buffer and files as PyTorch would save them: its names, its shapes, its
 * order of elements.
 */
public final class Weights {
  /** Name in a file's metadata of what its images were normalized by. */
  public static final String NORMALIZE = "normalize";

  private static final int FLOATS_AT_ONCE = 4096;

  /** What DataParallel and torch.compile put before every name. */
  private static final List<String> WRAPPERS = List.of("module.", "_orig_mod.");

  /** Bytes that distinguish formats. */
  private static final int FIRST_BYTES = 128;

  /** Characters of a text in messages. */
  private static final int SHOWN = 60;

  private Weights() {}

  /**
   * What a file of weights says beside them.
   *
   * @param round after which they are the weights
   * @param normalizeOrNull what their images are normalized by, null where it is not known
   */
  public static Map<String, String> metadata(Graph graph, int round, String normalizeOrNull) {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("format", "pt"); // what transformers asks for: tensors as PyTorch has them
    metadata.put("model", graph.name());
    metadata.put("layout", graph.layout().hash());
    metadata.put("round", Integer.toString(round));
    if (normalizeOrNull != null) {
      metadata.put(NORMALIZE, normalizeOrNull);
    }
    return metadata;
  }

  /**
   * Weights for a file.
   *
   * @param weights flat buffer in the layout's order
   */
  public static List<Tensor> tensors(ParameterLayout layout, float[] weights) {
    List<Tensor> tensors = new ArrayList<>();
    for (ParameterTensor tensor : layout.tensors()) {
      List<Integer> stored = tensor.spec().shape();
      TorchOrder order = tensor.spec().torch();
      float[] values = new float[tensor.size()];
      int at = Math.toIntExact(tensor.offset());
      for (int i = 0; i < values.length; i++) {
        values[i] = weights[at + order.storedIndex(i, stored)];
      }
      int[] shape = order.torchShape(stored).stream().mapToInt(Integer::intValue).toArray();
      tensors.add(new Tensor(tensor.name(), shape, values));
    }
    return tensors;
  }

  /**
   * The flat buffer of tensors that {@link #byName} gave.
   *
   * @throws UserErrorException where one is missing or of another shape
   */
  public static float[] flat(ParameterLayout layout, Map<String, Tensor> tensors) {
    float[] weights = new float[Math.toIntExact(layout.length())];
    for (ParameterTensor parameter : layout.tensors()) {
      Tensor tensor = tensors.get(parameter.name());
      List<Integer> stored = parameter.spec().shape();
      TorchOrder order = parameter.spec().torch();
      int[] shape = order.torchShape(stored).stream().mapToInt(Integer::intValue).toArray();
      if (tensor == null || !Arrays.equals(tensor.shape(), shape)) {
        throw new UserErrorException(
            "weights: expected tensor %s of shape %s, found %s"
                .formatted(
                    parameter.name(),
                    Arrays.toString(shape),
                    tensor == null ? "none" : "shape " + Arrays.toString(tensor.shape())));
      }
      for (int i = 0; i < tensor.values().length; i++) {
        weights[Math.toIntExact(parameter.offset()) + order.storedIndex(i, stored)] =
            tensor.values()[i];
      }
    }
    return weights;
  }

  /** The same by name, in the layout's order. */
  public static Map<String, Tensor> byName(ParameterLayout layout, float[] weights) {
    Map<String, Tensor> byName = new LinkedHashMap<>();
    tensors(layout, weights).forEach(tensor -> byName.put(tensor.name(), tensor));
    return byName;
  }

  /**
   * Reads a file into a flat buffer. Names may carry what PyTorch's wrappers put before them.
   *
   * @param file safetensors or npz with a tensor for every parameter of the layout, and no other
   * @return [layout.length()], padding zero
   * @throws UserErrorException where a tensor is missing, too many, of another shape, or holds what
   *     is no number; it names the tensor
   */
  public static float[] read(Path file, ParameterLayout layout) {
    Map<String, Tensor> tensors = named(file, layout);
    float[] weights = new float[Math.toIntExact(layout.length())];
    for (ParameterTensor parameter : layout.tensors()) {
      Tensor tensor = tensors.remove(parameter.name());
      List<Integer> stored = parameter.spec().shape();
      TorchOrder order = parameter.spec().torch();
      int[] shape = order.torchShape(stored).stream().mapToInt(Integer::intValue).toArray();
      String expected = "tensor " + parameter.name() + " of shape " + Arrays.toString(shape);
      if (tensor == null) {
        throw new BadDataException(file, "", expected, "no such tensor");
      }
      if (!Arrays.equals(tensor.shape(), shape)) {
        throw new BadDataException(file, "", expected, "shape " + Arrays.toString(tensor.shape()));
      }
      int at = Math.toIntExact(parameter.offset());
      for (int i = 0; i < tensor.values().length; i++) {
        float value = tensor.values()[i];
        if (!Float.isFinite(value)) {
          throw new BadDataException(
              file,
              "tensor " + parameter.name() + ", element " + i,
              "a finite number",
              value + "; the training that made these weights diverged");
        }
        weights[at + order.storedIndex(i, stored)] = value;
      }
    }
    if (!tensors.isEmpty()) {
      throw new BadDataException(
          file,
          "",
          "the " + layout.tensors().size() + " tensors of this model",
          "another one, " + tensors.keySet().iterator().next());
    }
    return weights;
  }

  private static Map<String, Tensor> named(Path file, ParameterLayout layout) {
    Set<String> own = layout.tensors().stream().map(ParameterTensor::name).collect(toSet());
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Tensor tensor : tensors(file)) {
      String name = tensor.name();
      while (!own.contains(name) && WRAPPERS.stream().anyMatch(name::startsWith)) {
        name = name.substring(name.indexOf('.') + 1);
      }
      if (tensors.put(name, tensor) != null) {
        throw new BadDataException(file, "tensor " + tensor.name(), "one " + name, "a second");
      }
    }
    return tensors;
  }

  private static List<Tensor> tensors(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new UserErrorException(
          "weights %s: expected a safetensors or npz file, found %s"
              .formatted(file, Files.isDirectory(file) ? "a folder" : "no such file"));
    }
    if (NumpyFile.isNpz(file)) {
      return Npz.read(file);
    }
    String foreign = foreignOrNull(file);
    if (foreign != null) {
      throw new BadDataException(file, "", "weights as safetensors or npz", foreign);
    }
    return Safetensors.read(file).tensors();
  }

  /** The other things that weights are mistaken for, and what helps; null where it is none. */
  private static String foreignOrNull(Path file) {
    byte[] start;
    try (InputStream in = FileBytes.stream(file)) {
      start = in.readNBytes(FIRST_BYTES);
    } catch (IOException e) {
      throw new BadDataException(file, "", "a readable file", RunFolder.reason(e));
    }
    String text = new String(start, StandardCharsets.ISO_8859_1);
    if (start.length == 0) {
      return "an empty file";
    }
    // the length of a safetensors header may begin as anything, but ends in zeros before its brace
    if (text.matches("(?s).{6}\0\0\\{.*")) {
      return null;
    }
    if (text.startsWith("PK\003\004") || text.matches("(?s)\u0080[\u0002-\u0005].*")) {
      return "pickled objects, such as PyTorch's .pt and .pth, which are programs; convert it in"
          + " Python: safetensors.torch.save_file(torch.load(\"w.pt\", weights_only=True),"
          + " \"w.safetensors\")";
    }
    if (text.startsWith("\u001f\u008b")) {
      return "a gzip file; unpack it first";
    }
    if (text.startsWith("\u0089HDF")) {
      return "HDF5, such as Keras writes; save the arrays with numpy.savez";
    }
    if (text.startsWith("\u0093NUMPY")) {
      return "one array without a name; save all of them with numpy.savez";
    }
    if (text.startsWith("version https://git-lfs")) {
      return "a Git LFS pointer, which only names the weights; fetch them with `git lfs pull`";
    }
    // The length that starts a safetensors file has zeros at its end.
    boolean words = !text.matches("(?s).*[\\x00-\\x08\\x0e-\\x1f].*");
    if (words && text.strip().startsWith("<")) {
      return "a web page, such as a hub's error or login; download the file itself";
    }
    if (words) {
      return "text, such as a hub's error or an index of several files: "
          + text.substring(0, Math.min(text.length(), SHOWN)).strip();
    }
    return null;
  }

  /** The free text of a file with weights, by name; an npz file has none. */
  public static Map<String, String> metadata(Path file) {
    return NumpyFile.isNpz(file) ? Map.of() : Safetensors.read(file).metadata();
  }

  /** CRC-32C of all values, each as four bytes, the highest first, in hexadecimal. */
  public static String checksum(Vector weights) {
    float[] values = weights.read();
    CRC32C sum = new CRC32C();
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * FLOATS_AT_ONCE);
    for (int from = 0; from < values.length; from += FLOATS_AT_ONCE) {
      int count = Math.min(FLOATS_AT_ONCE, values.length - from);
      bytes.clear();
      bytes.asFloatBuffer().put(values, from, count);
      sum.update(bytes.limit(Float.BYTES * count));
    }
    return "%08x".formatted(sum.getValue());
  }
}
