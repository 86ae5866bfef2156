package org.zowarmup.device.cuda;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.cuda.global.nvrtc;

/**
 * Loads CUDA's libraries and their bindings, once, and keeps the reason when that fails: the JVM
 * reports the cause of a failed load once, and only NoClassDefFoundError ever after. This is the
 * one place that catches LinkageError.
 */
final class CudaLibraries {
  private static final int MIN_CUDA = 13_000;
  private static final long MIN_CUDNN = 90_000;

  private static final CudaLibraries INSTANCE = load(LibrarySearch.ofThisProcess().find());

  private final Map<CudaLibrary, Path> paths;
  private final Map<CudaLibrary, String> versions;
  private final String failure;
  private final Throwable cause;

  private CudaLibraries(
      Map<CudaLibrary, Path> paths,
      Map<CudaLibrary, String> versions,
      String failure,
      Throwable cause) {
    this.paths = paths;
    this.versions = versions;
    this.failure = failure;
    this.cause = cause;
  }

  static CudaLibraries get() {
    return INSTANCE;
  }

  /** Null when everything loaded; else what is missing or wrong, and what to do. */
  String failure() {
    return failure;
  }

  Throwable cause() {
    return cause;
  }

  private static CudaLibraries load(Map<CudaLibrary, Path> found) {
    Map<CudaLibrary, Path> paths = new EnumMap<>(CudaLibrary.class);
    paths.putAll(found);
    Map<CudaLibrary, String> versions = new EnumMap<>(CudaLibrary.class);
    try {
      for (CudaLibrary library : CudaLibrary.values()) {
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
  private static void readVersions(Map<CudaLibrary, String> versions) {
    int[] number = new int[1];
    if (cudart.cudaDriverGetVersion(number) == cudart.cudaSuccess && number[0] > 0) {
      versions.put(CudaLibrary.DRIVER, "for CUDA " + cudaVersion(number[0]));
    }
    if (cudart.cudaRuntimeGetVersion(number) == cudart.cudaSuccess) {
      versions.put(CudaLibrary.RUNTIME, cudaVersion(number[0]));
    }
    int[] minor = new int[1];
    if (nvrtc.nvrtcVersion(number, minor) == nvrtc.NVRTC_SUCCESS) {
      versions.put(CudaLibrary.NVRTC, number[0] + "." + minor[0]);
    }
    long lt = cublas.cublasLtGetVersion();
    versions.put(CudaLibrary.CUBLAS_LT, cublasVersion(lt));
    versions.put(CudaLibrary.CUBLAS, cublasVersion(lt)); // the two come as a pair
    long dnn = cudnn.cudnnGetVersion();
    versions.put(CudaLibrary.CUDNN, dnn / 10_000 + "." + dnn / 100 % 100 + "." + dnn % 100);
  }

  private static String cudaVersion(int number) {
    return number / 1000 + "." + number % 1000 / 10;
  }

  private static String cublasVersion(long number) {
    return number / 10_000 + "." + number / 100 % 100 + "." + number % 100;
  }

  private static String tooOld(Map<CudaLibrary, String> versions) {
    int[] number = new int[1];
    cudart.cudaRuntimeGetVersion(number);
    if (number[0] < MIN_CUDA) {
      return "needs cudart 13.0 or newer, found " + versions.get(CudaLibrary.RUNTIME);
    }
    if (cudnn.cudnnGetVersion() < MIN_CUDNN) {
      return "needs cuDNN 9.0 or newer, found " + versions.get(CudaLibrary.CUDNN);
    }
    return null;
  }

  private static String missing(Map<CudaLibrary, Path> paths, Throwable e) {
    Map<String, List<CudaLibrary>> byAdvice = new LinkedHashMap<>();
    for (CudaLibrary library : CudaLibrary.values()) {
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
                        group.stream().map(CudaLibrary::soname).collect(joining(", ")),
                        CudaLibrary.howToGet(group)))
        .collect(joining("; "));
  }

  /** Paths under which the libraries are in this process: what really runs. */
  private static Map<CudaLibrary, Path> mapped() {
    Map<CudaLibrary, Path> mapped = new EnumMap<>(CudaLibrary.class);
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      lines
          .map(line -> line.indexOf('/') < 0 ? "" : line.substring(line.indexOf('/')))
          .filter(path -> path.contains("/lib"))
          .distinct()
          .forEach(
              path -> {
                String file = path.substring(path.lastIndexOf('/') + 1);
                for (CudaLibrary library : CudaLibrary.values()) {
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

  /** Names and versions for provenance. */
  Map<String, String> versions() {
    Map<String, String> named = new LinkedHashMap<>();
    versions.forEach((library, version) -> named.put(library.title(), version));
    return named;
  }

  /** A line a library: its version and path; where nothing else says so, how to get it. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (CudaLibrary library : CudaLibrary.values()) {
      if (!library.isListed()) {
        continue;
      }
      Path path = paths.get(library);
      if (path == null && failure != null && library.isRequired()) {
        continue; // the failure says it
      }
      String version = versions.containsKey(library) ? " " + versions.get(library) : "";
      lines.add(
          library.title()
              + version
              + ": "
              + (path == null
                  ? "not found; " + CudaLibrary.howToGet(List.of(library))
                  : path.toString()));
    }
    return lines;
  }
}
