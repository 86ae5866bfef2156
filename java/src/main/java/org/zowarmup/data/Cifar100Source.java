package org.zowarmup.data;

import java.nio.file.Path;
import org.zowarmup.data.batches.CifarLayout;

/** {@code cifar100}: CIFAR-100 as published, binary or python version, in one folder. */
public final class Cifar100Source implements DataSource {
  @Override
  public String name() {
    return CifarLayout.CIFAR100.source();
  }

  @Override
  public String expects() {
    return CifarLayout.CIFAR100.expects();
  }

  @Override
  public boolean recognizes(Path path) {
    return CifarLayout.CIFAR100.recognizes(path);
  }

  @Override
  public DataSet load(Path pathOrNull) {
    return CifarLayout.CIFAR100.load(DataSources.requirePath(name(), expects(), pathOrNull));
  }
}
