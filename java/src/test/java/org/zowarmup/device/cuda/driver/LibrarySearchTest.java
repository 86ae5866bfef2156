package org.zowarmup.device.cuda.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.device.cuda.driver.CudaLibraries.Library;

final class LibrarySearchTest {
  @TempDir Path root;

  private Path file(String path) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.exists(file) ? file : Files.createFile(file);
  }

  private Map<Library, Path> find(Map<String, String> environment, String preloadPath) {
    return new LibrarySearch(environment, preloadPath, root).find();
  }

  @Test
  void aToolkitIsFoundUnderItsUsualName() throws IOException {
    Path cudart = file("usr/local/cuda-13.0/lib64/libcudart.so.13");
    assertEquals(Map.of(Library.RUNTIME, cudart), find(Map.of(), ""));
  }

  @Test
  void theNewerToolkitComesFirstAndALoadedModuleBeforeBoth() throws IOException {
    file("usr/local/cuda-13.0/lib64/libcudart.so.13");
    Path newer = file("usr/local/cuda-13.1/lib64/libcudart.so.13");
    assertEquals(newer, find(Map.of(), "").get(Library.RUNTIME));
    Path module = file("apps/cuda/13/lib64/libcudart.so.13");
    Map<String, String> loaded = Map.of("CUDA_HOME", root.resolve("apps/cuda/13").toString());
    assertEquals(module, find(loaded, "").get(Library.RUNTIME));
  }

  @Test
  void wheelsOfTheActiveEnvironmentAreFound() throws IOException {
    String site = "venv/lib/python3.11/site-packages/nvidia/";
    Path cublas = file(site + "cu13/lib/libcublas.so.13");
    Path cudnn = file(site + "cudnn/lib/libcudnn.so.9");
    Map<Library, Path> found = find(Map.of("VIRTUAL_ENV", root.resolve("venv").toString()), "");
    assertEquals(Map.of(Library.CUBLAS, cublas, Library.CUDNN, cudnn), found);
  }

  @Test
  void wheelsOfTheUserAreFound() throws IOException {
    Path nccl = file("home/.local/lib/python3.12/site-packages/nvidia/nccl/lib/libnccl.so.2");
    assertEquals(nccl, find(Map.of("HOME", root.resolve("home").toString()), "").get(Library.NCCL));
  }

  @Test
  void environmentsThatAreNotActiveAreFound() throws IOException {
    String wheel = "lib/python3.12/site-packages/nvidia/cu13/lib/libcublas.so.13";
    for (String place : List.of("opt/conda", "opt/torch/.venv", "venv", "home/.venv", "job/venv")) {
      Path found = file(place + "/" + wheel);
      Map<String, String> environment =
          Map.of("HOME", root.resolve("home").toString(), "PWD", root.resolve("job").toString());
      assertEquals(Map.of(Library.CUBLAS, found), find(environment, ""), place);
      Files.delete(found);
    }
    // of another name, but its Python is the one that a shell finds
    Path found = file("data/mine/" + wheel);
    file("data/mine/bin/python3");
    Map<String, String> path = Map.of("PATH", "/nowhere:" + root.resolve("data/mine/bin"));
    assertEquals(Map.of(Library.CUBLAS, found), find(path, ""));
  }

  @Test
  void theDriversOwnFoldersAreSearched() throws IOException {
    Path driver = file("usr/local/nvidia/lib64/libcuda.so.1");
    assertEquals(Map.of(Library.DRIVER, driver), find(Map.of(), ""));
  }

  @Test
  void builtinsAreThoseBesideNvrtc() throws IOException {
    Path nvrtc = file("opt/one/libnvrtc.so.13");
    Path builtins = file("opt/one/libnvrtc-builtins.so.13.1");
    file("opt/one/libnvrtc-builtins.so.12.9");
    file("opt/one/libnvrtc-builtins.so.13.1.debug");
    file("opt/one/libnvrtc-builtins.so.13.1.log");
    assertEquals(List.of(builtins), LibrarySearch.builtins(nvrtc));
  }

  @Test
  void theLinkersPathComesBeforeAToolkitAndThePreloadPathBeforeAll() throws IOException {
    file("usr/local/cuda/lib64/libnvrtc.so.13");
    Path linker = file("opt/one/libnvrtc.so.13");
    Map<String, String> environment =
        Map.of("LD_LIBRARY_PATH", root.resolve("nowhere") + ":" + root.resolve("opt/one"));
    assertEquals(linker, find(environment, "").get(Library.NVRTC));
    Path preload = file("opt/two/libnvrtc.so.13");
    assertEquals(preload, find(environment, root.resolve("opt/two").toString()).get(Library.NVRTC));
  }

  @Test
  void aFolderWithTheNameOfALibraryIsNone() throws IOException {
    Files.createDirectories(root.resolve("usr/lib64/libcuda.so.1"));
    assertFalse(find(Map.of(), "").containsKey(Library.DRIVER));
  }
}
