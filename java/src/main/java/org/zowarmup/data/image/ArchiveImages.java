package org.zowarmup.data.image;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Function;
import org.zowarmup.data.Folders;
import org.zowarmup.data.format.archive.ArchiveReader;
import org.zowarmup.error.BadDataException;

/**
 * Image files inside an archive, below {@code train/} and {@code test/} at its top or in one folder
 * there. Archives are read from their start: once for the names, then once for the images, one
 * thread unpacking and the others decoding. Hidden files and what lies beside the two folders are
 * passed over.
 */
public final class ArchiveImages implements ImageFiles {
  private static final int MAX_CHUNK_BYTES = 1 << 23;
  private static final String TRAIN = "train";
  private static final String TEST = "test";
  private static final String VAL = "val";
  private static final String EXPECTED = "members train/CLASS/IMAGE and test/CLASS/IMAGE";

  private final ArchiveReader reader;
  private final List<String> classNames;
  private final int[] trainLabels;
  private final int[] testLabels;

  /** The number of each file, by its name in the archive. */
  private final Map<String, Integer> numbers;

  private final String exampleName;
  private final byte[] exampleContent;

  /** A place in the tree: which set, which class, which file. */
  private record Place(String prefix, String set, String className, String file) {
    /** Null for what is passed over. */
    private static Place of(String name, Path archive) {
      String[] parts = name.split("/", -1);
      if (Arrays.stream(parts).anyMatch(Place::isPassedOver)) {
        return null;
      }
      int at = isSet(parts[0]) ? 0 : parts.length > 1 && isSet(parts[1]) ? 1 : -1;
      if (at < 0 || at == parts.length - 1) {
        return null;
      }
      if (parts.length != at + 3 && Folders.partNamed(parts[at]).equals(VAL)) {
        return null; // beside a test set it may be anything
      }
      if (parts.length != at + 3) {
        throw new BadDataException(
            archive,
            "member " + ArchiveReader.shown(name),
            EXPECTED,
            parts.length == at + 4 && parts[at + 2].equals("images")
                ? tinyImageNet(archive)
                : "a file at another depth");
      }
      String prefix = at == 0 ? "" : parts[0] + "/";
      return new Place(prefix, Folders.partNamed(parts[at]), parts[at + 1], parts[at + 2]);
    }

    private static boolean isPassedOver(String part) {
      return part.startsWith(".")
          || part.equals("__MACOSX")
          || Folders.LEFT_BY_SYSTEMS.contains(part);
    }

    private static boolean isSet(String part) {
      return !Folders.partNamed(part).isEmpty();
    }
  }

  /** Collects what the first walk finds. */
  private static final class Listing implements ArchiveReader.Visitor {
    private final Path archive;

    /** Set, then class, then file, each sorted; to the name in the archive. */
    private final Map<String, TreeMap<String, TreeMap<String, String>>> sets =
        Map.of(TRAIN, new TreeMap<>(), TEST, new TreeMap<>(), VAL, new TreeMap<>());

    private String prefix;
    private String exampleName;
    private byte[] exampleContent;

    private Listing(Path archive) {
      this.archive = archive;
    }

    /** The set that images are tested on: val where there is no test. */
    private String test() {
      return sets.get(TEST).isEmpty() && !sets.get(VAL).isEmpty() ? VAL : TEST;
    }

    @Override
    public boolean wants(String name) {
      Place place = Place.of(name, archive);
      if (place == null) {
        return false;
      }
      String lower = place.file.toLowerCase(Locale.ROOT);
      if (DirectoryImages.ClassFolders.ENDINGS.stream().noneMatch(lower::endsWith)) {
        throw bad(
            name,
            "only image files (%s) in a class folder"
                .formatted(String.join(", ", DirectoryImages.ClassFolders.ENDINGS)),
            lower.endsWith("_boxes.txt") ? tinyImageNet(archive) : "another kind of file");
      }
      if (prefix != null && !prefix.equals(place.prefix)) {
        throw bad(
            name,
            "train/ and test/ in one place",
            "a second place, " + ArchiveReader.shown(place.prefix));
      }
      prefix = place.prefix;
      String earlier =
          sets.get(place.set)
              .computeIfAbsent(place.className, c -> new TreeMap<>())
              .put(place.file, name);
      if (earlier != null) {
        throw bad(name, "every file once", "a second of this name");
      }
      return exampleName == null;
    }

    @Override
    public void member(String name, byte[] content) {
      exampleName = name;
      exampleContent = content;
    }

    private BadDataException bad(String name, String expected, String found) {
      return new BadDataException(archive, "member " + ArchiveReader.shown(name), expected, found);
    }
  }

  private static String tinyImageNet(Path archive) {
    return "TinyImageNet's form, which is read unpacked: unzip %s".formatted(archive);
  }

  private ArchiveImages(ArchiveReader reader, Listing listing) {
    this.reader = reader;
    this.classNames = List.copyOf(listing.sets.get(TRAIN).keySet());
    this.numbers = new HashMap<>();
    this.trainLabels = number(listing.sets.get(TRAIN));
    this.testLabels = number(listing.sets.get(listing.test()));
    this.exampleName = nameOf(listing.exampleName);
    this.exampleContent = listing.exampleContent;
  }

  /** Numbers the files of a set and returns their classes. */
  private int[] number(Map<String, ? extends Map<String, String>> classes) {
    int[] labels = new int[classes.values().stream().mapToInt(Map::size).sum()];
    int at = 0;
    int label = 0;
    for (Map<String, String> files : classes.values()) {
      for (String name : files.values()) {
        numbers.put(name, numbers.size());
        labels[at++] = label;
      }
      label++;
    }
    return labels;
  }

  private String nameOf(String member) {
    return source() + ", member " + ArchiveReader.shown(member);
  }

  /** Says whether it is an archive whose first members fit. */
  public static boolean recognizes(Path file) {
    ArchiveReader.Kind kind = ArchiveReader.Kind.of(file);
    return kind != null && holdsImages(file, kind);
  }

  private static boolean holdsImages(Path file, ArchiveReader.Kind kind) {
    // Ends the walk at the first member that fits.
    final class Search implements ArchiveReader.Visitor {
      private boolean found;

      @Override
      public boolean wants(String name) {
        found |= Place.of(name, file) != null;
        return false;
      }

      @Override
      public boolean done() {
        return found;
      }

      @Override
      public void member(String name, byte[] content) {}
    }
    Search search = new Search();
    try {
      new ArchiveReader(file, kind).walk(search);
      return search.found;
    } catch (BadDataException e) {
      return true; // what is wrong with it is said when it is loaded
    }
  }

  /**
   * @throws BadDataException if the archive is damaged, has no such members, or other files among
   *     them, or the two sets differ in classes
   */
  public static ArchiveImages list(Path file) {
    ArchiveReader reader = new ArchiveReader(file, ArchiveReader.Kind.of(file));
    Listing listing = new Listing(file);
    reader.walk(listing);
    String test = listing.test();
    for (String set : List.of(TRAIN, test)) {
      if (listing.sets.get(set).isEmpty()) {
        throw new BadDataException(file, "", EXPECTED, "nothing below %s/".formatted(set));
      }
    }
    requireAll(file, listing, TRAIN, test);
    requireAll(file, listing, test, TRAIN);
    return new ArchiveImages(reader, listing);
  }

  private static void requireAll(Path file, Listing listing, String from, String in) {
    for (String name : listing.sets.get(from).keySet()) {
      if (!listing.sets.get(in).containsKey(name)) {
        throw new BadDataException(
            file,
            "",
            "class folder %s in %s/ as in %s/".formatted(ArchiveReader.shown(name), in, from),
            "none");
      }
    }
  }

  @Override
  public String source() {
    return reader.file().toString();
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int[] trainLabels() {
    return trainLabels;
  }

  @Override
  public int[] testLabels() {
    return testLabels;
  }

  @Override
  public String exampleName() {
    return exampleName;
  }

  @Override
  public byte[] exampleContent() {
    return exampleContent;
  }

  @Override
  public Optional<Stop> decodeAll(int chunkFiles, Function<List<ImageFile>, Stop> decode) {
    Feed feed = new Feed(chunkFiles, decode);
    reader.walk(feed);
    return feed.finish();
  }

  /** Hands chunks to the pool while the walk continues; a few are in work at a time. */
  private final class Feed implements ArchiveReader.Visitor {
    private final int chunkFiles;
    private final Function<List<ImageFile>, Stop> decode;
    private final int mostAtWork = 2 * Runtime.getRuntime().availableProcessors();
    private final List<CompletableFuture<Stop>> atWork = new ArrayList<>();
    private List<ImageFile> chunk = new ArrayList<>();
    private int chunkBytes;
    private int files;
    private Stop stop;

    private Feed(int chunkFiles, Function<List<ImageFile>, Stop> decode) {
      this.chunkFiles = chunkFiles;
      this.decode = decode;
    }

    @Override
    public boolean wants(String name) {
      return stop == null && numbers.containsKey(name);
    }

    @Override
    public void member(String name, byte[] content) {
      chunk.add(new ImageFile(numbers.get(name), nameOf(name), () -> content));
      chunkBytes += content.length;
      files++;
      if (chunk.size() == chunkFiles || chunkBytes > MAX_CHUNK_BYTES) {
        send();
      }
    }

    private void send() {
      List<ImageFile> full = chunk;
      chunk = new ArrayList<>();
      chunkBytes = 0;
      if (!full.isEmpty()) {
        atWork.add(
            CompletableFuture.supplyAsync(() -> decode.apply(full), ForkJoinPool.commonPool()));
      }
      if (atWork.size() > mostAtWork) {
        take();
      }
    }

    /** Waits for the oldest, so that the first stop in the order of the archive is kept. */
    private void take() {
      Stop found = atWork.remove(0).join();
      stop = stop == null ? found : stop;
    }

    private Optional<Stop> finish() {
      if (stop == null) {
        send();
      }
      while (!atWork.isEmpty()) {
        take();
      }
      if (stop == null && files != numbers.size()) {
        stop =
            new Stop(
                new BadDataException(
                    reader.file(),
                    "",
                    "%d images, as when it was listed".formatted(numbers.size()),
                    String.valueOf(files)));
      }
      return Optional.ofNullable(stop);
    }
  }
}
