package org.zowarmup.inspect;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.zowarmup.error.Closest;
import org.zowarmup.error.UserErrorException;

/** Public data sets: where they come from, under what licence, and whether a copy is whole. */
public final class KnownSets {
  /**
   * A set.
   *
   * @param from folder of its files in the web, or a page that one has to ask at
   * @param licence as its makers say it
   * @param files those to load, empty where they come after registering
   */
  public record KnownSet(
      String name, String about, String from, String licence, List<Part> files) {}

  /**
   * A file of it.
   *
   * @param md5 as its makers or PyTorch's torchvision publish it: a checksum against damage
   */
  public record Part(String file, String md5) {}

  /** State of a file. */
  public enum State {
    WHOLE,
    MISSING,
    OTHER
  }

  private static final List<KnownSet> SETS =
      List.of(
          new KnownSet(
              "cifar10",
              "60,000 photographs of 32x32x3 in 10 classes (Krizhevsky 2009)",
              "https://www.cs.toronto.edu/~kriz/",
              "none is stated; its page asks to cite Krizhevsky 2009",
              List.of(new Part("cifar-10-python.tar.gz", "c58f30108f718f92721af3b95e74349a"))),
          new KnownSet(
              "cifar100",
              "60,000 photographs of 32x32x3 in 100 classes (Krizhevsky 2009)",
              "https://www.cs.toronto.edu/~kriz/",
              "none is stated; its page asks to cite Krizhevsky 2009",
              List.of(new Part("cifar-100-python.tar.gz", "eb9058c3a382ffc7106e4002c42a8d85"))),
          new KnownSet(
              "fashion-mnist",
              "70,000 pictures of clothes, 28x28 gray, 10 classes (Xiao, Rasul, Vollgraf 2017)",
              "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
              "MIT, Zalando SE",
              idx(
                  "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                  "25c81989df183df01b3e8a0aad5dffbe",
                  "bef4ecab320f06d8554ea6380940ec79",
                  "bb300cfdad3c16e7a12a480ee83cd310")),
          new KnownSet(
              "mnist",
              "70,000 handwritten digits, 28x28 gray, 10 classes (LeCun, Cortes, Burges)",
              "https://ossci-datasets.s3.amazonaws.com/mnist/",
              "CC BY-SA 3.0",
              idx(
                  "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                  "d53e105ee54ea40749a09fcbcd1e9432",
                  "9fb629c4189551a2d022fa330f9573f3",
                  "ec29112dd5afa0611ce80d1b7f02629c")),
          new KnownSet(
              "imagenet32",
              "1.28 million photographs of 32x32x3 in 1,000 classes (Chrabaszcz, Loshchilov, Hutter"
                  + " 2017)",
              "https://image-net.org/download-images (downsampled images, after registering)",
              "for research that is not commercial, by ImageNet's terms",
              List.of()));

  private KnownSets() {}

  private static List<Part> idx(String... md5s) {
    List<String> names =
        List.of(
            "train-images-idx3-ubyte.gz",
            "train-labels-idx1-ubyte.gz",
            "t10k-images-idx3-ubyte.gz",
            "t10k-labels-idx1-ubyte.gz");
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      parts.add(new Part(names.get(i), md5s[i]));
    }
    return parts;
  }

  public static List<String> names() {
    return SETS.stream().map(KnownSet::name).toList();
  }

  /** The set of a name. */
  public static KnownSet find(String name) {
    return SETS.stream()
        .filter(set -> set.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UserErrorException(
                    "data get: expected one of %s; found %s%s"
                        .formatted(String.join(", ", names()), name, Closest.hint(name, names()))));
  }

  /** Compares a file in a folder with what it should be. */
  public static State state(Path folder, Part part) {
    Path file = folder.resolve(part.file());
    if (!Files.isRegularFile(file)) {
      return State.MISSING;
    }
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      byte[] block = new byte[1 << 16];
      for (int n = in.read(block); n >= 0; n = in.read(block)) {
        md5.update(block, 0, n);
      }
      return HexFormat.of().formatHex(md5.digest()).equals(part.md5()) ? State.WHOLE : State.OTHER;
    } catch (IOException e) {
      throw new UserErrorException("cannot read " + file + ": " + e.getMessage(), e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has MD5", e);
    }
  }
}
