package org.zowarmup.device.cuda;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.zowarmup.device.Owned;

/** NVRTC: kernel sources to machine code for one architecture. Needs no GPU. */
final class KernelCompiler {
  private KernelCompiler() {}

  /** Major and minor version. */
  static String version() {
    int[] major = new int[1];
    int[] minor = new int[1];
    CudaStatus.nvrtc(nvrtc.nvrtcVersion(major, minor), "nvrtcVersion");
    return major[0] + "." + minor[0];
  }

  static byte[] compile(KernelSource source, List<String> options) {
    List<String> names = new ArrayList<>(source.headers().keySet());
    List<String> texts = new ArrayList<>(source.headers().values());
    _nvrtcProgram program = new _nvrtcProgram();
    try (BytePointer text = new BytePointer(source.text());
        BytePointer file = new BytePointer(source.file());
        PointerPointer<BytePointer> headers = new PointerPointer<>(texts.toArray(new String[0]));
        PointerPointer<BytePointer> included = new PointerPointer<>(names.toArray(new String[0]))) {
      CudaStatus.nvrtc(
          nvrtc.nvrtcCreateProgram(program, text, file, names.size(), headers, included),
          "nvrtcCreateProgram of " + source.file());
      try (Owned.Handle destroy =
          () -> CudaStatus.nvrtc(nvrtc.nvrtcDestroyProgram(program), "nvrtcDestroyProgram")) {
        return image(program, source, options);
      }
    }
  }

  private static byte[] image(_nvrtcProgram program, KernelSource source, List<String> options) {
    try (PointerPointer<BytePointer> words = new PointerPointer<>(options.toArray(new String[0]));
        SizeTPointer size = new SizeTPointer(1)) {
      int code = nvrtc.nvrtcCompileProgram(program, options.size(), words);
      if (code != nvrtc.NVRTC_SUCCESS) {
        CudaStatus.nvrtc(
            code, "NVRTC " + version() + " on " + source.file() + ":\n" + log(program) + "\n");
      }
      CudaStatus.nvrtc(nvrtc.nvrtcGetCUBINSize(program, size), "nvrtcGetCUBINSize");
      byte[] image = new byte[Math.toIntExact(size.get())];
      try (BytePointer bytes = new BytePointer(image.length)) {
        CudaStatus.nvrtc(nvrtc.nvrtcGetCUBIN(program, bytes), "nvrtcGetCUBIN");
        bytes.get(image);
      }
      return image;
    }
  }

  private static String log(_nvrtcProgram program) {
    try (SizeTPointer size = new SizeTPointer(1)) {
      CudaStatus.nvrtc(nvrtc.nvrtcGetProgramLogSize(program, size), "nvrtcGetProgramLogSize");
      try (BytePointer text = new BytePointer(size.get())) {
        CudaStatus.nvrtc(nvrtc.nvrtcGetProgramLog(program, text), "nvrtcGetProgramLog");
        return text.getString().replace("\0", "").strip();
      }
    }
  }
}
