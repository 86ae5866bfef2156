package org.zowarmup.data.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.zowarmup.data.Folders;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.data.format.bytes.FileNames;
import org.zowarmup.data.image.DirectoryImages.ClassFolders;
import org.zowarmup.error.BadDataException;

/**
 * TinyImageNet as it is downloaded: {@code train/CLASS/images/}, and {@code val/images/} with the
 * class of each file in {@code val/val_annotations.txt}. Its folder {@code test/} has no labels.
 */
final class TinyImageNet {
  private static final String ANNOTATIONS = "val_annotations.txt";
  static final String IMAGES = "images";

  private TinyImageNet() {}

  /** Says whether a folder is laid out like this. */
  static boolean is(Path root) {
    return Files.isRegularFile(root.resolve("val").resolve(ANNOTATIONS))
        && Files.isDirectory(root.resolve("val").resolve(IMAGES));
  }

  /** Says whether it is the file of boxes that lies beside a class's folder of images. */
  static boolean isBoxes(Path file) {
    return file.toString().endsWith("_boxes.txt");
  }

  static DirectoryImages list(Path root) {
    Path trainFolder = root.resolve("train");
    List<Path> folders = Folders.list(trainFolder).stream().filter(Files::isDirectory).toList();
    List<String> names = folders.stream().map(FileNames::of).toList();
    List<Path> files = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    Map<String, Integer> numbers = new HashMap<>();
    for (int c = 0; c < folders.size(); c++) {
      Folders.require(folders.get(c).resolve(IMAGES), "a folder of images, as in TinyImageNet");
      ClassFolders.addImages(folders.get(c).resolve(IMAGES), files);
      while (labels.size() < files.size()) {
        labels.add(c);
      }
      numbers.put(names.get(c), c);
    }
    if (files.isEmpty()) {
      throw new BadDataException(trainFolder, "", "one sub-folder for each class", "none");
    }
    ClassFolders train = new ClassFolders(trainFolder, names, files, array(labels));
    return new DirectoryImages(root, train, validation(root.resolve("val"), names, numbers));
  }

  private static ClassFolders validation(
      Path folder, List<String> names, Map<String, Integer> numbers) {
    Path annotations = folder.resolve(ANNOTATIONS);
    Map<String, Integer> classes = new HashMap<>();
    try {
      for (String line : FileBytes.lines(annotations)) {
        String[] words = line.split("\t", -1);
        Integer number = words.length < 2 ? null : numbers.get(words[1]);
        if (number == null && !line.isBlank()) {
          throw new BadDataException(
              annotations,
              "line " + (classes.size() + 1),
              "a file name, a tab and a class that train/ has",
              words.length < 2 ? "no tab" : words[1]);
        }
        if (number != null) {
          classes.put(words[0], number);
        }
      }
    } catch (IOException e) {
      throw new BadDataException(annotations, "", "a readable text file", e.toString());
    }
    List<Path> files = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    ClassFolders.addImages(folder.resolve(IMAGES), files);
    for (Path file : files) {
      Integer number = classes.get(FileNames.of(file));
      if (number == null) {
        throw new BadDataException(file, "", "a line of it in " + annotations, "none");
      }
      labels.add(number);
    }
    return new ClassFolders(folder, names, files, array(labels));
  }

  private static int[] array(List<Integer> labels) {
    return labels.stream().mapToInt(Integer::intValue).toArray();
  }
}
