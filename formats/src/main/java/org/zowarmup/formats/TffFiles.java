package org.zowarmup.formats;

import io.jhdf.HdfFile;
import io.jhdf.api.Dataset;
import io.jhdf.api.Group;
import io.jhdf.api.Node;
import io.jhdf.exceptions.HdfException;
import java.lang.reflect.Array;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.users.UserImages;
import org.zowarmup.error.BadDataException;

/**
 * The HDF5 files of TensorFlow Federated's simulation data: a group {@code examples} with a group a
 * user, in which {@code pixels} [n,28,28] from 0 to 1 (fed_emnist) or {@code image} [n,32,32,3] of
 * bytes (fed_cifar100), and {@code label} [n].
 */
final class TffFiles {
  private static final String EXPECTED =
      "groups examples/USER with pixels or image, and label, as TensorFlow Federated writes them";

  private TffFiles() {}

  static DataSet load(Path source, Path trainFile, Path testFile) {
    UserImages train = read(trainFile);
    UserImages test = null;
    DataSet both = null;
    try {
      test = read(testFile);
      both = UserImages.dataSet(source.toString(), train, test);
      return both;
    } finally {
      if (both == null) {
        train.close();
        if (test != null) {
          test.close();
        }
      }
    }
  }

  private static UserImages read(Path file) {
    UserImages images = null;
    boolean done = false;
    try (HdfFile hdf = new HdfFile(file)) {
      if (!(hdf.getChild("examples") instanceof Group examples)
          || examples.getChildren().isEmpty()) {
        throw bad(
            file,
            "",
            EXPECTED,
            hdf.getChild("examples") == null
                ? "groups " + hdf.getChildren().keySet()
                : "no user in examples");
      }
      // the order of their names, not of the file's tables
      List<Node> users =
          examples.getChildren().values().stream()
              .sorted(Comparator.comparing(Node::getName))
              .toList();
      long count = 0;
      int[] shape = null;
      for (Node user : users) {
        Dataset pixels = pixels(file, user);
        int[] dimensions = pixels.getDimensions();
        count += dimensions[0];
        int[] own = Arrays.copyOfRange(dimensions, 1, dimensions.length);
        if (shape != null && !Arrays.equals(shape, own)) {
          throw bad(
              file, user.getPath(), "images of " + Arrays.toString(shape), Arrays.toString(own));
        }
        shape = own;
      }
      images =
          new UserImages(
              file.toString(), count, shape[0], shape[1], shape.length > 2 ? shape[2] : 1);
      for (Node user : users) {
        images.user(user.getName());
        read(file, user, images);
      }
      done = true;
      return images;
    } catch (HdfException e) {
      throw bad(file, "", "an intact HDF5 file", String.valueOf(e.getMessage()));
    } finally {
      if (!done && images != null) {
        images.close();
      }
    }
  }

  private static Dataset pixels(Path file, Node user) {
    if (user instanceof Group group) {
      for (String name : new String[] {"pixels", "image"}) {
        boolean fits =
            group.getChild(name) instanceof Dataset found
                && (found.getDimensions().length == 3
                    || (found.getDimensions().length == 4 && found.getDimensions()[3] <= 3));
        if (fits) {
          return (Dataset) group.getChild(name);
        }
      }
      throw bad(file, user.getPath(), EXPECTED, "data sets " + group.getChildren().keySet());
    }
    throw bad(file, user.getPath(), EXPECTED, "no group");
  }

  private static void read(Path file, Node user, UserImages images) {
    Dataset stored = pixels(file, user);
    Object values = stored.getDataFlat();
    Object labels =
        ((Group) user).getChild("label") instanceof Dataset found ? found.getDataFlat() : null;
    int count = stored.getDimensions()[0];
    if (labels == null || Array.getLength(labels) != count) {
      throw bad(
          file,
          user.getPath(),
          "%d labels in label, one an image".formatted(count),
          labels == null ? "none" : String.valueOf(Array.getLength(labels)));
    }
    boolean fractions = values instanceof float[] || values instanceof double[];
    int first = images.claim(count, user.getPath());
    byte[] image = new byte[images.imageBytes()];
    for (int i = 0; i < count; i++) {
      for (int p = 0; p < image.length; p++) {
        int at = i * image.length + p;
        image[p] =
            fractions
                ? images.level(Array.getDouble(values, at), user.getPath())
                : level(file, user, Array.getLong(values, at));
      }
      images.pixels(first + i, image);
      images.label(first + i, Array.getLong(labels, i), user.getPath());
    }
  }

  private static byte level(Path file, Node user, long value) {
    if (value < 0 || value > 255) {
      // bytes may come out signed
      if (value >= Byte.MIN_VALUE && value < 0) {
        return (byte) value;
      }
      throw bad(file, user.getPath(), "pixels from 0 to 255", String.valueOf(value));
    }
    return (byte) value;
  }

  private static BadDataException bad(Path file, String where, String expected, String found) {
    return new BadDataException(file, where, expected, found);
  }
}
