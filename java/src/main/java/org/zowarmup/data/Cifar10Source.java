package org.zowarmup.data;

import java.nio.file.Path;
import org.zowarmup.data.batches.CifarLayout;

/** {@code cifar10}: CIFAR-10 as published, binary or python version, in one folder. */
public final class Cifar10Source implements DataSource {
  @Override
  public String name() {
    return CifarLayout.CIFAR10.source();
  }

  @Override
  public String expects() {
    return CifarLayout.CIFAR10.expects();
  }

  @Override
  public boolean recognizes(Path path) {
    return CifarLayout.CIFAR10.recognizes(path);
  }

  @Override
  public DataSet load(Path pathOrNull) {
    return CifarLayout.CIFAR10.load(DataSources.requirePath(name(), expects(), pathOrNull));
  }
}
