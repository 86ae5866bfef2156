package org.zowarmup.executor.ranks;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.nativempi.NativeMpi;

/**
 * Finds the library of MPI that the launcher belongs to, and the shim between it and this program:
 * one that {@link #build} has made, else one that came with the program.
 */
public final class MpiLibrary {
  private static final String OWN = "ZOWARMUP_MPI";
  private static final String SOURCE = "zowarmup_mpi.c";
  private static final int COMPILE_SECONDS = 120;

  /** Binary interfaces, in the order of {@link NativeMpi#kindOf}'s numbers. */
  private enum Kind {
    OPEN_MPI("openmpi", "libmpi.so.40", "libmpi.so.80"),
    MPICH("mpich", "libmpi.so.12", "libmpich.so.12", "libmpi_cray.so.12"),
    STANDARD("abi", "libmpi_abi.so.0");

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    final List<String> libraries;

    final String shim;

    Kind(String name, String... libraries) {
      this.libraries = List.of(libraries);
      this.shim = "libzowarmup_mpi-" + name + ".so";
    }
  }

  private MpiLibrary() {}

  /**
   * Opens a library and its shim; after this the calls of {@link NativeMpi} work.
   *
   * @throws UserErrorException with the cure where there is none
   */
  static void open(Launch launch) {
    open(launch, System.getenv(), folder(System.getenv(), System.getProperty("user.home", ".")));
  }

  private static void open(Launch launch, Map<String, String> environment, Path built) {
    List<String> refused = new ArrayList<>();
    for (String library : candidates(launch, environment)) {
      int kind;
      try (BytePointer name = new BytePointer(library)) {
        kind = NativeMpi.kindOf(name);
      }
      if (kind == 0) {
        refused.add(library + ": " + NativeMpi.why().getString());
        continue;
      }
      Path shim = shim(Kind.values()[kind - 1], built);
      if (shim == null) {
        throw new UserErrorException(
            "started as one of %d ranks by %s: found MPI in %s, but no %s for it in this build; run `zowarmup mpi build` once where mpicc is"
                .formatted(launch.size(), launch.by(), library, Kind.values()[kind - 1].shim));
      }
      if (opens(library, shim)) {
        return;
      }
      refused.add(library + ": " + NativeMpi.why().getString());
    }
    if (!named(environment).isEmpty()) {
      throw new UserErrorException(
          "%s: expected a library of MPI, found %s; name another or unset it"
              .formatted(OWN, String.join("; ", refused)));
    }
    for (Kind kind : Kind.values()) {
      // a cluster's mpicc may have written into the shim where its library is
      Path shim = built.resolve(kind.shim);
      if (Files.exists(shim) && opens(null, shim)) {
        return;
      }
    }
    throw new UserErrorException(
        "started as one of %d ranks by %s, but no library of MPI opens here; load its module (or install openmpi or mpich), or name it in %s; tried %s"
            .formatted(launch.size(), launch.by(), OWN, String.join("; ", refused)));
  }

  private static boolean opens(String libraryOrNull, Path shim) {
    try (BytePointer library = libraryOrNull == null ? null : new BytePointer(libraryOrNull);
        BytePointer file = new BytePointer(shim.toString())) {
      return NativeMpi.open(library, file);
    }
  }

  /** The library that the user named; empty for none. */
  private static String named(Map<String, String> environment) {
    return environment.getOrDefault(OWN, "").strip();
  }

  /** What the user named, else the names of libraries, those first that the launcher belongs to. */
  static Set<String> candidates(Launch launch, Map<String, String> environment) {
    String own = named(environment);
    if (!own.isEmpty()) {
      return Set.of(own);
    }
    String how = environment.getOrDefault("SLURM_MPI_TYPE", "").toLowerCase(Locale.ROOT);
    boolean mpich =
        launch.by().contains("MPICH")
            || launch.by().endsWith("PMI")
            || how.contains("pmi2")
            || how.contains("cray");
    Set<String> names = new LinkedHashSet<>();
    if (mpich) {
      names.addAll(Kind.MPICH.libraries);
      names.addAll(Kind.STANDARD.libraries);
    }
    names.addAll(Kind.OPEN_MPI.libraries);
    names.addAll(Kind.MPICH.libraries);
    names.addAll(Kind.STANDARD.libraries);
    return names;
  }

  /** The shim of a kind; null where there is none. */
  private static Path shim(Kind kind, Path built) {
    Path own = built.resolve(kind.shim);
    if (Files.exists(own)) {
      return own;
    }
    // a release has them unpacked
    for (String folder :
        System.getProperty("java.library.path", "").split(File.pathSeparator, -1)) {
      Path unpacked = Path.of(folder, kind.shim);
      if (!folder.isEmpty() && Files.exists(unpacked)) {
        return unpacked;
      }
    }
    try (InputStream in = NativeMpi.class.getResourceAsStream(kind.shim)) {
      if (in == null) {
        return null;
      }
      // its mapped pages outlive the name, so nothing is left behind
      Path copy = Files.createTempFile("zowarmup-mpi", ".so");
      copy.toFile().deleteOnExit();
      Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      return copy;
    } catch (IOException e) {
      throw new UserErrorException(
          "cannot unpack %s for MPI: %s; set TMPDIR to a folder that can be written to"
              .formatted(kind.shim, e),
          e);
    }
  }

  /** The folder of shims that this user has made: ZOWARMUP_CACHE, else the user's cache. */
  static Path folder(Map<String, String> environment, String home) {
    String own = environment.getOrDefault("ZOWARMUP_CACHE", "");
    if (!own.isBlank()) {
      return Path.of(own, "mpi");
    }
    String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path caches = xdg.isBlank() ? Path.of(home, ".cache") : Path.of(xdg);
    return caches.resolve("zowarmup").resolve("mpi");
  }

  /**
   * Compiles the shim with a cluster's own compiler, for this user.
   *
   * @param compiler {@code mpicc} or its path
   * @return the file that was made
   * @throws UserErrorException with the compiler's words where it fails
   */
  public static Path build(String compiler) {
    Path folder = folder(System.getenv(), System.getProperty("user.home", "."));
    try (InputStream in = NativeMpi.class.getResourceAsStream(SOURCE)) {
      Files.createDirectories(folder);
      Path source = folder.resolve(SOURCE);
      Files.copy(in, source, StandardCopyOption.REPLACE_EXISTING);
      Path made = folder.resolve(".made-" + ProcessHandle.current().pid() + ".so");
      run(
          compiler,
          List.of("-O2", "-shared", "-fPIC", "-fvisibility=hidden"),
          List.of("-o", made.toString(), source.toString()));
      int kind;
      try (BytePointer name = new BytePointer(made.toString())) {
        // the shim brings its library with it, whose symbols are then found through it
        kind = NativeMpi.kindOf(name);
      }
      if (kind == 0) {
        Files.delete(made);
        throw new UserErrorException(
            "%s made a shim that does not open: %s; load the module of its MPI first"
                .formatted(compiler, NativeMpi.why().getString()));
      }
      Path shim = folder.resolve(Kind.values()[kind - 1].shim);
      move(made, shim);
      return shim;
    } catch (IOException e) {
      throw new UserErrorException(
          "cannot write the shim for MPI to %s: %s; set ZOWARMUP_CACHE to another folder"
              .formatted(folder, e.getMessage()),
          e);
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void run(String compiler, List<String> options, List<String> files) {
    List<String> words = new ArrayList<>(List.of(compiler));
    words.addAll(options);
    words.addAll(files);
    try {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(COMPILE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new UserErrorException(
            "%s failed: %s; name the MPI compiler of this cluster with --mpicc"
                .formatted(String.join(" ", words), output.strip()));
      }
    } catch (IOException e) {
      throw new UserErrorException(
          "cannot run %s: %s; load the module of MPI, install its development package, or name the compiler with --mpicc"
              .formatted(compiler, e.getMessage()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserErrorException("interrupted while " + compiler + " was compiling", e);
    }
  }

  /** First line of the library's name for itself. */
  static String version() {
    try (BytePointer text = new BytePointer(8192)) {
      NativeMpi.version(text, 8192);
      return string(text).lines().findFirst().orElse("MPI").strip();
    }
  }

  /** Up to the zero byte; the bindings would take the whole buffer. */
  static String string(BytePointer text) {
    int end = 0;
    while (end < text.capacity() && text.get(end) != 0) {
      end++;
    }
    byte[] bytes = new byte[end];
    text.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
