package org.zowarmup.data;

import java.nio.file.Path;
import java.util.List;
import org.zowarmup.data.batches.IdxReader;

/**
 * {@code fashion-mnist-mini}: 10,000 training and 2,000 test images of Fashion-MNIST (Xiao, Rasul
 * and Vollgraf 2017, arXiv 1708.07747), inside the jar, so that a first run needs no download. The
 * first 1,000 and 200 images of each class, in file order; NOTICE and the script that cut them lie
 * beside the files.
 */
public final class FashionMnistMiniSource implements DataSource {
  private static final String FOLDER = "/org/zowarmup/data/fashion-mnist-mini/";
  private static final List<String> CLASS_NAMES =
      List.of(
          "T-shirt/top",
          "Trouser",
          "Pullover",
          "Dress",
          "Coat",
          "Sandal",
          "Shirt",
          "Sneaker",
          "Bag",
          "Ankle boot");

  @Override
  public String name() {
    return "fashion-mnist-mini";
  }

  @Override
  public String expects() {
    return "";
  }

  @Override
  public DataSet load(Path pathOrNull) {
    DataSources.requireNoPath(name(), pathOrNull);
    return IdxSource.load(
        name(),
        new IdxReader.Form(CLASS_NAMES, 0, false),
        kind ->
            IdxReader.Input.resource(
                FashionMnistMiniSource.class,
                FOLDER
                    + kind.replace("test", "t10k")
                    + (kind.endsWith("images") ? "-idx3-ubyte.gz" : "-idx1-ubyte.gz")));
  }
}
