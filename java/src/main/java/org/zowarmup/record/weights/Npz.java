package org.zowarmup.record.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.zowarmup.data.format.numpy.NumpyArray;
import org.zowarmup.data.format.numpy.NumpyFile;
import org.zowarmup.record.file.AtomicFile;
import org.zowarmup.record.weights.Safetensors.Tensor;

/**
 * Tensors as a numpy archive (NEP 1): a zip of npy files. The members are stored as they are, since
 * weights hardly shrink and not every reader inflates.
 */
public final class Npz {
  private static final String ENDING = ".npy";

  /** Headers are padded to a multiple of this, as numpy does it. */
  private static final int ALIGNMENT = 64;

  /** The first time of a zip: the same weights give the same file. */
  private static final LocalDateTime START = LocalDateTime.of(1980, 1, 1, 0, 0);

  private Npz() {}

  /** Writes a file atomically. */
  public static void write(Path file, List<Tensor> tensors) {
    AtomicFile.write(file, content(tensors));
  }

  /** What such a file holds. */
  public static AtomicFile.Content content(List<Tensor> tensors) {
    return channel -> {
      // not closed: the channel is the caller's
      ZipOutputStream zip = new ZipOutputStream(Channels.newOutputStream(channel));
      for (Tensor tensor : tensors) {
        byte[] npy = npy(tensor);
        ZipEntry entry = new ZipEntry(tensor.name() + ENDING);
        entry.setTimeLocal(START);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(npy.length);
        CRC32 sum = new CRC32();
        sum.update(npy);
        entry.setCrc(sum.getValue());
        zip.putNextEntry(entry);
        zip.write(npy);
        zip.closeEntry();
      }
      zip.finish();
      zip.flush();
    };
  }

  private static byte[] npy(Tensor tensor) throws IOException {
    String extents =
        Arrays.stream(tensor.shape()).mapToObj(n -> n + ",").collect(Collectors.joining(" "));
    String shape = tensor.shape().length > 1 ? extents.substring(0, extents.length() - 1) : extents;
    String text = "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }".formatted(shape);
    int start = 10; // magic, version 1.0, length of the header
    int length = (start + text.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - start;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0x93);
    out.write("NUMPY".getBytes(StandardCharsets.US_ASCII));
    out.write(new byte[] {1, 0, (byte) length, (byte) (length >> 8)});
    out.write(text.getBytes(StandardCharsets.US_ASCII));
    out.write(" ".repeat(length - text.length() - 1).getBytes(StandardCharsets.US_ASCII));
    out.write('\n');
    byte[] header = out.toByteArray();
    ByteBuffer bytes =
        ByteBuffer.allocate(
                Math.addExact(header.length, Math.multiplyExact(4, tensor.values().length)))
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(header);
    bytes.asFloatBuffer().put(tensor.values());
    return bytes.array();
  }

  /**
   * Reads a file of floating-point arrays; doubles are rounded.
   *
   * @throws org.zowarmup.error.BadDataException where it is not such a file
   */
  public static List<Tensor> read(Path file) {
    List<Tensor> tensors = new ArrayList<>();
    NumpyFile.forEach(file, array -> tensors.add(tensor(array)));
    return tensors;
  }

  private static Tensor tensor(NumpyArray array) {
    float[] values = array.toFloats();
    if (Arrays.stream(array.shape()).anyMatch(extent -> extent > Integer.MAX_VALUE)) {
      throw array.bad("extents up to 2147483647", NumpyArray.show(array.shape()));
    }
    int[] shape = Arrays.stream(array.shape()).mapToInt(extent -> (int) extent).toArray();
    return new Tensor(array.name(), shape, values);
  }
}
