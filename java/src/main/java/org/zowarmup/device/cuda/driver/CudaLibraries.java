package org.zowarmup.device.cuda.driver;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.cuda.global.nvrtc;
import org.zowarmup.error.DeviceUnavailableException;

/**
 * Loads CUDA's libraries and their bindings, once, and keeps the reason when that fails: the JVM
 * reports the cause of a failed load once, and only NoClassDefFoundError ever after. This is the
 * one place that catches LinkageError.
 */
public final class CudaLibraries {
  private static final int MIN_CUDA = 13_000;
  private static final long MIN_CUDNN = 90_000;

  private static final CudaLibraries INSTANCE = load(LibrarySearch.ofThisProcess().find());

  private final Map<Library, Path> paths;
  private final Map<Library, String> versions;
  private final String failure;
  private final Throwable cause;
  private String nvrtcFailure; // empty once NVRTC is loaded, null before it was tried
  private String nvrtcVersion = "";

  private CudaLibraries(
      Map<Library, Path> paths, Map<Library, String> versions, String failure, Throwable cause) {
    this.paths = paths;
    this.versions = versions;
    this.failure = failure;
    this.cause = cause;
  }

  public static CudaLibraries get() {
    return INSTANCE;
  }

  /** Null when everything loaded; else what is missing or wrong, and what to do. */
  public String failure() {
    return failure;
  }

  public Throwable cause() {
    return cause;
  }

  /**
   * Loads NVRTC, which only compiles what does not come compiled, at the first call.
   *
   * @return null where it is loaded; else what is missing or wrong, and what to do
   */
  public synchronized String nvrtcFailure() {
    if (nvrtcFailure == null) {
      nvrtcFailure = "";
      try {
        Path path = paths.get(Library.NVRTC);
        if (path != null) {
          // which NVRTC opens by its name alone, in no folder of its own
          LibrarySearch.builtins(path).forEach(p -> System.load(p.toString()));
          System.load(path.toAbsolutePath().toString());
        }
        int[] major = new int[1];
        int[] minor = new int[1];
        CudaStatus.nvrtc(nvrtc.nvrtcVersion(major, minor), "nvrtcVersion");
        nvrtcVersion = major[0] + "." + minor[0];
        mapped().forEach(paths::putIfAbsent);
      } catch (LinkageError | RuntimeException e) {
        nvrtcFailure =
            paths.containsKey(Library.NVRTC)
                ? "does not load: " + e.getMessage()
                : "%s not found (%s)"
                    .formatted(Library.NVRTC.soname(), Library.howToGet(List.of(Library.NVRTC)));
      }
    }
    return nvrtcFailure.isEmpty() ? null : nvrtcFailure;
  }

  /** Major and minor version of NVRTC, which is loaded for it. */
  public synchronized String nvrtcVersion() {
    String missing = nvrtcFailure();
    if (missing != null) {
      throw new DeviceUnavailableException("NVRTC: " + missing);
    }
    return nvrtcVersion;
  }

  private static CudaLibraries load(Map<Library, Path> found) {
    Map<Library, Path> paths = new EnumMap<>(Library.class);
    paths.putAll(found);
    Map<Library, String> versions = new EnumMap<>(Library.class);
    try {
      for (Library library : Library.values()) {
        if (library.isRequired() && found.containsKey(library)) {
          // by path: a library that is loaded under its name satisfies all that need the name
          System.load(found.get(library).toAbsolutePath().toString());
        }
      }
      readVersions(versions);
      mapped().forEach(paths::putIfAbsent);
      return new CudaLibraries(paths, versions, tooOld(versions), null);
    } catch (LinkageError | RuntimeException e) {
      mapped().forEach(paths::putIfAbsent);
      return new CudaLibraries(paths, versions, missing(paths, e), e);
    }
  }

  /** The first use of every binding, so that each loads here or nowhere. */
  private static void readVersions(Map<Library, String> versions) {
    int[] number = new int[1];
    if (cudart.cudaDriverGetVersion(number) == cudart.cudaSuccess && number[0] > 0) {
      versions.put(Library.DRIVER, "for CUDA " + cudaVersion(number[0]));
    }
    if (cudart.cudaRuntimeGetVersion(number) == cudart.cudaSuccess) {
      versions.put(Library.RUNTIME, cudaVersion(number[0]));
    }
    long lt = cublas.cublasLtGetVersion();
    versions.put(Library.CUBLAS_LT, cublasVersion(lt));
    versions.put(Library.CUBLAS, cublasVersion(lt)); // the two come as a pair
    long dnn = cudnn.cudnnGetVersion();
    versions.put(Library.CUDNN, dnn / 10_000 + "." + dnn / 100 % 100 + "." + dnn % 100);
  }

  private static String cudaVersion(int number) {
    return number / 1000 + "." + number % 1000 / 10;
  }

  private static String cublasVersion(long number) {
    return number / 10_000 + "." + number / 100 % 100 + "." + number % 100;
  }

  private static String tooOld(Map<Library, String> versions) {
    int[] number = new int[1];
    cudart.cudaRuntimeGetVersion(number);
    if (number[0] < MIN_CUDA) {
      return "needs cudart 13.0 or newer, found " + versions.get(Library.RUNTIME);
    }
    if (cudnn.cudnnGetVersion() < MIN_CUDNN) {
      return "needs cuDNN 9.0 or newer, found " + versions.get(Library.CUDNN);
    }
    return null;
  }

  private static String missing(Map<Library, Path> paths, Throwable e) {
    Map<String, List<Library>> byAdvice = new LinkedHashMap<>();
    for (Library library : Library.values()) {
      if (library.isRequired() && library.isListed() && !paths.containsKey(library)) {
        byAdvice.computeIfAbsent(library.advice(), a -> new ArrayList<>()).add(library);
      }
    }
    if (byAdvice.isEmpty()) {
      return "its libraries do not load: " + e.getClass().getSimpleName() + ": " + e.getMessage();
    }
    return byAdvice.values().stream()
        .map(
            group ->
                "%s not found (%s)"
                    .formatted(
                        group.stream().map(Library::soname).collect(joining(", ")),
                        Library.howToGet(group)))
        .collect(joining("; "));
  }

  /** Paths under which the libraries are in this process: what really runs. */
  private static Map<Library, Path> mapped() {
    Map<Library, Path> mapped = new EnumMap<>(Library.class);
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      lines
          .map(line -> line.indexOf('/') < 0 ? "" : line.substring(line.indexOf('/')))
          .filter(path -> path.contains("/lib"))
          .distinct()
          .forEach(
              path -> {
                String file = path.substring(path.lastIndexOf('/') + 1);
                for (Library library : Library.values()) {
                  if (file.startsWith(library.soname())) {
                    mapped.putIfAbsent(library, Path.of(path));
                  }
                }
              });
    } catch (IOException e) {
      return mapped; // the list is for people; without it the searched paths are shown
    }
    return mapped;
  }

  /** Names and versions for provenance; that of NVRTC is told with what it compiles. */
  public Map<String, String> versions() {
    Map<String, String> named = new LinkedHashMap<>();
    versions.forEach((library, version) -> named.put(library.title(), version));
    return named;
  }

  /** A line a library: its version and path; where nothing else says so, how to get it. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (Library library : Library.values()) {
      if (!library.isListed()) {
        continue;
      }
      Path path = paths.get(library);
      if (path == null && failure != null && library.isRequired()) {
        continue; // the failure says it
      }
      if (library == Library.NVRTC && failure == null) {
        lines.add(nvrtcLine());
        continue;
      }
      String version = versions.containsKey(library) ? " " + versions.get(library) : "";
      lines.add(
          library.title()
              + version
              + ": "
              + (path == null
                  ? "not found; " + Library.howToGet(List.of(library))
                  : path.toString()));
    }
    return lines;
  }

  private String nvrtcLine() {
    String missing = nvrtcFailure();
    return missing == null
        ? "%s %s: %s".formatted(Library.NVRTC.title(), nvrtcVersion, paths.get(Library.NVRTC))
        : "%s: %s; only kernels that do not come compiled need it"
            .formatted(Library.NVRTC.title(), missing);
  }

  /**
   * The shared libraries that the CUDA device needs, in the order in which they must be loaded.
   * None of them comes with this program.
   */
  enum Library {
    DRIVER(
        "NVIDIA driver",
        "libcuda.so.1",
        "install the NVIDIA driver, 580 or newer for CUDA 13, or start the job on a node with a"
            + " GPU",
        ""),
    RUNTIME("cudart", "libcudart.so.13", Advice.TOOLKIT, "nvidia-cuda-runtime"),
    NVRTC("NVRTC", "libnvrtc.so.13", Advice.TOOLKIT, "nvidia-cuda-nvrtc"),
    CUBLAS_LT("cuBLASLt", "libcublasLt.so.13", Advice.TOOLKIT, "nvidia-cublas"),
    CUBLAS("cuBLAS", "libcublas.so.13", Advice.TOOLKIT, "nvidia-cublas"),
    CUDNN_GRAPH("cuDNN graph", "libcudnn_graph.so.9", Advice.CUDNN, "nvidia-cudnn-cu13"),
    CUDNN_OPS("cuDNN ops", "libcudnn_ops.so.9", Advice.CUDNN, "nvidia-cudnn-cu13"),
    CUDNN_CNN("cuDNN cnn", "libcudnn_cnn.so.9", Advice.CUDNN, "nvidia-cudnn-cu13"),
    CUDNN_ADV("cuDNN adv", "libcudnn_adv.so.9", Advice.CUDNN, "nvidia-cudnn-cu13"),
    CUDNN("cuDNN", "libcudnn.so.9", Advice.CUDNN, "nvidia-cudnn-cu13"),
    /** Only several GPUs need it; it is listed, never loaded here. */
    NCCL("NCCL", "libnccl.so.2", "install NCCL; only several GPUs need it", "nvidia-nccl-cu13");

    private final String title;
    private final String soname;
    private final String advice;
    private final String wheel;

    Library(String title, String soname, String advice, String wheel) {
      this.title = title;
      this.soname = soname;
      this.advice = advice;
      this.wheel = wheel;
    }

    /** The name that people use. */
    String title() {
      return title;
    }

    /** The name that the dynamic linker looks for. */
    String soname() {
      return soname;
    }

    /** Advice to a user where these, which come from one place, are missing. */
    static String howToGet(Collection<Library> missing) {
      String wheels =
          missing.stream()
              .map(library -> library.wheel)
              .filter(name -> !name.isEmpty())
              .distinct()
              .collect(joining(" "));
      String advice = missing.iterator().next().advice;
      return wheels.isEmpty() ? advice : advice + ", or pip install " + wheels;
    }

    /** Libraries with the same advice come together. */
    String advice() {
      return advice;
    }

    /** True if the device cannot start without it. */
    boolean isRequired() {
      return this != NCCL && this != NVRTC;
    }

    /**
     * True if it is worth a line of its own in a list; the parts of cuBLAS and cuDNN come together.
     */
    boolean isListed() {
      return this != CUBLAS_LT && !name().startsWith("CUDNN_");
    }

    private static final class Advice {
      static final String TOOLKIT = "install the CUDA toolkit 13, or `module load cuda/13`";
      static final String CUDNN = "install cuDNN 9 for CUDA 13, or `module load cudnn`";
    }
  }
}
