package org.zowarmup.device.cuda.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiled kernels on disk, a folder for each key: the source with its headers, the options (the
 * architecture among them) and NVRTC's version. A file appears under its name only once it is
 * whole, so that several processes may start at once, and carries a digest, so that a damaged one
 * is compiled anew. Where the folder cannot be written, kernels are compiled at every start.
 */
public final class KernelCache {
  private static final Logger LOG = LoggerFactory.getLogger(KernelCache.class);
  private static final int DIGEST_BYTES = 32;

  private final Path root;

  public KernelCache(Path root) {
    this.root = root;
  }

  /** The folder that ZOWARMUP_CACHE names, else the user's cache (XDG_CACHE_HOME, ~/.cache). */
  public static KernelCache ofThisUser() {
    return new KernelCache(root(System.getenv(), System.getProperty("user.home", ".")));
  }

  /**
   * A file beside the kernels.
   *
   * @param facts that its content holds for, which its name is made of
   */
  public Path beside(String folder, String facts) {
    MessageDigest digest = sha256();
    add(digest, facts);
    return root.resolveSibling(folder).resolve(HexFormat.of().formatHex(digest.digest()) + ".txt");
  }

  static Path root(Map<String, String> environment, String home) {
    String own = environment.getOrDefault("ZOWARMUP_CACHE", "");
    if (!own.isBlank()) {
      return Path.of(own, "kernels");
    }
    String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path caches = xdg.isBlank() ? Path.of(home, ".cache") : Path.of(xdg);
    return caches.resolve("zowarmup").resolve("kernels");
  }

  /** Returns the stored image of a source, else stores and returns what {@code compile} makes. */
  byte[] get(KernelSource source, List<String> options, String version, Supplier<byte[]> compile) {
    Path file = root.resolve(key(source, options, version)).resolve(source.file() + ".cubin");
    byte[] stored = read(file);
    if (stored != null) {
      return stored;
    }
    byte[] image = compile.get();
    write(file, image);
    return image;
  }

  static String key(KernelSource source, List<String> options, String version) {
    MessageDigest digest = sha256();
    add(digest, version);
    options.forEach(option -> add(digest, option));
    add(digest, source.text());
    source
        .headers()
        .forEach(
            (name, text) -> {
              add(digest, name);
              add(digest, text);
            });
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void add(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
    digest.update(bytes);
  }

  private static byte[] read(Path file) {
    try {
      byte[] all = Files.readAllBytes(file);
      if (all.length > DIGEST_BYTES) {
        byte[] image = Arrays.copyOfRange(all, DIGEST_BYTES, all.length);
        if (Arrays.equals(sha256().digest(image), Arrays.copyOf(all, DIGEST_BYTES))) {
          return image;
        }
      }
      LOG.warn("kernel cache: {} is damaged and made anew", file);
      return null;
    } catch (IOException e) {
      return null; // not there yet, or not for this user: it is compiled
    }
  }

  private static void write(Path file, byte[] image) {
    byte[] all = Arrays.copyOf(sha256().digest(image), DIGEST_BYTES + image.length);
    System.arraycopy(image, 0, all, DIGEST_BYTES, image.length);
    publish(file, all);
  }

  /** The folder for what else is found out once a GPU. */
  public Path sibling(String name) {
    return root.resolveSibling(name);
  }

  private static void publish(Path file, byte[] all) {
    publish(
        file,
        all,
        part ->
            Files.move(
                part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING));
  }

  /**
   * Writes a file unless it is there: where several processes find out the same thing at once, all
   * keep what the first has found.
   */
  public static void publishFirst(Path file, byte[] all) {
    publish(
        file,
        all,
        part -> {
          try {
            Files.createLink(file, part);
          } catch (FileAlreadyExistsException e) {
            LOG.debug("{} is there already", file);
          } catch (UnsupportedOperationException | FileSystemException e) {
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE); // a file system without links
          }
        });
  }

  /** Gives a file that is whole its name. */
  private interface Naming {
    void name(Path part) throws IOException;
  }

  /** Writes a file that appears only once it is whole; warns where it cannot. */
  private static void publish(Path file, byte[] all, Naming naming) {
    try {
      Files.createDirectories(file.getParent());
      Path part = Files.createTempFile(file.getParent(), "part", ".tmp");
      try {
        Files.write(part, all);
        naming.name(part);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      String why = e.toString(); // a Throwable would be taken for its stack trace
      LOG.warn(
          "kernel cache: cannot write {} ({}); set ZOWARMUP_CACHE to another folder", file, why);
    }
  }

  /** Removes a file, where this user may. */
  public static void forget(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.debug("cannot remove {}", file, e);
    }
  }

  /** Names a file after a text of any length. */
  public static String nameOf(String text) {
    return HexFormat.of().formatHex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
