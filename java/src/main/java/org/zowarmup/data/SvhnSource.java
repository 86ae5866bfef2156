package org.zowarmup.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.zowarmup.data.batches.ColumnImages;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.data.format.matlab.MatArray;
import org.zowarmup.data.format.matlab.MatFile;
import org.zowarmup.error.BadDataException;

/**
 * {@code svhn}: the house numbers of Netzer et al. 2011, cropped, as MAT-files with images X
 * [32,32,3,N] and labels y [N,1], in which 10 is the digit 0.
 */
public final class SvhnSource implements DataSource {
  private static final String TRAIN = "train_32x32.mat";
  private static final String TEST = "test_32x32.mat";
  private static final int SIDE = 32;
  private static final int MOST = 1 << 24;
  private static final List<String> DIGITS =
      IntStream.range(0, 10).mapToObj(String::valueOf).toList();

  @Override
  public String name() {
    return "svhn";
  }

  @Override
  public String expects() {
    return "a folder with %s and %s".formatted(TRAIN, TEST);
  }

  @Override
  public boolean recognizes(Path path) {
    return Files.isRegularFile(path.resolve(TRAIN));
  }

  @Override
  public DataSet load(Path pathOrNull) {
    Path folder = DataSources.requirePath(name(), expects(), pathOrNull);
    Folders.require(folder, expects());
    return DataSet.load(
        folder.toString(), () -> read(folder.resolve(TRAIN)), () -> read(folder.resolve(TEST)));
  }

  private static ImageSet read(Path path) {
    try (FileBytes file = FileBytes.open(path, "a MAT-file of SVHN")) {
      Map<String, MatArray> arrays = MatFile.read(file);
      MatArray images = arrays.get("X");
      MatArray digits = arrays.get("y");
      if (images == null || digits == null) {
        throw new BadDataException(path, "", "arrays X and y", String.join(", ", arrays.keySet()));
      }
      long[] shape = images.shape();
      boolean fits =
          images.isBytes()
              && shape.length >= 3
              && shape.length <= 4
              && Arrays.equals(Arrays.copyOf(shape, 3), new long[] {SIDE, SIDE, 3});
      if (!fits) {
        throw new BadDataException(path, "", "X [32, 32, 3, N] of bytes", images.shown());
      }
      long count = shape.length == 3 ? 1 : shape[3];
      int[] labels = digits.toInts(MOST);
      if (labels.length != count || count == 0) {
        throw new BadDataException(
            path,
            "",
            count == 0 ? "at least one image" : "%d labels, one for each image".formatted(count),
            String.valueOf(labels.length));
      }
      for (int i = 0; i < labels.length; i++) {
        if (labels[i] < 0 || labels[i] > 10) {
          throw new BadDataException(
              path,
              "",
              "a label from 1 to 10 (10 is the digit 0)",
              "%d as label %d of %d".formatted(labels[i], i, labels.length));
        }
        labels[i] %= 10;
      }
      return ColumnImages.read(images.payload(), SIDE, labels, DIGITS, "images of " + path);
    }
  }
}
