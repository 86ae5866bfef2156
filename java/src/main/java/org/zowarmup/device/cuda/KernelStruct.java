package org.zowarmup.device.cuda;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the fields of a struct of a kernel header lie, read from the header itself: what the host
 * writes into a table is where the device reads it.
 *
 * @param bytes of one struct
 */
record KernelStruct(String file, String name, Map<String, Field> fields, int bytes) {
  private static final Pattern FIELD =
      Pattern.compile(
          "(?m)^ *((?:unsigned )?(?:long long|int|float|double)) (\\w+)(?:\\[(\\d+)])?;");

  /** A field of {@code bytes} bytes at {@code offset}. */
  record Field(int offset, int bytes) {}

  /** Of a header on the class path, whose fields are numbers, each at a multiple of its size. */
  static KernelStruct of(String file, String name) {
    Matcher body =
        Pattern.compile("struct " + name + " \\{(.*?)\\n};", Pattern.DOTALL)
            .matcher(KernelSource.of(file).text());
    if (!body.find()) {
      throw new IllegalStateException("kernel header " + file + " declares no struct " + name);
    }
    Map<String, Field> fields = new LinkedHashMap<>();
    Matcher field = FIELD.matcher(body.group(1));
    int end = 0;
    int alignment = 1;
    while (field.find()) {
      int size = field.group(1).matches(".*(long|double)") ? Long.BYTES : Integer.BYTES;
      int count = field.group(3) == null ? 1 : Integer.parseInt(field.group(3));
      end = roundUp(end, size);
      fields.put(field.group(2), new Field(end, size * count));
      end += size * count;
      alignment = Math.max(alignment, size);
    }
    return new KernelStruct(file, name, fields, roundUp(end, alignment));
  }

  private static int roundUp(int value, int multiple) {
    return (value + multiple - 1) / multiple * multiple;
  }

  /**
   * Offset of a field.
   *
   * @param width bytes that the host writes there
   */
  int at(String field, int width) {
    Field found = fields.get(field);
    if (found == null || found.bytes() != width) {
      throw new IllegalStateException(
          "struct %s of %s: expected a field %s of %d bytes, found %s"
              .formatted(name, file, field, width, found == null ? fields.keySet() : found));
    }
    return found.offset();
  }
}
