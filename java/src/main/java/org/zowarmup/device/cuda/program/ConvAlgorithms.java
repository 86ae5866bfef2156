package org.zowarmup.device.cuda.program;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.zowarmup.device.cuda.driver.CudaLibraries;
import org.zowarmup.device.cuda.driver.Gpu;
import org.zowarmup.device.cuda.kernel.KernelCache;

/**
 * The algorithms that cuDNN runs convolutions with on one GPU: the fastest that is deterministic
 * and has run, timed once for each direction, layer, shape, batch and precision, and kept on disk
 * beside the compiled kernels for this model of GPU and version of cuDNN. So every lane and every
 * later run takes the same, and computes the same bits. A file tells what each candidate answered.
 * A run that was started with other choices keeps them.
 */
public final class ConvAlgorithms {
  private static final ObjectMapper JSON = new ObjectMapper();
  static final String RAN = "ran";

  /** Two whose times differ by less than this are taken for equally fast. */
  private static final double NOISE = 0.03;

  private final Path folder;
  private final Map<String, Found> known = new LinkedHashMap<>();
  private final Map<String, String> preferred = new HashMap<>();

  /**
   * What cuDNN offers for a layer.
   *
   * @param algorithm cuDNN's number
   * @param math its math type
   * @param status {@value #RAN}, or why it cannot be taken
   * @param workspace bytes
   * @param us microseconds, 0 where it did not run
   * @param taken whether it is the one
   */
  record Candidate(
      int algorithm, int math, String status, long workspace, double us, boolean taken) {
    boolean ran() {
      return status.equals(RAN);
    }

    private Candidate take(boolean take) {
      return new Candidate(algorithm, math, status, workspace, us, take);
    }

    /** What decides the bits, for people and for a run's identity. */
    private String choice() {
      return "algorithm %d, math type %d, workspace %d bytes".formatted(algorithm, math, workspace);
    }

    @Override
    public String toString() {
      return "%d with math type %d: %s".formatted(algorithm, math, status);
    }
  }

  /**
   * All candidates for a layer.
   *
   * @param layer direction, layer, shape, batch and precision
   */
  record Found(String layer, List<Candidate> candidates) {
    /** The one to run with, or null. */
    Candidate taken() {
      return candidates.stream().filter(Candidate::taken).findFirst().orElse(null);
    }

    /** The same with another choice, where that ran here. */
    private Found taking(String choice) {
      return candidates.stream().noneMatch(c -> c.ran() && c.choice().equals(choice))
          ? this
          : new Found(
              layer,
              candidates.stream().map(c -> c.take(c.ran() && c.choice().equals(choice))).toList());
    }
  }

  ConvAlgorithms(Gpu gpu, Path folder) {
    String versions = gpu.model() + " cuDNN " + CudaLibraries.get().versions().get("cuDNN");
    this.folder = folder.resolve(versions.replaceAll("[^A-Za-z0-9.]+", "-"));
  }

  /** What is known of a layer, after {@code survey} where nothing is known yet. */
  Found of(String layer, Supplier<List<Candidate>> survey) {
    synchronized (known) {
      Found found = known.get(layer);
      if (found == null) {
        Path file = folder.resolve(KernelCache.nameOf(layer) + ".json");
        found = read(file, layer);
        if (found == null) {
          KernelCache.forget(file); // a damaged one
          Found own = new Found(layer, choose(survey.get()));
          write(file, own);
          Found first = read(file, layer); // another process's or GPU's, where it came first
          found = first == null ? own : first;
        }
        found = found.taking(preferred.getOrDefault(layer, ""));
        known.put(layer, found);
      }
      return found;
    }
  }

  /** The fastest; of those that are about as fast, the first in cuDNN's order. */
  static List<Candidate> choose(List<Candidate> candidates) {
    double least =
        candidates.stream().filter(Candidate::ran).mapToDouble(Candidate::us).min().orElse(0);
    List<Candidate> chosen = new ArrayList<>();
    boolean taken = false;
    for (Candidate candidate : candidates) {
      boolean take = !taken && candidate.ran() && candidate.us() <= least * (1 + NOISE);
      chosen.add(candidate.take(take));
      taken |= take;
    }
    return chosen;
  }

  private static Found read(Path file, String layer) {
    try {
      Found found = JSON.readValue(Files.readAllBytes(file), Found.class);
      boolean sound = found != null && found.candidates() != null && found.taken() != null;
      return sound && layer.equals(found.layer()) ? found : null;
    } catch (IOException e) {
      return null; // not there yet, damaged, or not for this user: it is found out again
    }
  }

  private static void write(Path file, Found found) {
    try {
      KernelCache.publishFirst(
          file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(found));
    } catch (IOException e) {
      throw new IllegalStateException("what cuDNN offers for " + found.layer(), e);
    }
  }

  /** Has layers take what was chosen for them elsewhere, where it runs here. */
  public void prefer(Map<String, String> choices) {
    synchronized (known) {
      preferred.putAll(choices);
    }
  }

  /** Algorithm, math type and workspace by layer, of all that was compiled so far. */
  public Map<String, String> taken() {
    Map<String, String> taken = new LinkedHashMap<>();
    synchronized (known) {
      for (Found found : known.values()) {
        Candidate c = found.taken();
        if (c != null) {
          taken.put(found.layer(), c.choice());
        }
      }
    }
    return taken;
  }
}
