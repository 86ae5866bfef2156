package org.zowarmup.device.cuda.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.zowarmup.device.Owned;
import org.zowarmup.device.cuda.driver.CudaLibraries;
import org.zowarmup.device.cuda.driver.CudaStatus;
import org.zowarmup.error.UnsupportedException;

/**
 * A kernel source with the headers that it includes, read from the class path.
 *
 * @param headers text by name, of everything that is included, in the order of their names
 */
public record KernelSource(String file, String text, Map<String, String> headers) {
  private static final String FOLDER = "/org/zowarmup/kernels/";
  private static final Pattern INCLUDE =
      Pattern.compile("^#include \"([^\"]+)\"", Pattern.MULTILINE);

  public static KernelSource of(String file) {
    String text = resource(file);
    Map<String, String> headers = new TreeMap<>();
    collect(text, headers);
    return new KernelSource(file, text, headers);
  }

  /** True if it has another form for bf16 activations. */
  boolean isTyped() {
    return text.contains("act_t");
  }

  /** The entry point of this name. */
  KernelSignature signature(String kernel) {
    return KernelSignature.of(file, text).stream()
        .filter(signature -> signature.name().equals(kernel))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "kernel source " + file + " declares no kernel " + kernel + " with its grid"));
  }

  /** The value of a {@code constexpr int} of this source or of its headers. */
  public int constant(String name) {
    Pattern line = Pattern.compile("constexpr int " + name + " = (-?\\d+);");
    return Stream.concat(Stream.of(text), headers.values().stream())
        .map(line::matcher)
        .filter(Matcher::find)
        .mapToInt(found -> Integer.parseInt(found.group(1)))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("kernel source " + file + " has no " + name));
  }

  /** Major and minor version of NVRTC, which is loaded at the first call. */
  static String compilerVersion() {
    return CudaLibraries.get().nvrtcVersion();
  }

  /**
   * What to compile for: the GPU itself, or where this NVRTC is older than the GPU, the newest
   * virtual architecture that it knows, which the driver compiles further.
   */
  static String architecture(int capability) {
    String version = compilerVersion(); // which loads it
    int[] count = new int[1];
    CudaStatus.nvrtc(nvrtc.nvrtcGetNumSupportedArchs(count), "nvrtcGetNumSupportedArchs");
    int[] known = new int[count[0]];
    CudaStatus.nvrtc(nvrtc.nvrtcGetSupportedArchs(known), "nvrtcGetSupportedArchs");
    if (Arrays.stream(known).anyMatch(arch -> arch == capability)) {
      return "sm_" + capability;
    }
    return "compute_"
        + Arrays.stream(known)
            .filter(arch -> arch < capability)
            .max()
            .orElseThrow(
                () ->
                    new UnsupportedException(
                        "NVRTC %s: expected one that compiles for compute capability %d.%d, found %s"
                            .formatted(
                                version,
                                capability / 10,
                                capability % 10,
                                Arrays.toString(known))));
  }

  /** Code for one architecture, by NVRTC: of the machine, or PTX; needs no GPU. */
  byte[] compile(List<String> options) {
    String version = compilerVersion(); // which loads it
    List<String> names = new ArrayList<>(headers.keySet());
    List<String> texts = new ArrayList<>(headers.values());
    _nvrtcProgram program = new _nvrtcProgram();
    try (BytePointer body = new BytePointer(text);
        BytePointer name = new BytePointer(file);
        PointerPointer<BytePointer> contents = new PointerPointer<>(texts.toArray(new String[0]));
        PointerPointer<BytePointer> included = new PointerPointer<>(names.toArray(new String[0]))) {
      CudaStatus.nvrtc(
          nvrtc.nvrtcCreateProgram(program, body, name, names.size(), contents, included),
          "nvrtcCreateProgram of " + file);
      try (Owned.Handle destroy =
          () -> CudaStatus.nvrtc(nvrtc.nvrtcDestroyProgram(program), "nvrtcDestroyProgram")) {
        return image(program, options, version);
      }
    }
  }

  private byte[] image(_nvrtcProgram program, List<String> options, String version) {
    try (PointerPointer<BytePointer> words = new PointerPointer<>(options.toArray(new String[0]));
        SizeTPointer size = new SizeTPointer(1)) {
      int code = nvrtc.nvrtcCompileProgram(program, options.size(), words);
      if (code != nvrtc.NVRTC_SUCCESS) {
        CudaStatus.nvrtc(code, "NVRTC " + version + " on " + file + ":\n" + log(program) + "\n");
      }
      boolean ptx = options.stream().anyMatch(option -> option.contains("=compute_"));
      CudaStatus.nvrtc(
          ptx ? nvrtc.nvrtcGetPTXSize(program, size) : nvrtc.nvrtcGetCUBINSize(program, size),
          "size of the code of " + file);
      byte[] image = new byte[Math.toIntExact(size.get())];
      try (BytePointer bytes = new BytePointer(image.length)) {
        CudaStatus.nvrtc(
            ptx ? nvrtc.nvrtcGetPTX(program, bytes) : nvrtc.nvrtcGetCUBIN(program, bytes),
            "code of " + file);
        bytes.get(image);
      }
      return image;
    }
  }

  private static String log(_nvrtcProgram program) {
    try (SizeTPointer size = new SizeTPointer(1)) {
      CudaStatus.nvrtc(nvrtc.nvrtcGetProgramLogSize(program, size), "nvrtcGetProgramLogSize");
      try (BytePointer log = new BytePointer(size.get())) {
        CudaStatus.nvrtc(nvrtc.nvrtcGetProgramLog(program, log), "nvrtcGetProgramLog");
        return log.getString().replace("\0", "").strip();
      }
    }
  }

  private static void collect(String text, Map<String, String> headers) {
    Matcher include = INCLUDE.matcher(text);
    while (include.find()) {
      String name = include.group(1);
      if (!headers.containsKey(name)) {
        String header = resource(name);
        headers.put(name, header);
        collect(header, headers);
      }
    }
  }

  private static String resource(String name) {
    return new String(bytes(name), StandardCharsets.UTF_8);
  }

  /** A source or a header as it is on the class path. */
  static byte[] bytes(String name) {
    try (InputStream in = KernelSource.class.getResourceAsStream(FOLDER + name)) {
      if (in == null) {
        throw new IllegalStateException("kernel source " + name + " is not on the class path");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("kernel source " + name, e);
    }
  }

  /**
   * Where the fields of a struct of a kernel header lie, read from the header itself: what the host
   * writes into a table is where the device reads it.
   *
   * @param bytes of one struct
   */
  public record Struct(String file, String name, Map<String, Field> fields, int bytes) {
    private static final Pattern FIELD =
        Pattern.compile(
            "(?m)^ *((?:unsigned )?(?:long long|int|float|double)) (\\w+)(?:\\[(\\d+)])?;");

    /** A field of {@code bytes} bytes at {@code offset}. */
    record Field(int offset, int bytes) {}

    /** Of a header on the class path, whose fields are numbers, each at a multiple of its size. */
    public static Struct of(String file, String name) {
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
      return new Struct(file, name, fields, roundUp(end, alignment));
    }

    private static int roundUp(int value, int multiple) {
      return (value + multiple - 1) / multiple * multiple;
    }

    /**
     * Offset of a field.
     *
     * @param width bytes that the host writes there
     */
    public int at(String field, int width) {
      Field found = fields.get(field);
      if (found == null || found.bytes() != width) {
        throw new IllegalStateException(
            "struct %s of %s: expected a field %s of %d bytes, found %s"
                .formatted(name, file, field, width, found == null ? fields.keySet() : found));
      }
      return found.offset();
    }
  }
}
