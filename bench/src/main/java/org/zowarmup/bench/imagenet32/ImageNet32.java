package org.zowarmup.bench.imagenet32;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.zowarmup.error.ConfigException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes files of ImageNet32's form and size, and measures how fast they load. */
@Command(
    name = "bench/imagenet32",
    usageHelpWidth = 90,
    subcommands = {ImageNet32.Make.class, ImageNet32.Load.class, ImageNet32.Start.class},
    description = "Files of ImageNet32's form and size, and how fast they load.")
public final class ImageNet32 implements Callable<Integer> {
  private static final int TRAIN_IMAGES = 1_281_167;
  private static final int TEST_IMAGES = 50_000;
  private static final int BATCHES = 10;

  @Override
  public Integer call() {
    CommandLine.usage(this, System.err);
    return 2;
  }

  /** {@code make FOLDER}. */
  @Command(name = "make", description = "Write train_data_batch_1 to 10 and val_data, 4.09 GB.")
  static final class Make implements Callable<Integer> {
    @Parameters(paramLabel = "FOLDER", description = "Where to; made if it is not there.")
    private Path folder;

    @Option(
        names = "--images",
        paramLabel = "N",
        description = "Training images in all, for a smaller set (default: ${DEFAULT-VALUE}).")
    private int images = TRAIN_IMAGES;

    @Override
    public Integer call() throws IOException {
      if (images < BATCHES) {
        throw new ConfigException("--images", "expected at least 10, found " + images);
      }
      Files.createDirectories(folder);
      int test = (int) ((long) TEST_IMAGES * images / TRAIN_IMAGES);
      IntStream.rangeClosed(0, BATCHES)
          .parallel()
          .forEach(
              i -> {
                try {
                  if (i == BATCHES) {
                    BatchWriter.write(folder.resolve("val_data"), Math.max(1, test), -1);
                  } else {
                    // 128,116 a batch, and what is left in the last one
                    int count = images / BATCHES + (i == BATCHES - 1 ? images % BATCHES : 0);
                    BatchWriter.write(folder.resolve("train_data_batch_" + (i + 1)), count, i);
                  }
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      return 0;
    }
  }

  /** {@code load FOLDER}. */
  @Command(name = "load", description = "Load and plainly read the files in turn; show the rates.")
  static final class Load implements Callable<Integer> {
    @Parameters(paramLabel = "FOLDER", description = "What make has written.")
    private Path folder;

    @Option(names = "--times", paramLabel = "N", description = "Pairs (default: ${DEFAULT-VALUE}).")
    private int times = 5;

    @Option(names = "--cold", description = "Drop the files from the system's cache before each.")
    private boolean cold;

    @Override
    public Integer call() throws IOException {
      LoadTimes.measure(folder, times, cold).forEach(System.out::println);
      return 0;
    }
  }

  /** {@code start FILE}. */
  @Command(
      name = "start",
      description = "Open a converted copy (zowarmup data convert); show how long that takes.")
  static final class Start implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "What zowarmup data convert has written.")
    private Path file;

    @Option(
        names = "--times",
        paramLabel = "N",
        description = "Starts (default: ${DEFAULT-VALUE}).")
    private int times = 5;

    @Override
    public Integer call() {
      for (int i = 0; i < times; i++) {
        System.out.println(LoadTimes.start(file));
      }
      return 0;
    }
  }

  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new ImageNet32())
            .setExecutionExceptionHandler(
                (e, command, parsed) -> {
                  System.err.println("bench/imagenet32: " + e);
                  return 2;
                })
            .execute(arguments));
  }
}
