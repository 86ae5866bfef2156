package org.zowarmup.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.error.UserErrorException;

/** Native libraries are loaded from no folder that another user could have filled. */
class NativeFolderTest {
  @TempDir Path folder;

  private Path make(String name, String mode) throws IOException {
    Path made = Files.createDirectories(folder.resolve(name));
    Files.setPosixFilePermissions(made, PosixFilePermissions.fromString(mode));
    return made;
  }

  /** As /tmp is: all can write, no one can rename another's. */
  private Path temporary() throws IOException {
    Path made = make("tmp", "rwxrwxrwx");
    Files.setAttribute(made, "unix:mode", 01777);
    return made;
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void anOwnHomeKeepsTheLibraries() throws IOException {
    Path home = make("home", "rwxr-xr-x");
    Path chosen = NativeFolder.choose(home, temporary());
    assertEquals(home.toRealPath().resolve(".javacpp/cache"), chosen);
    assertEquals("rwx------", mode(chosen));
    assertEquals("rwx------", mode(chosen.getParent()));
    assertEquals(chosen, NativeFolder.choose(home, folder.resolve("tmp")));
  }

  @Test
  void whatOthersCanWriteToOrLinkIsNotTaken() throws IOException {
    Path temporary = temporary();
    make("a/.javacpp/cache", "rwxrwxr-x");
    make("b/.javacpp", "rwxrwxrwx");
    make("c", "rwxrwx---");
    Files.createSymbolicLink(make("d", "rwx------").resolve(".javacpp"), make("else", "rwx------"));
    make("e/.javacpp", "rwx------");
    Files.writeString(folder.resolve("e/.javacpp/cache"), "a file");
    for (String home : List.of("a", "b", "c", "d", "e", "missing")) {
      Path chosen = NativeFolder.choose(folder.resolve(home), temporary);
      assertEquals(temporary.toRealPath(), chosen.getParent(), home);
      assertEquals("rwx------", mode(chosen), home);
    }
    try (Stream<Path> found = Files.list(folder.resolve("else"))) {
      assertEquals(0, found.count());
    }
  }

  /** Where another can rename, what was checked is not what is loaded. */
  @Test
  void aFolderThatAnotherCouldSwapIsNotTaken() throws IOException {
    Path open = make("open", "rwxrwxrwx");
    Path home = make("open/home", "rwx------");
    Path chosen = NativeFolder.choose(home, temporary());
    assertEquals(folder.toRealPath().resolve("tmp"), chosen.getParent());
    UserErrorException refused =
        assertThrows(UserErrorException.class, () -> NativeFolder.choose(home, open));
    assertTrue(refused.getMessage().contains(open.toRealPath() + ", where"), refused.getMessage());
    if (Files.getOwner(folder).getName().equals("root")) {
      Path theirs = temporary();
      Files.setOwner(
          theirs,
          folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
      assertThrows(UserErrorException.class, () -> NativeFolder.choose(home, theirs));
    }
  }

  /** JavaCPP goes to the temporary folder when it cannot use the one that was named. */
  @Test
  void aNamedFolderIsOwnOrRefused() throws IOException {
    Path own = folder.toRealPath().resolve("own");
    assertEquals(own, NativeFolder.named(own.toString()));
    assertEquals("rwx------", mode(own));
    Files.createSymbolicLink(folder.resolve("link"), own);
    assertEquals(own, NativeFolder.named(folder.resolve("link").toString()));
    make("shared", "rwxrwxrwx");
    make("shared/inner", "rwx------");
    Files.writeString(folder.resolve("file"), "");
    for (String name : List.of("none/x", "file", "file/x", "shared", "shared/inner")) {
      String at = folder.resolve(name).toString();
      UserErrorException refused =
          assertThrows(UserErrorException.class, () -> NativeFolder.named(at), name);
      assertTrue(refused.getMessage().startsWith("-D" + NativeFolder.PROPERTY + "=" + at), name);
    }
  }

  @Test
  void withoutAnyFolderItIsRefused() {
    Path none = folder.resolve("none");
    UserErrorException refused =
        assertThrows(UserErrorException.class, () -> NativeFolder.choose(none, none));
    assertTrue(refused.getMessage().contains("-D" + NativeFolder.PROPERTY + "=DIR"));
  }

  /** What the process of the second user runs. */
  public static final class Shown {
    private Shown() {}

    public static void main(String[] words) {
      NativeFolder.choose();
      System.out.println(System.getProperty(NativeFolder.PROPERTY));
    }
  }

  /** One user plants the folder that JavaCPP would take for another user without a home. */
  @Test
  void anotherUsersFolderIsNotTaken() throws Exception {
    Path planted = make("tmp/.javacpp-nobody/cache", "rwxrwxrwx");
    assumeTrue(Set.of("root").contains(Files.getOwner(planted).getName()), "needs root");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "needs setpriv");
    Files.writeString(planted.resolve("libplanted.so"), "planted");
    temporary();
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    // the second user may not read where this was built
    Path classes = make("classes", "rwxr-xr-x");
    for (String entry : System.getProperty("java.class.path").split(":", -1)) {
      Path from = Path.of(entry);
      if (Files.isDirectory(from) || entry.contains("slf4j-api")) {
        copy(from, classes);
      }
    }
    List<String> command =
        List.of(
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-Duser.home=/nonexistent",
            "-Djava.io.tmpdir=" + folder.resolve("tmp"),
            "-cp",
            classes + ":" + classes + "/*",
            Shown.class.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    String last = said.lines().reduce((a, b) -> b).orElseThrow();
    assertTrue(last.contains("/tmp/zowarmup-native-"), said);
    assertFalse(Files.exists(Path.of(last)), "it is removed when the process ends");
    assertEquals("[libplanted.so]", names(planted).toString());
  }

  private static Set<String> names(Path of) throws IOException {
    try (Stream<Path> files = Files.list(of)) {
      return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  /** Classes of this program, and its logging interface. */
  private static void copy(Path from, Path to) throws IOException {
    if (!Files.isDirectory(from)) {
      Files.copy(from, to.resolve(from.getFileName()));
      return;
    }
    Path wanted = from.resolve("org/zowarmup");
    if (!Files.isDirectory(wanted)) {
      return;
    }
    try (Stream<Path> files = Files.walk(wanted)) {
      for (Path file : files.toList()) {
        String name = from.relativize(file).toString();
        if (name.matches("org(/zowarmup(/(device|error)(/(NativeFolder|UserError).*)?)?)?")) {
          Path target = to.resolve(name);
          if (Files.isDirectory(file)) {
            Files.createDirectories(target);
          } else {
            Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
          }
        }
      }
    }
  }
}
