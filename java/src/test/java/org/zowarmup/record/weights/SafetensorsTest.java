package org.zowarmup.record.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.weights.Safetensors.Tensor;

class SafetensorsTest {
  /** The content of fixture.safetensors, which make_safetensors_fixture.py made. */
  private static final List<Tensor> TENSORS =
      List.of(
          new Tensor(
              "conv1.weight",
              new int[] {2, 3},
              new float[] {1, -2.5f, 0.1f, Float.MAX_VALUE, -0.0f, Float.MIN_VALUE}),
          new Tensor("fc.bias", new int[] {1}, new float[] {1 / 3f}),
          new Tensor("step", new int[] {}, new float[] {7}),
          new Tensor("empty", new int[] {0, 4}, new float[] {}));

  private static final Map<String, String> METADATA = Map.of("layout", "1", "format", "pt");

  @TempDir Path folder;

  private static byte[] fixture() throws IOException {
    try (InputStream in = SafetensorsTest.class.getResourceAsStream("fixture.safetensors")) {
      return in.readAllBytes();
    }
  }

  private static void assertSame(List<Tensor> expected, List<Tensor> found) {
    assertEquals(
        expected.stream().map(Tensor::name).toList(), found.stream().map(Tensor::name).toList());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i).shape(), found.get(i).shape());
      assertArrayEquals(bits(expected.get(i)), bits(found.get(i)), expected.get(i).name());
    }
  }

  private static int[] bits(Tensor tensor) {
    int[] bits = new int[tensor.values().length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(tensor.values()[i]);
    }
    return bits;
  }

  @Test
  void writesTheBytesOfTheFormat() throws IOException {
    Path file = folder.resolve("weights.safetensors");
    Safetensors.write(file, TENSORS, METADATA);
    assertArrayEquals(fixture(), Files.readAllBytes(file));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(file), left.toList(), "no temporary file stays");
    }
  }

  @Test
  void readsTheBytesOfTheFormat() throws IOException {
    Path file = Files.write(folder.resolve("fixture.safetensors"), fixture());
    Safetensors.Content content = Safetensors.read(file);
    assertSame(TENSORS, content.tensors());
    assertEquals(METADATA, content.metadata());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 13, 127, 128, 129, 207, 4098, 300_000})
  void whatIsWrittenIsReadBack(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      // Every kind of bit pattern, NaN with its payload too.
      values[i] = Float.intBitsToFloat(i * 0x9E3779B1 + count);
    }
    List<Tensor> tensors =
        List.of(
            new Tensor("\u00e9 \"a\"\n", new int[] {1, count, 1}, values),
            new Tensor("b", new int[] {count}, values));
    Path file = folder.resolve("sizes.safetensors");
    Safetensors.write(file, tensors, Map.of());
    assertSame(tensors, Safetensors.read(file).tensors());
    Safetensors.write(file, List.of(), Map.of());
    assertEquals(List.of(), Safetensors.read(file).tensors(), "replaced as a whole");
  }

  private String messageOf(byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("bad.safetensors"), bytes);
    String message =
        assertThrows(BadDataException.class, () -> Safetensors.read(file)).getMessage();
    return message.replace("bad data in " + file, "bad");
  }

  private String messageOf(String header, int dataBytes) throws IOException {
    byte[] text = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    return messageOf(
        ByteBuffer.allocate(8 + text.length + dataBytes)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(text.length)
            .put(text)
            .array());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'a':{'dtype':'I64','shape':[1],'data_offsets':[0,8]}} | 8 | bad, tensor 'a': expected dtype F32, F16, BF16 or F64, found "I64"
          {'a':{'dtype':'F32','shape':[2],'data_offsets':[0,4]}} | 4 | bad, tensor 'a': expected 8 bytes for shape [2], found data_offsets [0,4]
          {'a':{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}} | 4 | bad, tensor 'a', shape: expected a list of whole numbers from 0 to 2147483647, found [-1]
          {'a':{'dtype':'F32','shape':[1.5],'data_offsets':[0,4]}} | 4 | bad, tensor 'a', shape: expected a list of whole numbers from 0 to 2147483647, found [1.5]
          {'a':{'dtype':'F32','shape':[1],'data_offsets':[4,0]}} | 4 | bad, tensor 'a', data_offsets: expected [start, end], found [4,0]
          {'a':{'dtype':'F32','shape':[1],'data_offsets':[0]}} | 4 | bad, tensor 'a', data_offsets: expected [start, end], found [0]
          {'a':{'dtype':'F32','shape':[1]}} | 4 | bad, tensor 'a', data_offsets: expected a list of whole numbers from 0 to 9223372036854775807, found none
          {'a':{'dtype':'F32','shape':[65536,65536,65536],'data_offsets':[0,4]}} | 4 | bad, tensor 'a': expected at most 2147483647 bytes, found shape [65536,65536,65536]
          {'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | 3 | bad, data: expected 4 bytes after the header, found 3 bytes
          {'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | 5 | bad, data: expected 4 bytes after the header, found 5 bytes
          {'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | 4 | bad, tensor 'b': expected data_offsets that start at 4, without gap or overlap, found 0
          {'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[1],'data_offsets':[8,12]}} | 12 | bad, tensor 'b': expected data_offsets that start at 4, without gap or overlap, found 8
          {'a':{'dtype':'F32','shape':[0],'data_offsets':[0,0]},'a':{'dtype':'F32','shape':[0],'data_offsets':[0,0]}} | 0 | bad, header: expected JSON, found Duplicate field 'a'
          {'__metadata__':{'n':3}} | 0 | bad, header, __metadata__: expected text values, found 3
          {'a':3} | 0 | bad, tensor 'a': expected dtype F32, F16, BF16 or F64, found none
          [1,2] | 0 | bad, offset 8: expected '{', the start of the header, found byte 91
          """)
  void aHeaderThatDoesNotFitIsRefused(String header, int dataBytes, String message)
      throws IOException {
    assertEquals(message, messageOf(header, dataBytes));
  }

  @Test
  void garbageIsRefused() throws IOException {
    assertEquals(
        "bad, offset 0: expected 8 bytes of header length, found 3 bytes in all",
        messageOf(new byte[3]));
    assertEquals(
        "bad, offset 0: expected a header length from 2 to 5, found 0", messageOf(new byte[13]));
    byte[] huge = new byte[129];
    Arrays.fill(huge, (byte) 0xFF);
    assertEquals(
        "bad, offset 0: expected a header length from 2 to 121, found 18446744073709551615",
        messageOf(huge));
  }

  /** Whatever byte is cut off or changed, the reader refuses or reads; it never fails otherwise. */
  @Test
  void everyTruncationIsRefusedAndNoChangedByteBreaksTheReader() throws IOException {
    byte[] whole = fixture();
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      Path file = Files.write(folder.resolve("cut.safetensors"), cut);
      assertThrows(BadDataException.class, () -> Safetensors.read(file), "length " + length);
    }
    int refused = 0;
    for (int i = 0; i < whole.length; i++) {
      byte[] changed = whole.clone();
      changed[i] ^= 0x15;
      Path file = Files.write(folder.resolve("changed.safetensors"), changed);
      try {
        Safetensors.read(file);
      } catch (BadDataException e) {
        refused++;
      }
    }
    // Names and values may change unseen; lengths, offsets and punctuation may not.
    assertTrue(refused > 130, "refused " + refused + " of " + whole.length);
  }

  @Test
  void whatCannotBeWrittenOrFoundIsNamed() {
    Path file = folder.resolve("none").resolve("w.safetensors");
    assertEquals(
        "bad data in " + file + ": expected a safetensors file, found no such file",
        assertThrows(BadDataException.class, () -> Safetensors.read(file)).getMessage());
    assertTrue(
        assertThrows(UserErrorException.class, () -> Safetensors.write(file, TENSORS, METADATA))
            .getMessage()
            .startsWith("cannot write " + file + ": no file or folder " + folder.resolve("none")));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            Safetensors.write(
                folder.resolve("twice"), List.of(TENSORS.get(0), TENSORS.get(0)), METADATA));
  }
}
