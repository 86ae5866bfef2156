package org.zowarmup.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.zowarmup.data.batches.ColumnImages;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.data.format.bytes.Payload;
import org.zowarmup.error.BadDataException;

/**
 * {@code stl10}: the binary files of STL-10 (Coates, Ng and Lee 2011), images of 96x96 and labels
 * from 1 to 10. What has no label is not read.
 */
public final class Stl10Source implements DataSource {
  private static final int SIDE = 96;
  private static final int IMAGE = 3 * SIDE * SIDE;
  private static final int CLASSES = 10;
  private static final String NAMES = "class_names.txt";
  private static final List<String> FILES =
      List.of("train_X.bin", "train_y.bin", "test_X.bin", "test_y.bin");

  @Override
  public String name() {
    return "stl10";
  }

  @Override
  public String expects() {
    return "a folder with " + String.join(", ", FILES);
  }

  @Override
  public boolean recognizes(Path path) {
    return FILES.subList(0, 2).stream().map(path::resolve).allMatch(Files::isRegularFile);
  }

  @Override
  public boolean holds(String member) {
    String name = member.substring(member.lastIndexOf('/') + 1);
    return FILES.contains(name) || name.equals(NAMES);
  }

  @Override
  public DataSet load(Path pathOrNull) {
    Path folder = DataSources.requirePath(name(), expects(), pathOrNull);
    Folders.require(folder, expects());
    List<String> names =
        Files.exists(folder.resolve(NAMES))
            ? Folders.lines(folder.resolve(NAMES), CLASSES)
            : IntStream.rangeClosed(1, CLASSES).mapToObj(String::valueOf).toList();
    return DataSet.load(
        folder.toString(), () -> read(folder, "train", names), () -> read(folder, "test", names));
  }

  private static ImageSet read(Path folder, String part, List<String> names) {
    Path path = folder.resolve(part + "_X.bin");
    int[] labels = labels(folder.resolve(part + "_y.bin"));
    try (FileBytes file = FileBytes.open(path, "images of STL-10")) {
      if (file.size() != (long) labels.length * IMAGE) {
        throw new BadDataException(
            path,
            "",
            "%d bytes, %d an image of %d labels"
                .formatted((long) labels.length * IMAGE, IMAGE, labels.length),
            String.valueOf(file.size()));
      }
      Payload payload = Payload.direct(file, 0, file.size());
      return ColumnImages.read(payload, SIDE, labels, names, "images of " + path);
    }
  }

  private static int[] labels(Path path) {
    try (FileBytes file = FileBytes.open(path, "labels of STL-10")) {
      ByteBuffer stored = ByteBuffer.allocate((int) Math.min(file.size(), 1 << 24));
      file.readFully(stored, 0);
      int[] labels = new int[stored.capacity()];
      for (int i = 0; i < labels.length; i++) {
        labels[i] = Byte.toUnsignedInt(stored.get(i)) - 1;
        if (labels[i] < 0 || labels[i] >= CLASSES) {
          throw new BadDataException(
              path, "offset " + i, "a label from 1 to " + CLASSES, String.valueOf(labels[i] + 1));
        }
      }
      return labels;
    } catch (IOException e) {
      throw new BadDataException(path, "", "readable labels", e.toString());
    }
  }
}
