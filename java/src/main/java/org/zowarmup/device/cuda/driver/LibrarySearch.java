package org.zowarmup.device.cuda.driver;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.zowarmup.device.cuda.driver.CudaLibraries.Library;

/**
 * Where CUDA's libraries lie: the folders of the dynamic linker, of a toolkit ({@code module load}
 * sets CUDA_HOME or LD_LIBRARY_PATH) and of pip's wheels, in this order. What is found is loaded by
 * its path, so that a wheel in a virtual environment serves without LD_LIBRARY_PATH.
 */
final class LibrarySearch {
  /** JavaCPP's name for folders that are searched first. */
  static final String PRELOAD_PATH = "org.bytedeco.javacpp.platform.preloadpath";

  private static final List<String> SYSTEM =
      List.of(
          "usr/lib/x86_64-linux-gnu",
          "usr/lib64",
          "usr/lib",
          "usr/lib/wsl/lib",
          // of drivers: containers, Debian, Red Hat, NixOS
          "usr/local/nvidia/lib64",
          "usr/local/nvidia/lib",
          "usr/lib/x86_64-linux-gnu/nvidia/current",
          "usr/lib64/nvidia",
          "run/opengl-driver/lib");

  private static final List<String> ENVIRONMENTS = List.of(".venv", "venv");

  private final Map<String, String> environment;
  private final String preloadPath;
  private final Path root;

  /**
   * @param root "/" but in tests
   */
  LibrarySearch(Map<String, String> environment, String preloadPath, Path root) {
    this.environment = environment;
    this.preloadPath = preloadPath;
    this.root = root;
  }

  static LibrarySearch ofThisProcess() {
    return new LibrarySearch(System.getenv(), System.getProperty(PRELOAD_PATH, ""), Path.of("/"));
  }

  /** The first place of every library that has one. */
  Map<Library, Path> find() {
    List<Path> folders = folders();
    Map<Library, Path> found = new EnumMap<>(Library.class);
    for (Library library : Library.values()) {
      folders.stream()
          .map(folder -> folder.resolve(library.soname()))
          .filter(Files::isRegularFile)
          .findFirst()
          .ifPresent(path -> found.put(library, path));
    }
    return found;
  }

  /** What NVRTC needs beside itself to compile. */
  static List<Path> builtins(Path nvrtc) {
    // by versions alone: debug symbols and notes may lie there under longer names
    return matches(nvrtc.toAbsolutePath().getParent(), "libnvrtc-builtins.so.13.*").stream()
        .filter(path -> path.getFileName().toString().matches("[^.]+\\.so(\\.\\d+)+"))
        .toList();
  }

  /** Folders that exist, first searched first. */
  List<Path> folders() {
    Set<Path> folders = new LinkedHashSet<>();
    addList(folders, preloadPath);
    addList(folders, environment.getOrDefault("LD_LIBRARY_PATH", ""));
    for (String name : List.of("CUDA_HOME", "CUDA_PATH", "CUDNN_HOME", "CUDNN_PATH")) {
      Path home = path(environment.get(name));
      if (home != null) {
        addToolkit(folders, home);
      }
    }
    addToolkit(folders, at("usr/local/cuda"));
    matches(at("usr/local"), "cuda-13*").forEach(home -> addToolkit(folders, home));
    sitePackages().forEach(site -> addWheels(folders, site));
    Path conda = path(environment.get("CONDA_PREFIX"));
    if (conda != null) {
      folders.add(conda.resolve("lib"));
    }
    SYSTEM.forEach(system -> folders.add(at(system)));
    return folders.stream().filter(Files::isDirectory).toList();
  }

  private Path at(String relative) {
    return root.resolve(relative);
  }

  private static void addToolkit(Set<Path> folders, Path home) {
    folders.add(home.resolve("lib64"));
    folders.add(home.resolve("lib"));
    folders.add(home.resolve("targets/x86_64-linux/lib"));
  }

  /** Wheels of CUDA 13 share nvidia/cu13/lib; cuDNN and NCCL have folders of their own. */
  private static void addWheels(Set<Path> folders, Path site) {
    for (Path vendor : matches(site.resolve("nvidia"), "*")) {
      folders.add(vendor.resolve("lib"));
    }
  }

  /**
   * Folders in which pip installs: of the active environment, of the Python that a shell would
   * find, of environments in the usual places whether or not they are active, of the user and of
   * the system.
   */
  private List<Path> sitePackages() {
    List<Path> sites = new ArrayList<>();
    for (String name : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
      Path environmentRoot = path(environment.get(name));
      if (environmentRoot != null) {
        addPythons(sites, environmentRoot.resolve("lib"));
      }
    }
    for (String entry : environment.getOrDefault("PATH", "").split(":", -1)) {
      Path bin = path(entry);
      // not the file that a link leads to: its folder is that of the environment
      if (bin != null && bin.getParent() != null && Files.exists(bin.resolve("python3"))) {
        addPythons(sites, bin.getParent().resolve("lib"));
      }
    }
    Path home = path(environment.get("HOME"));
    for (Path folder : Arrays.asList(path(environment.get("PWD")), home, root, at("opt"))) {
      if (folder != null) {
        ENVIRONMENTS.forEach(name -> addPythons(sites, folder.resolve(name).resolve("lib")));
      }
    }
    for (Path folder : matches(at("opt"), "*")) {
      addPythons(sites, folder.resolve("lib")); // conda, or an environment of another name
      ENVIRONMENTS.forEach(name -> addPythons(sites, folder.resolve(name).resolve("lib")));
    }
    if (home != null) {
      addPythons(sites, home.resolve(".local/lib"));
    }
    addPythons(sites, at("usr/local/lib"));
    addPythons(sites, at("usr/lib"));
    return sites;
  }

  private static void addPythons(List<Path> sites, Path lib) {
    for (Path python : matches(lib, "python3*")) {
      sites.add(python.resolve("site-packages"));
      sites.add(python.resolve("dist-packages"));
    }
  }

  private static void addList(Set<Path> folders, String list) {
    for (String entry : list.split(":", -1)) {
      Path folder = path(entry);
      if (folder != null) {
        folders.add(folder);
      }
    }
  }

  private static Path path(String text) {
    if (text == null || text.isBlank()) {
      return null;
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      return null; // an entry that names no folder holds no library
    }
  }

  private static List<Path> matches(Path folder, String glob) {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, glob)) {
        entries.forEach(found::add);
      } catch (IOException e) {
        return List.of(); // a folder that may not be read holds nothing for this process
      }
    }
    // the newest name first, and the same order on every file system
    found.sort((a, b) -> b.toString().compareTo(a.toString()));
    return found;
  }
}
